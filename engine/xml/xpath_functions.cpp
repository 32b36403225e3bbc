#include "engine/xml/xpath_functions.hpp"

#include <array>
#include <cstdint>

#include "engine/xml/encoding.hpp"

namespace myelin::xml::xpath {

namespace {

constexpr unsigned kMany = 1000;

constexpr std::array kCoreFunctions{
    CoreFunction{"last", 0, 0, Type::Number, false, true},
    CoreFunction{"position", 0, 0, Type::Number, false, true},
    CoreFunction{"count", 1, 1, Type::Number, true, false},
    CoreFunction{"local-name", 0, 1, Type::Text, true, true},
    CoreFunction{"namespace-uri", 0, 1, Type::Text, true, true},
    CoreFunction{"name", 0, 1, Type::Text, true, true},
    CoreFunction{"string", 0, 1, Type::Text, false, true},
    CoreFunction{"concat", 2, kMany, Type::Text, false, false},
    CoreFunction{"starts-with", 2, 2, Type::Boolean, false, false},
    CoreFunction{"contains", 2, 2, Type::Boolean, false, false},
    CoreFunction{"substring-before", 2, 2, Type::Text, false, false},
    CoreFunction{"substring-after", 2, 2, Type::Text, false, false},
    CoreFunction{"substring", 2, 3, Type::Text, false, false},
    CoreFunction{"string-length", 0, 1, Type::Number, false, true},
    CoreFunction{"normalize-space", 0, 1, Type::Text, false, true},
    CoreFunction{"translate", 3, 3, Type::Text, false, false},
    CoreFunction{"boolean", 1, 1, Type::Boolean, false, false},
    CoreFunction{"not", 1, 1, Type::Boolean, false, false},
    CoreFunction{"true", 0, 0, Type::Boolean, false, false},
    CoreFunction{"false", 0, 0, Type::Boolean, false, false},
    CoreFunction{"lang", 1, 1, Type::Boolean, false, false},
    CoreFunction{"number", 0, 1, Type::Number, false, true},
    CoreFunction{"sum", 1, 1, Type::Number, true, false},
    CoreFunction{"floor", 1, 1, Type::Number, false, false},
    CoreFunction{"ceiling", 1, 1, Type::Number, false, false},
    CoreFunction{"round", 1, 1, Type::Number, false, false},
};

constexpr std::array<std::pair<std::string_view, Slot::Kind>, 4> kSynapseFunctions{
    {{"get-property", Slot::Kind::Property},
     {"base64Encode", Slot::Kind::Base64Encode},
     {"base64Decode", Slot::Kind::Base64Decode},
     {"url-encode", Slot::Kind::UrlEncode}}};

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum class Charset { Utf8, Latin1, UsAscii };

std::optional<Charset> charsetNamed(std::string_view name) {
    const DetectedEncoding found = name.empty() ? DetectedEncoding{} : detectEncoding({}, name);
    if (!found.problem.empty()) return std::nullopt;
    if (found.encoding == Encoding::Utf8) return Charset::Utf8;
    if (found.encoding == Encoding::Latin1) return Charset::Latin1;
    if (found.encoding == Encoding::UsAscii) return Charset::UsAscii;
    return std::nullopt;
}

// The text's bytes in that charset.
std::optional<std::string> bytesOf(std::string_view text, std::string_view charset) {
    const auto known = charsetNamed(charset);
    if (!known) return std::nullopt;
    if (*known == Charset::Utf8) return std::string(text);
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            bytes.push_back(text[i]);
        } else if (*known == Charset::Latin1 && (c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
            bytes.push_back(static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F)));
        } else {
            return std::nullopt;
        }
    }
    return bytes;
}

}  // namespace

const CoreFunction* coreFunction(std::string_view name) noexcept {
    for (const CoreFunction& function : kCoreFunctions) {
        if (function.name == name) return &function;
    }
    return nullptr;
}

std::optional<Slot::Kind> synapseFunction(std::string_view name) noexcept {
    for (const auto& [known, kind] : kSynapseFunctions) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

std::string knownFunctions() {
    std::string names;
    for (const auto& [name, kind] : kSynapseFunctions) names.append(names.empty() ? "" : ", ").append(name);
    for (const CoreFunction& function : kCoreFunctions) names.append(", ").append(function.name);
    return names;
}

bool isPropertyScope(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 11> kScopes{"default",
                                                       "synapse",
                                                       "axis2",
                                                       "axis2-client",
                                                       "transport",
                                                       "registry",
                                                       "system",
                                                       "func",
                                                       "operation",
                                                       "env",
                                                       "file"};
    for (const std::string_view scope : kScopes) {
        if (scope == name) return true;
    }
    return false;
}

std::optional<std::string> base64Encode(std::string_view text, std::string_view charset) {
    const auto bytes = bytesOf(text, charset);
    if (!bytes) return std::nullopt;
    std::string out;
    out.reserve((bytes->size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes->size(); i += 3) {
        const std::size_t left = bytes->size() - i;
        const auto at = [&](std::size_t k) {
            return k < left ? static_cast<std::uint32_t>(static_cast<unsigned char>((*bytes)[i + k])) : 0u;
        };
        const std::uint32_t group = (at(0) << 16) | (at(1) << 8) | at(2);
        out.push_back(kBase64[group >> 18]);
        out.push_back(kBase64[(group >> 12) & 0x3F]);
        out.push_back(left > 1 ? kBase64[(group >> 6) & 0x3F] : '=');
        out.push_back(left > 2 ? kBase64[group & 0x3F] : '=');
    }
    return out;
}

std::optional<std::string> base64Decode(std::string_view text, std::string_view charset) {
    const auto known = charsetNamed(charset);
    if (!known) return std::nullopt;
    std::string bytes;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        if (c == '=') break;
        const std::size_t value = kBase64.find(c == '-' ? '+' : c == '_' ? '/' : c);
        if (value == std::string_view::npos) continue;  // line ends and the like, as the Java decoder does
        group = (group << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>((group >> bits) & 0xFF));
        }
    }
    if (*known == Charset::Utf8) return bytes;
    std::string out;
    if (!convertToUtf8(bytes, *known == Charset::Latin1 ? Encoding::Latin1 : Encoding::UsAscii, out))
        return std::nullopt;
    return out;
}

std::optional<std::string> urlEncode(std::string_view text, std::string_view charset) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto bytes = bytesOf(text, charset);
    if (!bytes) return std::nullopt;
    std::string out;
    for (const char c : *bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                           c == '-' || c == '*' || c == '_';
        if (plain) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            out.push_back('%');
            out.push_back(kHex[byte >> 4]);
            out.push_back(kHex[byte & 0x0F]);
        }
    }
    return out;
}

}  // namespace myelin::xml::xpath
