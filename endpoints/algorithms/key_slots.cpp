#include "endpoints/algorithms/key_slots.hpp"

#include "engine/base/random.hpp"

namespace myelin::endpoints {

namespace {

// FNV-1a, which says little in its high bits, and the finaliser of SplitMix64, which spreads them.
constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001b3U;

}  // namespace

std::uint64_t stableHash(std::string_view text, std::uint64_t seed) noexcept {
    std::uint64_t hash = kFnvBasis ^ base::mixed(seed);
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
    return base::mixed(hash);
}

}  // namespace myelin::endpoints
