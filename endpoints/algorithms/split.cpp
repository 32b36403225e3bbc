#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "endpoints/algorithms/key_slots.hpp"
#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"
#include "endpoints/hash_key.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kSplit = "loadbalance.split";
constexpr std::uint64_t kSlots = 10'000;

/// Each child has a range of the slots, in the order of declaration. Throws std::invalid_argument for a weight that
/// would come to no slot at all.
KeySlots rangesOf(const std::vector<plugin::Child>& children, const std::vector<std::uint32_t>& weights) {
    const auto total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    std::vector<KeySlots::Owner> owners;
    owners.reserve(kSlots);
    std::uint64_t sum = 0;
    for (std::size_t index = 0; index < weights.size(); ++index) {
        sum += weights[index];
        const std::uint64_t end = (sum * kSlots + total / 2) / total;
        if (weights[index] > 0 && end == owners.size()) {
            throw std::invalid_argument("the share of " + children[index].id + " is less than one in " +
                                        std::to_string(kSlots));
        }
        owners.resize(end, static_cast<KeySlots::Owner>(index));
    }
    return KeySlots(std::move(owners));
}

/// A split of the clients, or of what else the key is, by percentages or parts: a client stays on its side. When the
/// weights change, a border between two neighbours moves, and only the clients that it passes change sides. Splits of
/// different names have nothing to do with each other. A message without a key takes a side by chance. While a side is
/// not available, its clients are spread over the others; no other client moves.
class Split final : public plugin::Algorithm {
public:
    Split(const plugin::Options& options, const std::vector<plugin::Child>& children)
        : weights_(weightsOf(children)),
          seed_(stableHash(options.text(kSplit, ""))),
          slots_(rangesOf(children, weights_)) {
        (void)options.find(kHashOn);
    }

    bool listens() const noexcept override { return false; }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const auto key = candidates.key();
        const std::uint64_t hash = key.empty() ? candidates.random() : stableHash(key, seed_);
        return slots_.find(hash, weights_.size(), [&](std::size_t index) {
            return weights_[index] > 0 && candidates.available(index);
        });
    }

private:
    std::vector<std::uint32_t> weights_;
    std::uint64_t seed_;
    KeySlots slots_;
};

std::unique_ptr<plugin::Algorithm> makeSplit(const plugin::Options& options,
                                             const std::vector<plugin::Child>& children) {
    return std::make_unique<Split>(options, children);
}

const config::Registration<AlgorithmKind> kShortName{algorithmRegistry(), "split", {&makeSplit, true}};

}  // namespace

}  // namespace myelin::endpoints
