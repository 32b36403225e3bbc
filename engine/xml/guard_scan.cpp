#include "engine/xml/guard_scan.hpp"

#include <cstring>

#include "engine/xml/byte_scan.hpp"

namespace myelin::xml {

namespace {

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

bool GuardScan::fail(const char* at, const char* reason, std::string_view name, const char* rest) {
    failedAt_ = at < end_ ? at : end_;
    reason_.append(reason).append(name.substr(0, 80)).append(rest);
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
        return fail(end_, "the document ends inside <", scratch_.levels.back().name, ">");
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
    at_ = findMarkup(at_, end_);
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
    if (name.size() < 2 || name[0] != '#') return fail(start, "undefined entity &", name, ";");

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
    at_ = findNameEnd(at_);
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

}  // namespace myelin::xml
