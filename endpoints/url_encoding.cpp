#include "endpoints/url_encoding.hpp"

#include "engine/http/characters.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kReserved = ":/?#[]@!$&'()*+,;=";

bool isUnreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool isReserved(char c) noexcept {
    return kReserved.find(c) != std::string_view::npos;
}

bool isHex(char c) noexcept {
    return http::isOf(c, http::kHexDigit);
}

bool isTriplet(std::string_view text, std::size_t at) noexcept {
    return text[at] == '%' && at + 2 < text.size() && isHex(text[at + 1]) && isHex(text[at + 2]);
}

unsigned hexValue(char c) noexcept {
    if (c <= '9') return static_cast<unsigned>(c - '0');
    return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

void appendTriplet(char c, std::string& out) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
}

}  // namespace

void appendEncoded(std::string_view text, std::string& out) {
    for (const char c : text) {
        if (isUnreserved(c)) {
            out += c;
        } else {
            appendTriplet(c, out);
        }
    }
}

void appendKeepingReserved(std::string_view text, std::string& out) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isUnreserved(text[i]) || isReserved(text[i]) || isTriplet(text, i)) {
            out += text[i];
        } else {
            appendTriplet(text[i], out);
        }
    }
}

void appendFormField(std::string_view name, std::string_view value, std::string& out) {
    if (!out.empty()) out += '&';
    appendEncoded(name, out);
    out += '=';
    appendEncoded(value, out);
}

std::string formDecoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isTriplet(text, i)) {
            out += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string reencodedUrl(std::string_view decoded) {
    std::string out;
    out.reserve(decoded.size());
    for (const char c : decoded) {
        if (isUnreserved(c) || isReserved(c)) {
            out += c;
        } else {
            appendTriplet(c, out);
        }
    }
    return out;
}

}  // namespace myelin::endpoints
