#include "engine/config/encoding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/strings.hpp"

namespace myelin::config {
namespace {

/// What windows-1252 has where ISO-8859-1 has control characters; 0 for the unassigned.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void appendUtf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0U | (code >> 6U));
        put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
        put(0x80U | (code & 0x3FU));
    }
}

std::string fromUtf16(std::string_view bytes, bool bigEndian, std::string& problem) {
    const auto unit = [&](std::size_t at) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return static_cast<std::uint32_t>(bigEndian ? first << 8 | second : second << 8 | first);
    };
    std::string out;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        std::uint32_t code = unit(at);
        if (code >= 0xD800 && code < 0xE000) {
            const std::uint32_t low = at + 3 < bytes.size() ? unit(at + 2) : 0;
            if (code >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
                problem = "the file is not valid UTF-16";
                return {};
            }
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            at += 2;
        }
        appendUtf8(out, code);
    }
    if (bytes.size() % 2 != 0) problem = "the file is not valid UTF-16: half a character is left at its end";
    return problem.empty() ? out : std::string();
}

std::string fromSingleBytes(std::string_view bytes, bool windows) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool special = windows && byte >= 0x80 && byte < 0xA0 && kWindows1252[byte - 0x80U] != 0;
        appendUtf8(out, special ? kWindows1252[byte - 0x80U] : byte);
    }
    return out;
}

std::string_view declaredEncoding(std::string_view bytes) {
    if (!bytes.starts_with("<?xml")) return {};
    const std::string_view declaration = bytes.substr(0, bytes.find("?>"));
    const std::size_t name = declaration.find("encoding");
    if (name == std::string_view::npos) return {};
    const std::size_t open = declaration.find_first_of("\"'", name);
    if (open == std::string_view::npos) return {};
    const std::size_t close = declaration.find(declaration[open], open + 1);
    if (close == std::string_view::npos) return {};
    return declaration.substr(open + 1, close - open - 1);
}

}  // namespace

std::string toUtf8(std::string bytes, std::string& problem) {
    problem.clear();
    const std::string_view view = bytes;
    if (view.starts_with("\xEF\xBB\xBF")) {
        bytes.erase(0, 3);
        return bytes;
    }
    if (view.starts_with("\xFE\xFF")) return fromUtf16(view.substr(2), true, problem);
    if (view.starts_with("\xFF\xFE")) return fromUtf16(view.substr(2), false, problem);
    const std::string_view encoding = declaredEncoding(view);
    const auto is = [&](std::string_view name) { return base::equalsIgnoreCase(encoding, name); };
    if (encoding.empty() || is("UTF-8") || is("UTF8") || is("US-ASCII") || is("ASCII")) return bytes;
    if (is("ISO-8859-1") || is("latin1")) return fromSingleBytes(view, false);
    if (is("windows-1252") || is("cp1252")) return fromSingleBytes(view, true);
    problem = "the encoding " + std::string(encoding) + " is not supported; save the file as UTF-8";
    return {};
}

}  // namespace myelin::config
