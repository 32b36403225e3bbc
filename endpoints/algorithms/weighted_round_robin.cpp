#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr const char* kThreadLocal = "loadbalance.threadLocal";

/// Synapse's order (synapse-endpoints 3.3): as many messages in a row to each child as its weight says, in the order of
/// declaration. Unlike there, a child that is not available loses the rest of its row. One cursor for all workers, so
/// the shares of a lap are exact; a choice is a binary search and a compare-and-swap.
class WeightedRoundRobin final : public plugin::Algorithm {
public:
    explicit WeightedRoundRobin(const std::vector<plugin::Child>& children) {
        for (const auto weight : positiveWeightsOf(children)) {
            starts_.push_back(total_);
            total_ += weight;
        }
        for (const auto& child : children) ids_.push_back(child.id);
    }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const std::size_t count = starts_.size();
        std::uint64_t seen = cursor_.load(std::memory_order_relaxed);
        for (;;) {
            std::uint64_t at = seen;
            std::size_t index = ownerOf(at);
            std::size_t looks = 0;
            while (!candidates.available(index)) {
                if (++looks == count) return plugin::kNoCandidate;
                index = index + 1 == count ? 0 : index + 1;
                at = starts_[index];
            }
            const std::uint64_t next = at + 1 == total_ ? 0 : at + 1;
            if (cursor_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return index;
        }
    }
    bool listens() const noexcept override { return false; }
    /// In the row of the same child, if it is still there.
    void continueFrom(const plugin::Algorithm& previous) override {
        const auto& before = static_cast<const WeightedRoundRobin&>(previous);
        const std::uint64_t at = before.cursor_.load(std::memory_order_relaxed);
        const std::size_t owner = before.ownerOf(at);
        for (std::size_t index = 0; index < ids_.size(); ++index) {
            if (ids_[index] != before.ids_[owner]) continue;
            const std::uint64_t end = index + 1 == ids_.size() ? total_ : starts_[index + 1];
            cursor_.store(std::min(starts_[index] + (at - before.starts_[owner]), end - 1), std::memory_order_relaxed);
        }
    }

private:
    std::size_t ownerOf(std::uint64_t position) const noexcept {
        return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), position) - starts_.begin()) -
               1;
    }

    std::vector<std::uint64_t> starts_;  ///< of each child's row in a lap
    std::uint64_t total_ = 0;
    std::vector<std::string> ids_;
    /// Alone in its cache line: every worker writes it.
    alignas(64) std::atomic<std::uint64_t> cursor_{0};
};

std::unique_ptr<plugin::Algorithm> makeWeightedRoundRobin(const plugin::Options& options,
                                                          const std::vector<plugin::Child>& children) {
    // With it, Synapse fails for each message.
    const auto* threadLocal = options.find(kThreadLocal);
    if (threadLocal && !base::equalsIgnoreCase(base::trim(*threadLocal), "false")) {
        throw std::invalid_argument(std::string(kThreadLocal) +
                                    " is not supported: there is one order for all workers");
    }
    return std::make_unique<WeightedRoundRobin>(children);
}

const config::Registration<AlgorithmKind> kJavaName{
    algorithmRegistry(), "org.apache.synapse.endpoints.algorithms.WeightedRoundRobin", {&makeWeightedRoundRobin, true}};

}  // namespace

}  // namespace myelin::endpoints
