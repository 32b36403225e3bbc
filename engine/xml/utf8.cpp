#include <cstdint>

#include "engine/xml/guard.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace myelin::xml {

namespace {

constexpr bool isAllowedControl(unsigned char c) noexcept {
    return c == '\t' || c == '\n' || c == '\r';
}

// Length of the valid sequence at `s` (a byte of at least 0x80), or 0. Overlong forms, surrogates, U+FFFE and U+FFFF
// are not valid in XML.
std::size_t sequenceLength(const unsigned char* s, std::size_t left) noexcept {
    const auto continues = [&](std::size_t i) { return i < left && (s[i] & 0xC0) == 0x80; };
    if (s[0] >= 0xC2 && s[0] <= 0xDF) return continues(1) ? 2 : 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        const unsigned c = ((s[0] & 0x0Fu) << 12) | ((s[1] & 0x3Fu) << 6) | (s[2] & 0x3Fu);
        if (c < 0x800 || (c >= 0xD800 && c < 0xE000) || c >= 0xFFFE) return 0;
        return 3;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        const unsigned c = ((s[0] & 0x07u) << 18) | ((s[1] & 0x3Fu) << 12) | ((s[2] & 0x3Fu) << 6) | (s[3] & 0x3Fu);
        return c < 0x10000 || c > 0x10FFFF ? 0 : 4;
    }
    return 0;
}

#if defined(__SSE2__)

// The first byte at or after `i` that is neither printable ASCII nor a tab or line end, or where fewer than sixteen
// bytes are left.
std::size_t skipPlain(const unsigned char* s, std::size_t i, std::size_t size) noexcept {
    const auto load = [s](std::size_t at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(s + at)); };
    // Four steps in one as long as there are no line ends either: half the instructions.
    for (; size - i >= 64; i += 64) {
        // SSE2 has no signed minimum of bytes. With the sign bit flipped, bytes from 0x80 are the smallest unsigned
        // ones and the controls come next.
        const auto flipped = [&](std::size_t at) { return _mm_xor_si128(load(at), _mm_set1_epi8('\x80')); };
        const __m128i least =
            _mm_min_epu8(_mm_min_epu8(flipped(i), flipped(i + 16)), _mm_min_epu8(flipped(i + 32), flipped(i + 48)));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(least, _mm_set1_epi8('\x9F')), least)) != 0) break;
    }
    for (; size - i >= 16; i += 16) {
        const __m128i bytes = load(i);
        // Compared as signed, bytes from 0x80 are below the blank, too.
        const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
        if (_mm_movemask_epi8(low) == 0) continue;
        const __m128i lineEnd =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
        const __m128i allowed = _mm_or_si128(lineEnd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')));
        const auto unusual = static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(allowed, low)));
        if (unusual != 0) return i + static_cast<std::size_t>(__builtin_ctz(unusual));
    }
    return i;
}

#endif

}  // namespace

std::size_t firstInvalidUtf8(std::string_view text) noexcept {
    const auto* s = reinterpret_cast<const unsigned char*>(text.data());
    const std::size_t size = text.size();
    std::size_t i = 0;
    while (i < size) {
#if defined(__SSE2__)
        i = skipPlain(s, i, size);
        if (i >= size) break;
#endif
        const unsigned char c = s[i];
        if (c < 0x80) {
            if (c < 0x20 && !isAllowedControl(c)) return i;
            ++i;
            continue;
        }
        // Text in other scripts comes in runs: no vector step between its characters.
        do {
            const std::size_t length = sequenceLength(s + i, size - i);
            if (length == 0) return i;
            i += length;
        } while (i < size && s[i] >= 0x80);
    }
    return std::string_view::npos;
}

}  // namespace myelin::xml
