#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

/// The weights of children of which one at least may be chosen; one with weight 0 is listed and never chosen, so that
/// it can be taken out of service gently. Throws std::invalid_argument when all of them are 0.
std::vector<std::uint32_t> weightsOf(const std::vector<plugin::Child>& children);

/// The weights for Synapse's own algorithms, which refuse 0. Throws std::invalid_argument.
std::vector<std::uint32_t> positiveWeightsOf(const std::vector<plugin::Child>& children);

/// The indexes of those whose weight is not 0.
std::vector<std::uint32_t> eligible(const std::vector<std::uint32_t>& weights);

/// `text` as a whole number in that range. Throws std::invalid_argument, which names `what`.
std::uint32_t wholeNumber(std::string_view what, std::string_view text, std::uint32_t least, std::uint32_t most);

/// A number from 0 to `count` - 1 out of 64 random bits. `count` is at most 2^32.
constexpr std::uint64_t scaled(std::uint64_t random, std::uint64_t count) noexcept {
    return ((random >> 32) * count) >> 32;
}

/// An available one of the children `among`, each with the same chance; never `except`. Or plugin::kNoCandidate.
std::size_t drawAvailable(const plugin::Candidates& candidates,
                          const std::vector<std::uint32_t>& among,
                          std::size_t except = plugin::kNoCandidate);

}  // namespace myelin::endpoints
