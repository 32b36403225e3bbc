#include "engine/xml/guard_scan.hpp"

#include <array>
#include <cstring>

namespace myelin::xml {

namespace {

// Classes of bytes; what is above ASCII counts as a letter, as in pugixml.
constexpr std::uint8_t kNameStart = 1;
constexpr std::uint8_t kNameChar = 2;
constexpr std::uint8_t kSpace = 4;

constexpr std::array<std::uint8_t, 256> makeClasses() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        std::uint8_t bits = 0;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (letter) bits |= kNameStart | kNameChar;
        if ((c >= '0' && c <= '9') || c == '-' || c == '.') bits |= kNameChar;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') bits |= kSpace;
        classes[c] = bits;
    }
    return classes;
}
constexpr auto kClasses = makeClasses();

inline bool has(char c, std::uint8_t bits) noexcept {
    return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

inline bool same(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

GuardScan::Scratch& scratchOfThread() {
    thread_local GuardScan::Scratch scratch;
    scratch.levels.clear();
    scratch.bindings.clear();
    return scratch;
}

const char* findByte(const char* from, const char* to, char byte) noexcept {
    const void* found = std::memchr(from, byte, static_cast<std::size_t>(to - from));
    return found ? static_cast<const char*>(found) : to;
}

const char* findText(const char* from, const char* to, std::string_view text) noexcept {
    const std::size_t at = std::string_view(from, static_cast<std::size_t>(to - from)).find(text);
    return at == std::string_view::npos ? nullptr : from + at;
}

}  // namespace

GuardScan::GuardScan(std::string_view text, const XmlLimits& limits, NamespacesInUse& namespaces)
    : begin_(text.data()),
      end_(text.data() + text.size()),
      at_(begin_),
      ampersand_(findByte(begin_, end_, '&')),
      limits_(limits),
      namespaces_(namespaces),
      scratch_(scratchOfThread()),
      failedAt_(begin_) {}

bool GuardScan::fail(const char* at, std::string reason) {
    failedAt_ = at < end_ ? at : end_;
    reason_ = std::move(reason);
    return false;
}

bool GuardScan::run() {
    if (!declaration()) return false;
    while (at_ < end_) {
        if (*at_ != '<' && !text()) return false;
        if (at_ < end_ && !markup()) return false;
    }
    if (!rootSeen_) return fail(end_, "no root element");
    if (!rootClosed_) {
        return fail(end_, "the document ends inside <" + std::string(scratch_.levels.back().name) + ">");
    }
    return true;
}

bool GuardScan::declaration() {
    if (!std::string_view(begin_, static_cast<std::size_t>(end_ - begin_)).starts_with("<?xml") ||
        !has(begin_[5], kSpace)) {
        return true;
    }
    const char* close = findText(begin_, end_, "?>");
    if (!close) return fail(begin_, "XML declaration without an end");
    if (!findText(begin_, close, "version")) return fail(begin_, "XML declaration without a version");
    at_ = close + 2;
    return true;
}

bool GuardScan::text() {
    const char* from = at_;
    // Most texts between tags are short; a call to memchr pays only for long ones.
    const char* const near = end_ - at_ > 48 ? at_ + 48 : end_;
    while (at_ < near && *at_ != '<') ++at_;
    if (at_ == near && at_ < end_) at_ = findByte(at_, end_, '<');
    if (scratch_.levels.empty()) {
        for (const char* c = from; c < at_; ++c) {
            if (!has(*c, kSpace)) {
                return fail(c, rootClosed_ ? "text after the root element" : "text before the root element");
            }
        }
        return true;
    }
    if (static_cast<std::size_t>(at_ - from) > limits_.token) return fail(from, "text too long");
    return ampersand_ >= at_ || references(from, at_);
}

bool GuardScan::references(const char* from, const char* to) {
    // What lies between was markup in which '&' means nothing.
    const char* at = ampersand_ < from ? findByte(from, to, '&') : ampersand_;
    while (at < to) {
        if (!reference(at, to)) return false;
        at = findByte(at, to, '&');
    }
    ampersand_ = findByte(to, end_, '&');
    return true;
}

bool GuardScan::reference(const char*& at, const char* to) {
    const char* const start = at;
    const char* const near = to - at > 12 ? at + 12 : to;
    const char* const semicolon = findByte(at, near, ';');
    if (semicolon == near) return fail(start, "'&' that starts no reference");
    const std::string_view name(at + 1, static_cast<std::size_t>(semicolon - at - 1));
    at = semicolon + 1;
    if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos") return true;
    if (name.size() < 2 || name[0] != '#') return fail(start, "undefined entity &" + std::string(name) + ";");

    const bool hexadecimal = name[1] == 'x';
    std::uint32_t code = 0;
    const std::string_view digits = name.substr(hexadecimal ? 2 : 1);
    if (digits.empty()) return fail(start, "empty character reference");
    for (const char c : digits) {
        const char folded = static_cast<char>(c | 0x20);
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<std::uint32_t>(c - '0');
        else if (hexadecimal && folded >= 'a' && folded <= 'f')
            digit = static_cast<std::uint32_t>(folded - 'a') + 10;
        else
            return fail(start, "malformed character reference");
        code = code * (hexadecimal ? 16 : 10) + digit;
        if (code > 0x10FFFF) return fail(start, "character reference beyond Unicode");
    }
    const bool allowed = code >= 0x20 ? !(code >= 0xD800 && code < 0xE000) && code != 0xFFFE && code != 0xFFFF
                                      : code == '\t' || code == '\n' || code == '\r';
    return allowed || fail(start, "reference to a character that XML forbids");
}

bool GuardScan::markup() {
    const char next = at_ + 1 < end_ ? at_[1] : '\0';
    if (has(next, kNameStart) || next == ':') return startTag();
    if (next == '/') return endTag();
    if (next == '?') return processingInstruction();
    if (next != '!') return fail(at_, "'<' that starts no tag");
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    if (rest.starts_with("<!--")) return comment();
    if (rest.starts_with("<![CDATA[")) return cdata();
    if (rest.starts_with("<!DOCTYPE")) return fail(at_, "DOCTYPE is not allowed");
    return fail(at_, "malformed markup declaration");
}

bool GuardScan::comment() {
    const char* const dashes = findText(at_ + 4, end_, "--");
    if (!dashes) return fail(at_, "comment without an end");
    if (dashes + 2 >= end_ || dashes[2] != '>') return fail(dashes, "'--' inside a comment");
    if (static_cast<std::size_t>(dashes - at_) > limits_.token) return fail(at_, "comment too long");
    at_ = dashes + 3;
    return true;
}

bool GuardScan::cdata() {
    if (scratch_.levels.empty()) return fail(at_, "CDATA section outside the root element");
    const char* const close = findText(at_ + 9, end_, "]]>");
    if (!close) return fail(at_, "CDATA section without an end");
    if (static_cast<std::size_t>(close - at_) > limits_.token) return fail(at_, "CDATA section too long");
    at_ = close + 3;
    return true;
}

bool GuardScan::processingInstruction() {
    const char* const start = at_;
    at_ += 2;
    const char* const target = at_;
    if (at_ >= end_ || !has(*at_, kNameStart)) return fail(start, "processing instruction without a target");
    while (has(*at_, kNameChar)) ++at_;
    const std::string_view name(target, static_cast<std::size_t>(at_ - target));
    if (name.size() == 3 && (name[0] | 0x20) == 'x' && (name[1] | 0x20) == 'm' && (name[2] | 0x20) == 'l') {
        return fail(start, "XML declaration that is not at the start");
    }
    const char* const close = findText(at_, end_, "?>");
    if (!close) return fail(start, "processing instruction without an end");
    if (close != at_ && !has(*at_, kSpace)) return fail(at_, "malformed processing instruction");
    if (static_cast<std::size_t>(close - start) > limits_.token) return fail(start, "processing instruction too long");
    at_ = close + 2;
    return true;
}

bool GuardScan::name(QName& name) {
    // The zero byte behind the text ends every loop over a class of bytes.
    const char* start = at_;
    if (!has(*at_, kNameStart)) return fail(at_, "a name is expected here");
    while (has(*at_, kNameChar)) ++at_;
    if (*at_ != ':') {
        name = {{}, {start, static_cast<std::size_t>(at_ - start)}};
    } else {
        const std::string_view prefix(start, static_cast<std::size_t>(at_ - start));
        const char* const local = ++at_;
        if (!has(*at_, kNameStart)) return fail(start, "a name with an empty local part");
        while (has(*at_, kNameChar)) ++at_;
        if (*at_ == ':') return fail(start, "a name with two colons");
        name = {prefix, {local, static_cast<std::size_t>(at_ - local)}};
    }
    if (static_cast<std::size_t>(at_ - start) > limits_.token) return fail(start, "name too long");
    return true;
}

bool GuardScan::startTag() {
    const char* const start = at_;
    if (rootClosed_) return fail(start, "a second root element");
    if (++elements_ > limits_.elements) return fail(start, "too many elements");
    if (scratch_.levels.size() >= limits_.depth) return fail(start, "elements nested too deeply");
    rootSeen_ = true;

    ++at_;
    QName element;
    if (!name(element)) return false;
    scratch_.levels.push_back(
        {element.whole(), static_cast<std::uint32_t>(scratch_.bindings.size()), attributesOnPath_});
    bool empty = false;
    if (!attributes(empty)) return false;
    if (!resolve(element)) return false;
    if (empty) close();
    return true;
}

void GuardScan::close() {
    const Level& level = scratch_.levels.back();
    scratch_.bindings.resize(level.bindings);
    attributesOnPath_ = level.attributes;
    scratch_.levels.pop_back();
    rootClosed_ = scratch_.levels.empty();
}

bool GuardScan::endTag() {
    const char* const start = at_;
    if (scratch_.levels.empty()) return fail(start, "end tag without a start tag");
    const std::string_view expected = scratch_.levels.back().name;
    at_ += 2;
    if (static_cast<std::size_t>(end_ - at_) < expected.size() || !same({at_, expected.size()}, expected) ||
        has(at_[expected.size()], kNameChar) || at_[expected.size()] == ':') {
        return fail(start, "end tag does not match <" + std::string(expected.substr(0, 80)) + ">");
    }
    at_ += expected.size();
    while (has(*at_, kSpace)) ++at_;
    if (*at_ != '>') return fail(at_, "'>' is expected at the end of an end tag");
    ++at_;
    close();
    return true;
}

}  // namespace myelin::xml
