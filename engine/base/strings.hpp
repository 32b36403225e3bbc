#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::base {

constexpr char toLowerAscii(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool isSpace(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Equality of ASCII text without regard to case, as header names and most enumerated values want it.
bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept;
bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) noexcept;

/// Without leading and trailing XML white space.
std::string_view trim(std::string_view text) noexcept;

/// Parts between any of the separator characters; empty parts are left out.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

/// A whole text that is a decimal number, or nothing: no sign unless T is signed, no blanks, no overflow.
template <typename T>
std::optional<T> parseNumber(std::string_view text) noexcept {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// The candidate that a person most likely meant by `name`: the one at the smallest edit distance (a swap of
/// neighbours counts as one edit), provided that it is near enough to be worth suggesting. Empty when none is.
std::string_view nearestName(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace myelin::base
