#include <cstdint>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"

namespace myelin::endpoints {

namespace {

/// Of a child that is answering for the first time: it gets no second message before it is known how fast it is, as
/// long as others are.
constexpr double kUnknown = 1e15;

/// Two children by chance, and of them the one where a message probably waits less: how long answers lately took, times
/// the messages that would be under way, over the weight. O(1), and O(n) only when most of the children are not
/// available. Looking at two instead of at all keeps workers from running to the same child together.
class PeakEwma final : public plugin::Algorithm {
public:
    explicit PeakEwma(const std::vector<plugin::Child>& children)
        : weights_(weightsOf(children)), eligible_(eligible(weights_)) {}

    bool measures() const noexcept override { return true; }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const std::size_t first = drawAvailable(candidates, eligible_);
        if (first == plugin::kNoCandidate || eligible_.size() == 1) return first;
        const std::size_t second = drawAvailable(candidates, eligible_, first);
        if (second == plugin::kNoCandidate) return first;
        return cost(candidates, second) < cost(candidates, first) ? second : first;
    }

private:
    double cost(const plugin::Candidates& candidates, std::size_t index) const {
        const double underWay = candidates.inFlight(index);
        auto latency = static_cast<double>(candidates.latency(index));
        if (latency <= 0 && underWay > 0) latency = kUnknown;
        return latency * (underWay + 1) / weights_[index];
    }

    std::vector<std::uint32_t> weights_;
    std::vector<std::uint32_t> eligible_;
};

std::unique_ptr<plugin::Algorithm> makePeakEwma(const plugin::Options&, const std::vector<plugin::Child>& children) {
    return std::make_unique<PeakEwma>(children);
}

const config::Registration<AlgorithmKind> kShortName{algorithmRegistry(), "peakEwma", {&makePeakEwma, true}};

}  // namespace

}  // namespace myelin::endpoints
