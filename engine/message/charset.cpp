#include "engine/message/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>

#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"

namespace myelin::message {

namespace {

const iconv_t kNone = reinterpret_cast<iconv_t>(-1);

/// XML 1.0, production 81. No slash either, behind which iconv takes options.
bool isEncodingName(std::string_view name) noexcept {
    if (name.empty() || name.size() > 40) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char lower = base::toLowerAscii(name[i]);
        if (lower >= 'a' && lower <= 'z') continue;
        if (i == 0 || (!base::isDigit(name[i]) && name[i] != '.' && name[i] != '_' && name[i] != '-')) return false;
    }
    return true;
}

/// Converters of one thread: opening one takes a lock of the C library.
class Converters {
public:
    ~Converters() {
        for (const auto& [name, converter] : open_) ::iconv_close(converter);
    }
    iconv_t get(const std::string& name) {
        const auto found = open_.find(name);
        if (found != open_.end()) return found->second;
        const iconv_t made = ::iconv_open(name.c_str(), "UTF-8");
        if (made != kNone) open_.emplace(name, made);
        return made;
    }

private:
    std::map<std::string, iconv_t> open_;
};

iconv_t converterTo(const std::string& name) {
    thread_local Converters converters;
    return converters.get(name);
}

/// Where in a document's text a character stands: decides what may stand for it.
class Markup {
public:
    enum class Place { Text, Cdata, Comment, Name };

    explicit Markup(std::string_view text) : text_(text) {}

    /// Of the byte at `offset`; offsets only grow.
    Place at(std::size_t offset) {
        while (end_ <= offset) step();
        if (place_ != Place::Name || text_[begin_ + 1] == '?') return place_;
        // In a tag: a value between quotes holds references, a name does not.
        while (tag_ < offset) {
            const char c = text_[tag_++];
            if (quote_ == 0 ? c == '"' || c == '\'' : c == quote_) quote_ = quote_ == 0 ? c : '\0';
        }
        return quote_ != 0 ? Place::Text : Place::Name;
    }

private:
    void step() {
        begin_ = end_;
        const std::string_view rest = text_.substr(begin_);
        if (rest.front() != '<') {
            place_ = Place::Text;
            end_ = begin_ + std::min(rest.find('<'), rest.size());
            return;
        }
        if (rest.starts_with("<!--")) return until(Place::Comment, "-->", 4);
        if (rest.starts_with("<![CDATA[")) return until(Place::Cdata, "]]>", 9);
        if (rest.starts_with("<?")) return until(Place::Name, "?>", 2);
        place_ = Place::Name;
        quote_ = 0;
        tag_ = begin_;
        char quote = 0;
        for (end_ = begin_ + 1; end_ < text_.size(); ++end_) {
            const char c = text_[end_];
            if (quote == 0 && c == '>') break;
            if (quote == 0 ? c == '"' || c == '\'' : c == quote) quote = quote == 0 ? c : '\0';
        }
        ++end_;
    }
    void until(Place place, std::string_view mark, std::size_t opening) {
        place_ = place;
        const std::size_t found = text_.find(mark, begin_ + opening);
        end_ = found == std::string_view::npos ? text_.size() : found + mark.size();
    }

    std::string_view text_;
    std::size_t begin_ = 0;  // of the piece that was looked at last
    std::size_t end_ = 0;
    std::size_t tag_ = 0;  // in a tag: how far quotes were followed
    char quote_ = 0;
    Place place_ = Place::Text;
};

std::uint32_t codePoint(std::string_view sequence) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i]));
    };
    if (sequence.size() == 1) return byte(0);
    std::uint32_t c = byte(0) & (0x7Fu >> sequence.size());
    for (std::size_t i = 1; i < sequence.size(); ++i) c = (c << 6) | (byte(i) & 0x3Fu);
    return c;
}

std::size_t sequenceLength(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// Runs UTF-8 text through a converter; `missing(offset)` gives the ASCII text for a character that cannot be had.
template <typename Missing>
void convert(const Charset& charset, std::string_view text, std::string& out, Missing&& missing) {
    const iconv_t converter = converterTo(charset.name());
    if (converter == kNone) {
        throw MediationFault(error_code::kMediation, "The encoding " + charset.name() + " is not to be had");
    }
    ::iconv(converter, nullptr, nullptr, nullptr, nullptr);  // to its initial state

    std::array<char, 4096> buffer;
    // Everything that is put in, up to where the converter stops; nullptr writes what ends a shift state.
    const auto feed = [&](const char* begin, std::size_t size) {
        char* in = const_cast<char*>(begin);  // iconv does not write to it
        std::size_t left = size;
        for (;;) {
            char* to = buffer.data();
            std::size_t room = buffer.size();
            const std::size_t result =
                ::iconv(converter, begin == nullptr ? nullptr : &in, begin == nullptr ? nullptr : &left, &to, &room);
            const int error = errno;
            out.append(buffer.data(), buffer.size() - room);
            if (result != static_cast<std::size_t>(-1) || error != E2BIG) return size - left;
        }
    };
    std::size_t at = 0;
    while (at < text.size()) {
        at += feed(text.data() + at, text.size() - at);
        if (at == text.size()) break;
        const std::string instead = missing(at);
        if (feed(instead.data(), instead.size()) != instead.size()) {
            throw MediationFault(error_code::kMediation, "Nothing can be written in the encoding " + charset.name());
        }
        at += std::min(sequenceLength(text[at]), text.size() - at);
    }
    feed(nullptr, 0);
}

}  // namespace

Charset::Charset(std::string name) : name_(std::move(name)), encoding_(xml::encodingNamed(name_)) {}

std::optional<Charset> Charset::named(std::string_view name) {
    if (!isEncodingName(name)) return std::nullopt;
    const std::string text(name);
    const iconv_t converter = ::iconv_open(text.c_str(), "UTF-8");
    if (converter == kNone) return std::nullopt;
    ::iconv_close(converter);
    return Charset(text);
}

bool Charset::isNamed(std::string_view name) const {
    if (base::equalsIgnoreCase(name, name_)) return true;
    return encoding_ && xml::encodingNamed(name) == encoding_;
}

void Charset::encodeXml(std::string_view text, std::string& out) const {
    if (text.starts_with("<?xml ")) text.remove_prefix(std::min(text.find("?>") + 2, text.size()));
    std::string whole = "<?xml version=\"1.0\" encoding=\"" + name_ + "\"?>";
    whole += text;
    Markup markup(whole);
    convert(*this, whole, out, [&](std::size_t offset) -> std::string {
        const std::string_view rest = std::string_view(whole).substr(offset);
        const std::string reference =
            "&#" + std::to_string(codePoint(rest.substr(0, sequenceLength(rest.front())))) + ";";
        switch (markup.at(offset)) {
            case Markup::Place::Text:
                return reference;
            case Markup::Place::Cdata:
                return "]]>" + reference + "<![CDATA[";
            case Markup::Place::Comment:
                return "?";
            case Markup::Place::Name:
                break;
        }
        throw MediationFault(error_code::kMessageParsing,
                             "The message cannot be written in " + name_,
                             "a name or a processing instruction has a character that it lacks");
    });
}

void Charset::encodeText(std::string_view text, std::string& out) const {
    convert(*this, text, out, [](std::size_t) { return std::string("?"); });
}

}  // namespace myelin::message
