#pragma once

#include <cstdint>

namespace myelin::base {

/// A number of which every bit is by chance: xoshiro256** of the calling thread, seeded from the system. For choices,
/// not for secrets.
std::uint64_t random64() noexcept;

/// From here on the calling thread's numbers follow from `seed`, so that a run can be repeated.
void seedRandom(std::uint64_t seed) noexcept;

}  // namespace myelin::base
