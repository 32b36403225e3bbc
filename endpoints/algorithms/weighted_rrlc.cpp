#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"
#include "endpoints/child.hpp"

namespace myelin::endpoints {

namespace {

constexpr const char* kRounds = "loadbalance.weightedRRLC.roundsPerRecal";
constexpr const char* kLeast = "loadbalance.weight.min";
constexpr const char* kMost = "loadbalance.weight.max";
/// How far the weight of the moment may be from the configured one, when nothing is said about it.
constexpr std::uint32_t kSlack = 2;
constexpr std::uint32_t kMostRounds = 1'000'000;

/// Synapse's "weighted round robin with least connections" (synapse-endpoints 3.5): rows of messages as in weighted
/// round robin, the heaviest child first. After so many rounds the length of the rows is set anew, so that the messages
/// under way come nearer to the weights. Unlike there, children that are not available are skipped, and connections are
/// counted afresh each time. All workers share one order, locked for a choice: O(1), O(n) where lengths are set anew or
/// children are not available.
class WeightedRrlc final : public plugin::Algorithm {
public:
    WeightedRrlc(const plugin::Options& options, const std::vector<plugin::Child>& children)
        : rounds_(wholeNumber(kRounds, options.text(kRounds, "1"), 1, kMostRounds)) {
        // Children without their own inherit the group's.
        (void)options.find(kLeast);
        (void)options.find(kMost);
        const auto weights = positiveWeightsOf(children);
        for (std::size_t index = 0; index < children.size(); ++index) {
            Row row;
            row.index = index;
            row.weight = weights[index];
            row.length = row.weight;
            row.least = bound(children[index], kLeast, row.weight > kSlack ? row.weight - kSlack : 0);
            row.most = bound(children[index], kMost, row.weight + kSlack);
            if (row.least > row.weight || row.most < row.weight) {
                throw std::invalid_argument("the weight of " + children[index].id + ", " + std::to_string(row.weight) +
                                            ", is not between " + kLeast + " " + std::to_string(row.least) + " and " +
                                            kMost + " " + std::to_string(row.most));
            }
            total_ += row.weight;
            order_.push_back(row);
        }
        std::stable_sort(order_.begin(), order_.end(), [](const Row& a, const Row& b) { return a.weight > b.weight; });
    }

    bool measures() const noexcept override { return true; }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const std::lock_guard lock(mutex_);
        // A second lap meets those behind which the first one began.
        for (std::size_t looks = 0; looks <= 2 * order_.size(); ++looks) {
            const Row& row = order_[row_];
            if (taken_ < row.length && candidates.available(row.index)) {
                ++taken_;
                return row.index;
            }
            nextRow(candidates);
        }
        // Whoever is left has no row at the moment.
        for (const Row& row : order_) {
            if (candidates.available(row.index)) return row.index;
        }
        return plugin::kNoCandidate;
    }

private:
    struct Row {
        std::size_t index = 0;
        std::uint32_t weight = 0;
        std::uint32_t least = 0;
        std::uint32_t most = 0;
        std::uint32_t length = 0;
    };

    static std::uint32_t bound(const plugin::Child& child, const char* name, std::uint32_t otherwise) {
        const auto found = child.properties.find(name);
        if (found == child.properties.end()) return otherwise;
        return wholeNumber(std::string(name) + " of " + child.id, found->second, 0, kGreatestWeight);
    }

    void nextRow(const plugin::Candidates& candidates) {
        taken_ = 0;
        if (++row_ < order_.size()) return;
        row_ = 0;
        if (++round_ < rounds_) return;
        round_ = 0;
        recalculate(candidates);
    }

    void recalculate(const plugin::Candidates& candidates) {
        const auto connections = std::accumulate(order_.begin(), order_.end(), 0.0, [&](double sum, const Row& row) {
            return sum + candidates.inFlight(row.index);
        });
        for (Row& row : order_) {
            const double missing =
                row.weight / static_cast<double>(total_) * connections - candidates.inFlight(row.index);
            // Down from exactly one half, as there.
            const double change = std::ceil(missing - 0.5);
            const double length =
                std::clamp(row.weight + change, static_cast<double>(row.least), static_cast<double>(row.most));
            row.length = static_cast<std::uint32_t>(length);
        }
    }

    const std::uint32_t rounds_;
    std::uint64_t total_ = 0;
    std::mutex mutex_;
    std::vector<Row> order_;
    std::size_t row_ = 0;
    std::uint32_t taken_ = 0;
    std::uint32_t round_ = 0;
};

std::unique_ptr<plugin::Algorithm> makeWeightedRrlc(const plugin::Options& options,
                                                    const std::vector<plugin::Child>& children) {
    return std::make_unique<WeightedRrlc>(options, children);
}

const config::Registration<AlgorithmKind> kJavaName{
    algorithmRegistry(), "org.apache.synapse.endpoints.algorithms.WeightedRRLCAlgorithm", {&makeWeightedRrlc, true}};

}  // namespace

}  // namespace myelin::endpoints
