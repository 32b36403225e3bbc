#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"

namespace myelin::endpoints {

namespace {

/// Each available child with the same chance. Remembers nothing.
class Random final : public plugin::Algorithm {
public:
    explicit Random(std::size_t count) : all_(count) { std::iota(all_.begin(), all_.end(), 0U); }

    std::size_t pick(const plugin::Candidates& candidates) override { return drawAvailable(candidates, all_); }
    bool listens() const noexcept override { return false; }

private:
    std::vector<std::uint32_t> all_;
};

/// Each available child with a chance in proportion to its weight. A binary search; O(n) when most of the weight is
/// not available.
class WeightedRandom final : public plugin::Algorithm {
public:
    explicit WeightedRandom(const std::vector<plugin::Child>& children) : weights_(weightsOf(children)) {
        std::uint64_t total = 0;
        for (const auto weight : weights_) ends_.push_back(total += weight);
    }

    std::size_t pick(const plugin::Candidates& candidates) override {
        for (int draw = 0; draw < kDraws; ++draw) {
            const std::uint64_t at = scaled(candidates.random(), ends_.back());
            const auto index =
                static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), at) - ends_.begin());
            if (candidates.available(index)) return index;
        }
        std::uint64_t total = 0;
        for (std::size_t index = 0; index < weights_.size(); ++index) {
            if (weights_[index] > 0 && candidates.available(index)) total += weights_[index];
        }
        if (total == 0) return plugin::kNoCandidate;
        std::uint64_t left = scaled(candidates.random(), total);
        for (std::size_t index = 0; index < weights_.size(); ++index) {
            if (weights_[index] == 0 || !candidates.available(index)) continue;
            if (left < weights_[index]) return index;
            left -= weights_[index];
        }
        return plugin::kNoCandidate;  // one has gone down since they were added up
    }
    bool listens() const noexcept override { return false; }

private:
    static constexpr int kDraws = 8;  ///< before those that are available are added up

    std::vector<std::uint32_t> weights_;
    std::vector<std::uint64_t> ends_;
};

std::unique_ptr<plugin::Algorithm> makeRandom(const plugin::Options&, const std::vector<plugin::Child>& children) {
    return std::make_unique<Random>(children.size());
}

std::unique_ptr<plugin::Algorithm> makeWeightedRandom(const plugin::Options&,
                                                      const std::vector<plugin::Child>& children) {
    return std::make_unique<WeightedRandom>(children);
}

const config::Registration<AlgorithmKind> kRandom{algorithmRegistry(), "random", {&makeRandom, false}};
const config::Registration<AlgorithmKind> kWeightedRandom{
    algorithmRegistry(), "weightedRandom", {&makeWeightedRandom, true}};

}  // namespace

}  // namespace myelin::endpoints
