#include <atomic>

#include "endpoints/algorithms/registry.hpp"

namespace myelin::endpoints {

namespace {

/// Synapse's order exactly (synapse-endpoints 3.2): one cursor for all workers; children that are not available are
/// skipped and are owed nothing; a turn that finds none moves the cursor by one.
class RoundRobin final : public plugin::Algorithm {
public:
    std::size_t pick(const plugin::Candidates& candidates) override {
        const std::size_t count = candidates.size();
        if (count == 0) return plugin::kNoCandidate;
        std::size_t seen = cursor_.load(std::memory_order_relaxed);
        for (;;) {
            // It may come from before a reload that left fewer children.
            const std::size_t start = seen < count ? seen : seen % count;
            std::size_t index = start;
            std::size_t looks = 0;
            while (looks < count && !candidates.available(index)) {
                index = next(index, count);
                ++looks;
            }
            const bool found = looks < count;
            if (cursor_.compare_exchange_weak(seen, next(found ? index : start, count), std::memory_order_relaxed)) {
                return found ? index : plugin::kNoCandidate;
            }
        }
    }
    bool listens() const noexcept override { return false; }
    void continueFrom(const plugin::Algorithm& previous) override {
        const auto& before = static_cast<const RoundRobin&>(previous);
        cursor_.store(before.cursor_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    }

private:
    static std::size_t next(std::size_t index, std::size_t count) noexcept {
        return index + 1 == count ? 0 : index + 1;
    }

    /// Alone in its cache line: every worker writes it.
    alignas(64) std::atomic<std::size_t> cursor_{0};
};

std::unique_ptr<plugin::Algorithm> makeRoundRobin(const plugin::Options&, const std::vector<plugin::Child>&) {
    return std::make_unique<RoundRobin>();
}

const config::Registration<AlgorithmKind> kShortName{algorithmRegistry(), "roundRobin", {&makeRoundRobin}};
const config::Registration<AlgorithmKind> kJavaName{
    algorithmRegistry(), "org.apache.synapse.endpoints.algorithms.RoundRobin", {&makeRoundRobin}};

}  // namespace

}  // namespace myelin::endpoints
