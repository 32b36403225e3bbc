#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Comparison with a text that is known at compile time, without regard to case: two or three instructions for eight
/// characters. Internal to http.
namespace myelin::http {

namespace detail {

template <std::size_t N>
struct Literal {
    consteval Literal(const char (&text)[N]) {  // NOLINT: implicit, so that a literal can be a template argument
        for (std::size_t i = 0; i < N; ++i) characters[i] = text[i];
    }
    // Eight bytes from `at` on as they stand in memory, and the bit that tells the cases apart wherever a letter is.
    template <typename Word>
    consteval Word word(std::size_t at) const {
        return std::bit_cast<Word>(bytes<sizeof(Word)>(at, [](char c) { return c; }));
    }
    template <typename Word>
    consteval Word caseBits(std::size_t at) const {
        return std::bit_cast<Word>(
            bytes<sizeof(Word)>(at, [](char c) { return c >= 'a' && c <= 'z' ? '\x20' : '\0'; }));
    }
    template <std::size_t Count, typename F>
    consteval std::array<char, Count> bytes(std::size_t at, F f) const {
        std::array<char, Count> result{};
        for (std::size_t i = 0; i < Count; ++i) result[i] = f(characters[at + i]);
        return result;
    }
    char characters[N];
};

template <typename Word, Literal kText, std::size_t kAt>
bool sameWord(const char* name) noexcept {
    Word have;
    std::memcpy(&have, name + kAt, sizeof have);
    constexpr Word kCaseBits = kText.template caseBits<Word>(kAt);
    constexpr Word kWant = kText.template word<Word>(kAt);
    return static_cast<Word>(have | kCaseBits) == kWant;
}

// Compares text of the right length with one without capitals, a word at a time; the last one overlaps the one
// before it. Only the case bit of letters is masked out, so that '\r' is not taken for '-'.
template <Literal kText>
bool isName(const char* name) noexcept {
    constexpr std::size_t kSize = sizeof(kText.characters) - 1;
    static_assert(kSize <= 24);
    if constexpr (kSize >= 16) {
        return sameWord<std::uint64_t, kText, 0>(name) && sameWord<std::uint64_t, kText, 8>(name) &&
               sameWord<std::uint64_t, kText, kSize - 8>(name);
    } else if constexpr (kSize >= 8) {
        return sameWord<std::uint64_t, kText, 0>(name) && sameWord<std::uint64_t, kText, kSize - 8>(name);
    } else if constexpr (kSize >= 4) {
        return sameWord<std::uint32_t, kText, 0>(name) && sameWord<std::uint32_t, kText, kSize - 4>(name);
    } else {
        static_assert(kSize == 2 || kSize == 3);
        return sameWord<std::uint16_t, kText, 0>(name) && sameWord<std::uint16_t, kText, kSize - 2>(name);
    }
}

}  // namespace detail

/// True when `text` is `kText` in any case. `kText` has two to 24 characters and no capitals.
template <detail::Literal kText>
bool isLiteral(std::string_view text) noexcept {
    return text.size() == sizeof(kText.characters) - 1 && detail::isName<kText>(text.data());
}

}  // namespace myelin::http
