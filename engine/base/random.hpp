#pragma once

#include <cstdint>

namespace myelin::base {

/// A number of which every bit is by chance: xoshiro256** of the calling thread, seeded from the system. For choices,
/// not for secrets.
std::uint64_t random64() noexcept;

/// From here on the calling thread's numbers follow from `seed`, so that a run can be repeated.
void seedRandom(std::uint64_t seed) noexcept;

/// splitmix64: the number after `state` in a sequence of which every bit is as good as chance. The same on every
/// machine; each bit of the result depends on each bit of `state`.
std::uint64_t mixed(std::uint64_t state) noexcept;
/// By how much the state of such a sequence goes up with each number.
inline constexpr std::uint64_t kMixedStep = 0x9E3779B97F4A7C15ULL;

/// A number from 0 to below 1, of 64 bits by chance.
inline double shareOf(std::uint64_t bits) noexcept {
    constexpr int kBeyondDouble = 11;
    return static_cast<double>(bits >> kBeyondDouble) * 0x1p-53;
}

}  // namespace myelin::base
