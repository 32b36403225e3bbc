#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Searches over markup, sixteen bytes at a time where the processor can. All of them read up to kScanPadding bytes
/// beyond what they find, and stop at a zero byte: the text must be followed by that many readable zero bytes.
namespace myelin::xml {

constexpr std::size_t kScanPadding = 16;

constexpr std::uint8_t kNameStart = 1;
constexpr std::uint8_t kNameChar = 2;
constexpr std::uint8_t kSpace = 4;

constexpr std::array<std::uint8_t, 256> makeByteClasses() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        std::uint8_t bits = 0;
        // What is above ASCII counts as a letter, as in pugixml.
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (letter) bits |= kNameStart | kNameChar;
        if ((c >= '0' && c <= '9') || c == '-' || c == '.') bits |= kNameChar;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') bits |= kSpace;
        classes[c] = bits;
    }
    return classes;
}
inline constexpr auto kByteClasses = makeByteClasses();

/// Whether the byte is of one of the classes.
inline bool has(char c, std::uint8_t bits) noexcept {
    return (kByteClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

#if defined(__SSE2__)

inline __m128i loadBytes(const char* at) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline __m128i equalTo(__m128i bytes, char c) noexcept {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}
/// Unsigned: bytes <= bound.
inline __m128i atMost(__m128i bytes, char bound) noexcept {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(bound)), bytes);
}
inline const char* firstOf(const char* at, unsigned mask) noexcept {
    return at + __builtin_ctz(mask);
}

/// The next '<' or `end`, where the text ends. What is not found at once is left to the C library, which takes more
/// bytes at a time.
inline const char* findMarkup(const char* at, const char* end) noexcept {
    const __m128i bytes = loadBytes(at);
    const __m128i hits = _mm_or_si128(equalTo(bytes, '<'), equalTo(bytes, '\0'));
    if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits))) return firstOf(at, mask);
    at += 16;
    const void* found = std::memchr(at, '<', static_cast<std::size_t>(end - at));
    return found ? static_cast<const char*>(found) : end;
}

/// The next `quote`, '<', '&' or control character, or the end of the text.
inline const char* findInValue(const char* at, char quote) noexcept {
    for (;; at += 16) {
        const __m128i bytes = loadBytes(at);
        const __m128i hits = _mm_or_si128(_mm_or_si128(equalTo(bytes, quote), equalTo(bytes, '<')),
                                          _mm_or_si128(equalTo(bytes, '&'), atMost(bytes, 0x1F)));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits))) return firstOf(at, mask);
    }
}

/// The first byte that is no name character; a colon is none.
inline const char* findNameEnd(const char* at) noexcept {
    for (;; at += 16) {
        const __m128i bytes = loadBytes(at);
        const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        const __m128i letters = atMost(_mm_sub_epi8(folded, _mm_set1_epi8('a')), 25);
        const __m128i fromMinusToNine = atMost(_mm_sub_epi8(bytes, _mm_set1_epi8('-')), '9' - '-');
        const __m128i others =
            _mm_or_si128(_mm_andnot_si128(equalTo(bytes, '/'), fromMinusToNine), equalTo(bytes, '_'));
        // The sign bits of the bytes themselves are those above ASCII.
        const int names = _mm_movemask_epi8(_mm_or_si128(letters, others)) | _mm_movemask_epi8(bytes);
        if (const unsigned mask = ~static_cast<unsigned>(names) & 0xFFFFu) return firstOf(at, mask);
    }
}

/// Whether both have the same `size` bytes.
inline bool sameBytes(const char* a, const char* b, std::size_t size) noexcept {
    if (size > 16) return std::memcmp(a, b, size) == 0;
    const auto equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(loadBytes(a), loadBytes(b))));
    return (~equal & ((1u << size) - 1)) == 0;
}

#else

inline const char* findMarkup(const char* at, const char* end) noexcept {
    while (at != end && *at != '<') ++at;
    return at;
}

inline const char* findInValue(const char* at, char quote) noexcept {
    while (*at != quote && *at != '<' && *at != '&' && static_cast<unsigned char>(*at) >= 0x20) ++at;
    return at;
}

inline const char* findNameEnd(const char* at) noexcept {
    while (has(*at, kNameChar)) ++at;
    return at;
}

inline bool sameBytes(const char* a, const char* b, std::size_t size) noexcept {
    return std::memcmp(a, b, size) == 0;
}

#endif

}  // namespace myelin::xml
