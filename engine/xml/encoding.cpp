#include "engine/xml/encoding.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "engine/xml/byte_scan.hpp"

namespace myelin::xml {

namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower(c);
    return result;
}

// The value of encoding="..." in an XML declaration; empty without one.
std::string_view declaredEncoding(std::string_view bytes) noexcept {
    constexpr std::string_view kStart = "<?xml";
    if (!bytes.starts_with(kStart) || bytes.size() == kStart.size() || !has(bytes[kStart.size()], kSpace)) return {};
    const std::string_view declaration = bytes.substr(0, bytes.substr(0, 512).find("?>"));
    std::size_t at = declaration.find("encoding");
    if (at == std::string_view::npos) return {};
    at = declaration.find_first_of("\"'", at);
    if (at == std::string_view::npos) return {};
    const std::size_t end = declaration.find(declaration[at], at + 1);
    if (end == std::string_view::npos) return {};
    return declaration.substr(at + 1, end - at - 1);
}

void appendUtf8(std::uint32_t c, std::string& to) {
    if (c < 0x80) {
        to.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        to.push_back(static_cast<char>(0xC0 | (c >> 6)));
        to.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        to.push_back(static_cast<char>(0xE0 | (c >> 12)));
        to.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        to.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else {
        to.push_back(static_cast<char>(0xF0 | (c >> 18)));
        to.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
        to.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        to.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
}

// 0x80 to 0x9F; zero where windows-1252 has no character.
constexpr std::array<std::uint16_t, 32> kWindows1252{0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                     0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool convertUtf16(std::string_view bytes, bool littleEndian, std::string& to) {
    if (bytes.size() % 2 != 0) return false;
    const auto unit = [&](std::size_t i) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<std::uint32_t>(littleEndian ? first | (second << 8) : (first << 8) | second);
    };
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        std::uint32_t c = unit(i);
        if (c >= 0xDC00 && c < 0xE000) return false;
        if (c >= 0xD800 && c < 0xDC00) {
            i += 2;
            if (i >= bytes.size()) return false;
            const std::uint32_t low = unit(i);
            if (low < 0xDC00 || low >= 0xE000) return false;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        }
        appendUtf8(c, to);
    }
    return true;
}

}  // namespace

std::optional<Encoding> encodingNamed(std::string_view name) {
    // In nearly all messages, and without a string to compare with.
    if (name == "UTF-8" || name == "utf-8") return Encoding::Utf8;
    const std::string n = lowered(name);
    if (n == "utf-8" || n == "utf8") return Encoding::Utf8;
    if (n == "iso-8859-1" || n == "iso_8859-1" || n == "latin1" || n == "latin-1") return Encoding::Latin1;
    if (n == "us-ascii" || n == "ascii") return Encoding::UsAscii;
    if (n == "windows-1252" || n == "cp1252") return Encoding::Windows1252;
    if (n == "utf-16le") return Encoding::Utf16LittleEndian;
    if (n == "utf-16be") return Encoding::Utf16BigEndian;
    return std::nullopt;
}

DetectedEncoding detectEncoding(std::string_view bytes, std::string_view charset) {
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        const std::string_view declared = declaredEncoding(bytes.substr(3));
        if (!declared.empty() && encodingNamed(declared) != Encoding::Utf8) {
            return {
                Encoding::Utf8, 3, "declares encoding " + std::string(declared) + " behind a UTF-8 byte order mark"};
        }
        return {Encoding::Utf8, 3, {}};
    }
    if (bytes.starts_with("\xFF\xFE")) return {Encoding::Utf16LittleEndian, 2, {}};
    if (bytes.starts_with("\xFE\xFF")) return {Encoding::Utf16BigEndian, 2, {}};

    const std::string_view name = charset.empty() ? declaredEncoding(bytes) : charset;
    if (name.empty()) return {};
    if (const auto encoding = encodingNamed(name)) return {*encoding, 0, {}};
    if (lowered(name) == "utf-16") return {Encoding::Utf8, 0, "encoding UTF-16 without a byte order mark"};
    return {Encoding::Utf8, 0, "unsupported encoding " + std::string(name.substr(0, 40))};
}

bool convertToUtf8(std::string_view bytes, Encoding encoding, std::string& to) {
    if (encoding == Encoding::Utf16LittleEndian || encoding == Encoding::Utf16BigEndian) {
        return convertUtf16(bytes, encoding == Encoding::Utf16LittleEndian, to);
    }
    to.reserve(to.size() + bytes.size() + bytes.size() / 8);
    for (const char b : bytes) {
        std::uint32_t c = static_cast<unsigned char>(b);
        if (c >= 0x80 && encoding == Encoding::UsAscii) return false;
        if (c >= 0x80 && c < 0xA0 && encoding == Encoding::Windows1252) {
            c = kWindows1252[c - 0x80];
            if (c == 0) return false;
        }
        appendUtf8(c, to);
    }
    return true;
}

}  // namespace myelin::xml
