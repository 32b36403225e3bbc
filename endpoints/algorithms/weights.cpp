#include "endpoints/algorithms/weights.hpp"

#include <stdexcept>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// Draws before the children are counted: with half of them down, one message in 256 has to count.
constexpr int kDraws = 8;

}  // namespace

std::vector<std::uint32_t> weightsOf(const std::vector<plugin::Child>& children) {
    std::vector<std::uint32_t> weights;
    bool some = false;
    for (const auto& child : children) {
        weights.push_back(child.weight);
        some |= child.weight > 0;
    }
    if (!some) throw std::invalid_argument("the weights of all children are 0");
    return weights;
}

std::vector<std::uint32_t> positiveWeightsOf(const std::vector<plugin::Child>& children) {
    std::vector<std::uint32_t> weights;
    for (const auto& child : children) {
        if (child.weight == 0) throw std::invalid_argument("the weight of " + child.id + " must be greater than zero");
        weights.push_back(child.weight);
    }
    return weights;
}

std::vector<std::uint32_t> eligible(const std::vector<std::uint32_t>& weights) {
    std::vector<std::uint32_t> indexes;
    for (std::size_t index = 0; index < weights.size(); ++index) {
        if (weights[index] > 0) indexes.push_back(static_cast<std::uint32_t>(index));
    }
    return indexes;
}

std::uint32_t wholeNumber(std::string_view what, std::string_view text, std::uint32_t least, std::uint32_t most) {
    const auto number = base::parseNumber<std::uint32_t>(base::trim(text));
    if (number && *number >= least && *number <= most) return *number;
    throw std::invalid_argument(std::string(what) + " must be a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most) + ", not \"" + std::string(text) + "\"");
}

std::size_t drawAvailable(const plugin::Candidates& candidates,
                          const std::vector<std::uint32_t>& among,
                          std::size_t except) {
    for (int draw = 0; draw < kDraws; ++draw) {
        const std::size_t index = among[scaled(candidates.random(), among.size())];
        if (index != except && candidates.available(index)) return index;
    }
    std::size_t count = 0;
    for (const std::size_t index : among) count += index != except && candidates.available(index) ? 1 : 0;
    if (count == 0) return plugin::kNoCandidate;
    std::size_t left = scaled(candidates.random(), count);
    for (const std::size_t index : among) {
        if (index == except || !candidates.available(index)) continue;
        if (left-- == 0) return index;
    }
    return plugin::kNoCandidate;  // one has gone down since they were counted
}

}  // namespace myelin::endpoints
