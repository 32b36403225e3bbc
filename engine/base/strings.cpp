#include "engine/base/strings.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace myelin::base {

namespace {

std::uint64_t load8(const char* at) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// Eight characters at once: sets bit 5 in each byte that is an ASCII capital.
std::uint64_t toLowerAscii8(std::uint64_t word) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    const std::uint64_t low7 = word & (0x7f * kOnes);
    const std::uint64_t afterZ = low7 + (0x7f - 'Z') * kOnes;
    const std::uint64_t fromA = low7 + (0x80 - 'A') * kOnes;
    const std::uint64_t capital = (fromA ^ afterZ) & ~word & (0x80 * kOnes);
    return word | (capital >> 2);
}

bool sameIgnoringCase(const char* a, const char* b, std::size_t size) noexcept {
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        const std::uint64_t left = load8(a + i);
        const std::uint64_t right = load8(b + i);
        if (left != right && toLowerAscii8(left) != toLowerAscii8(right)) return false;
    }
    for (; i < size; ++i) {
        if (toLowerAscii(a[i]) != toLowerAscii(b[i])) return false;
    }
    return true;
}

// One edit weighs sixteen differences of case: "Sequence" for "sequence" is hardly a mistake at all.
constexpr std::size_t kEdit = 16;
constexpr std::size_t kCaseDifference = 1;
constexpr std::size_t kLongestName = 128;

std::size_t substitution(char a, char b) noexcept {
    if (a == b) return 0;
    return toLowerAscii(a) == toLowerAscii(b) ? kCaseDifference : kEdit;
}

/// Edit distance with swaps of neighbours (optimal string alignment), three rows of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> beforeLast(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j * kEdit;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i * kEdit;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + kEdit, row[j - 1] + kEdit, last[j - 1] + substitution(a[i - 1], b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] != a[i - 2] && toLowerAscii(a[i - 1]) == toLowerAscii(b[j - 2]) &&
                toLowerAscii(a[i - 2]) == toLowerAscii(b[j - 1])) {
                row[j] = std::min(row[j], beforeLast[j - 2] + kEdit);
            }
        }
        beforeLast.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && sameIgnoringCase(a.data(), b.data(), a.size());
}

bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() && sameIgnoringCase(text.data(), prefix.data(), prefix.size());
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    while ((start = text.find_first_not_of(separators, start)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(separators, start), text.size());
        parts.push_back(text.substr(start, end - start));
        start = end;
    }
    return parts;
}

std::string_view nearestName(std::string_view name, const std::vector<std::string_view>& candidates) {
    if (name.empty() || name.size() > kLongestName) return {};
    const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
    std::string_view nearest;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string_view candidate : candidates) {
        const std::size_t longer = std::max(name.size(), candidate.size());
        if (longer - std::min(name.size(), candidate.size()) > limit) continue;
        const std::size_t weight = distance(name, candidate);
        const std::size_t edits = weight / kEdit;
        // A name that shares no letter with the candidate is no misspelling of it, however short both are.
        if (edits > limit || edits >= longer) continue;
        if (weight < least) {
            least = weight;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace myelin::base
