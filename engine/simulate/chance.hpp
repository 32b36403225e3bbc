#pragma once

#include <cmath>
#include <cstdint>

#include "engine/base/random.hpp"

namespace myelin::simulate {

/// Numbers by chance that follow from a seed, the same on every machine (splitmix64). Apart from base::random64(), so
/// that how often an algorithm asks does not change what the script does.
class Chance {
public:
    explicit Chance(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        const std::uint64_t number = base::mixed(state_);
        state_ += base::kMixedStep;
        return number;
    }
    /// From 0 to below 1.
    double share() noexcept { return base::shareOf(next()); }
    /// From 0 to below `bound`, which is more than 0.
    std::uint64_t below(std::uint64_t bound) noexcept {
        return static_cast<std::uint64_t>(share() * static_cast<double>(bound));
    }
    /// Time between two arrivals of a Poisson process with one a unit of time on average.
    double exponential() noexcept { return -std::log1p(-share()); }

private:
    std::uint64_t state_;
};

}  // namespace myelin::simulate
