#include <cstdint>
#include <stdexcept>
#include <string>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/smooth_turns.hpp"
#include "endpoints/algorithms/weights.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::uint64_t kWhole = 100;

/// Smooth turns by weights that are percentages, and therefore have to total 100. A single child that says nothing has
/// all of it.
std::unique_ptr<plugin::Algorithm> makePercent(const plugin::Options&, const std::vector<plugin::Child>& children) {
    const auto weights = weightsOf(children);
    const bool single = children.size() == 1 && weights.front() == 1;
    std::uint64_t total = 0;
    std::string shares;
    for (const auto& child : children) {
        total += child.weight;
        shares += (shares.empty() ? "" : ", ") + child.id + " " + std::to_string(child.weight);
    }
    if (total != kWhole && !single) {
        throw std::invalid_argument("the percentages total " + std::to_string(total) + ", not 100: " + shares);
    }
    return std::make_unique<SmoothTurns>(weights);
}

const config::Registration<AlgorithmKind> kShortName{algorithmRegistry(), "percent", {&makePercent, true}};

}  // namespace

}  // namespace myelin::endpoints
