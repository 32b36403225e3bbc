#include "endpoints/algorithms/key_slots.hpp"

namespace myelin::endpoints {

namespace {

// FNV-1a, which says little in its high bits, and the finaliser of SplitMix64, which spreads them.
constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001b3U;

}  // namespace

std::uint64_t mixed(std::uint64_t number) noexcept {
    number += 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

std::uint64_t stableHash(std::string_view text, std::uint64_t seed) noexcept {
    std::uint64_t hash = kFnvBasis ^ mixed(seed);
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
    return mixed(hash);
}

}  // namespace myelin::endpoints
