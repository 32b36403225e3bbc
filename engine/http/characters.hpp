#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace myelin::http {

/// Character classes of RFC 9110 5.6.2 and RFC 3986, one table for all.
enum CharacterClass : std::uint8_t {
    kTokenCharacter = 1,  ///< tchar
    kHostCharacter = 2,   ///< reg-name and IPv4: unreserved, sub-delims, '%'
    kHexDigit = 4,
    kTargetCharacter = 8,  ///< visible ASCII but '#': what may stand in a request target
    kValueCharacter = 16,  ///< what may stand in a field value or a reason phrase
};

namespace detail {
constexpr std::array<std::uint8_t, 256> makeCharacterTable() {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&table](std::string_view characters, std::uint8_t bits) {
        for (const char c : characters) table[static_cast<unsigned char>(c)] |= bits;
    };
    constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    mark(kAlphanumeric, kTokenCharacter | kHostCharacter);
    mark("!#$%&'*+-.^_`|~", kTokenCharacter);
    mark("-._~!$&'()*+,;=%", kHostCharacter);
    mark("0123456789abcdefABCDEF", kHexDigit);
    for (unsigned c = 0x21; c < 0x7f; ++c) {
        if (c != '#') table[c] |= kTargetCharacter;
    }
    for (unsigned c = 0; c < 0x100; ++c) {
        if ((c >= 0x20 && c != 0x7f) || c == '\t') table[c] |= kValueCharacter;
    }
    return table;
}
inline constexpr std::array<std::uint8_t, 256> kCharacterTable = makeCharacterTable();
}  // namespace detail

inline bool isOf(char c, CharacterClass kind) noexcept {
    return (detail::kCharacterTable[static_cast<unsigned char>(c)] & kind) != 0;
}

/// The first character that is not of the class, or `end`.
inline const char* skipClass(const char* p, const char* end, CharacterClass kind) noexcept {
    while (p != end && isOf(*p, kind)) ++p;
    return p;
}

/// The same for a token. Letters and '-', which is all that most names have, go sixteen at a time.
inline const char* skipToken(const char* p, const char* end) noexcept {
#ifdef __SSE2__
    while (end - p >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        // Letters in either case are moved to the top of the signed range, where one comparison finds them.
        const __m128i letter = _mm_add_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x7f - 'z'));
        const __m128i good =
            _mm_or_si128(_mm_cmpgt_epi8(letter, _mm_set1_epi8(0x7f - 26)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
        const unsigned stops = static_cast<unsigned>(_mm_movemask_epi8(good)) ^ 0xffffU;
        if (stops == 0) {
            p += 16;
            continue;
        }
        p += __builtin_ctz(stops);
        if (!isOf(*p, kTokenCharacter)) return p;
        ++p;
    }
#endif
    return skipClass(p, end, kTokenCharacter);
}

/// The same for kTargetCharacter.
inline const char* skipTarget(const char* p, const char* end) noexcept {
#ifdef __SSE2__
    while (end - p >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x20)), bytes);
        const __m128i high = _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x7f)), bytes);
        const __m128i bad = _mm_or_si128(_mm_or_si128(low, high), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')));
        const int mask = _mm_movemask_epi8(bad);
        if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
        p += 16;
    }
#endif
    return skipClass(p, end, kTargetCharacter);
}

inline bool isToken(std::string_view text) noexcept {
    return !text.empty() && skipToken(text.data(), text.data() + text.size()) == text.data() + text.size();
}

inline bool isBlank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// Without spaces and tabs at both ends (OWS of RFC 9110 5.6.3).
inline std::string_view trimBlanks(std::string_view text) noexcept {
    while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
    return text;
}

/// True for what may never stand inside a field value or a reason phrase: controls but the tab, and DEL.
inline bool isForbiddenInValue(char c) noexcept {
    return !isOf(c, kValueCharacter);
}

/// The first forbidden character in [p, end), or `end`. Sixteen bytes a step: values are most of a head.
inline const char* findForbidden(const char* p, const char* end) noexcept {
#ifdef __SSE2__
    const __m128i highestControl = _mm_set1_epi8(0x1f);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7f);
    while (end - p >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, highestControl), bytes);
        const __m128i bad =
            _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), control), _mm_cmpeq_epi8(bytes, del));
        const int mask = _mm_movemask_epi8(bad);
        if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
        p += 16;
    }
#endif
    return skipClass(p, end, kValueCharacter);
}

inline bool isFieldValue(std::string_view text) noexcept {
    return findForbidden(text.data(), text.data() + text.size()) == text.data() + text.size();
}

inline bool sameIgnoringCase(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto x = static_cast<unsigned char>(a[i]);
        const auto y = static_cast<unsigned char>(b[i]);
        if (x != y && ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z')) return false;
    }
    return true;
}

/// Calls `each` with every element of a comma-separated list, blanks trimmed, empty elements left out.
template <typename F>
void forEachListElement(std::string_view list, F&& each) {
    while (!list.empty()) {
        // Almost all lists are one short word: looking by hand is cheaper than a call of memchr.
        std::size_t comma = 0;
        while (comma != list.size() && list[comma] != ',') ++comma;
        const std::string_view element = trimBlanks(list.substr(0, comma));
        if (!element.empty()) each(element);
        if (comma == list.size()) return;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace myelin::http
