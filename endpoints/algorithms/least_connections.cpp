#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"

namespace myelin::endpoints {

namespace {

/// The child with the fewest messages under way for its weight. Those that are level take turns, each as often as its
/// weight says, so that weights hold and nobody starves when there is little to do. A choice looks at every child. It
/// takes no lock: two workers that choose at the same moment may take the same child.
class LeastConnections final : public plugin::Algorithm {
public:
    explicit LeastConnections(const std::vector<plugin::Child>& children)
        : weights_(weightsOf(children)), due_(std::make_unique<std::atomic<Time>[]>(weights_.size())) {
        // Half a turn after the beginning, and apart, so that equal ones keep their order.
        const auto count = static_cast<Time>(weights_.size());
        for (std::size_t index = 0; index < weights_.size(); ++index) {
            if (weights_[index] > 0) due_[index] = stepOf(index) / (2 * count) * (2 * static_cast<Time>(index) + 1);
        }
    }

    bool measures() const noexcept override { return true; }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const Time now = now_.load(std::memory_order_relaxed);
        std::size_t best = plugin::kNoCandidate;
        std::uint64_t load = 0;
        Time due = 0;
        for (std::size_t index = 0; index < weights_.size(); ++index) {
            if (weights_[index] == 0) continue;
            const std::uint64_t mine = candidates.inFlight(index);
            // Who was busy for long is owed no row of turns.
            Time turn = due_[index].load(std::memory_order_relaxed);
            if (before(turn, now)) turn = now;
            if (best != plugin::kNoCandidate) {
                const auto left = mine * weights_[best];
                const auto right = load * weights_[index];
                if (left > right || (left == right && !before(turn, due))) continue;
            }
            if (!candidates.available(index)) continue;
            best = index;
            load = mine;
            due = turn;
        }
        if (best != plugin::kNoCandidate) {
            due_[best].store(due + stepOf(best), std::memory_order_relaxed);
            now_.store(due, std::memory_order_relaxed);
        }
        return best;
    }

private:
    using Time = std::uint64_t;  ///< modulo 2^64: compared by difference

    static bool before(Time a, Time b) noexcept { return static_cast<std::int64_t>(a - b) < 0; }
    Time stepOf(std::size_t index) const noexcept { return (Time{1} << 40) / weights_[index]; }

    std::vector<std::uint32_t> weights_;
    std::unique_ptr<std::atomic<Time>[]> due_;
    std::atomic<Time> now_{0};
};

std::unique_ptr<plugin::Algorithm> makeLeastConnections(const plugin::Options&,
                                                        const std::vector<plugin::Child>& children) {
    return std::make_unique<LeastConnections>(children);
}

const config::Registration<AlgorithmKind> kShortName{
    algorithmRegistry(), "leastConnections", {&makeLeastConnections, true}};

}  // namespace

}  // namespace myelin::endpoints
