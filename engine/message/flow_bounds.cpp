#include "engine/message/flow_bounds.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/message/artifacts.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/mediator.hpp"

namespace myelin::message {

namespace {

class AnyTaker final : public Mediator {
public:
    Flow mediate(MessageContext&) const override { return Flow::Stop; }
    std::string_view name() const noexcept override { return "any sequence"; }
};

bool dearer(const Bounds& left, const Bounds& right) noexcept {
    return std::tie(left.attempts, left.waiting) > std::tie(right.attempts, right.waiting);
}

}  // namespace

void FlowBounds::noteDearest(const FlowBounds& other) noexcept {
    if (!other.dearest || (dearest && !dearer(other.ofDearest, ofDearest))) return;
    dearest = other.dearest;
    ofDearest = other.ofDearest;
}

const Mediator* FlowBounds::anyTaker() noexcept {
    static const AnyTaker instance;
    return &instance;
}

FlowBounds& FlowBounds::operator+=(const FlowBounds& other) {
    bounds += other.bounds;
    beside = std::min(beside + other.beside, kManyAnswers);
    for (const auto& [taker, count] : other.answers) {
        auto& sum = answers[taker];
        sum = std::min(sum + count, kManyAnswers);
    }
    noteDearest(other);
    return *this;
}

FlowBounds FlowBounds::larger(FlowBounds left, const FlowBounds& right) {
    left.bounds = Bounds::larger(left.bounds, right.bounds);
    left.beside = std::max(left.beside, right.beside);
    for (const auto& [taker, count] : right.answers) {
        auto& most = left.answers[taker];
        most = std::max(most, count);
    }
    left.noteDearest(right);
    return left;
}

FlowBounds FlowBounds::times(std::size_t count) const {
    if (count == 0) return {};
    FlowBounds result = *this;
    const auto scaled = [&](std::size_t one) { return one > kManyAnswers / count ? kManyAnswers : one * count; };
    result.bounds = bounds.times(count);
    result.beside = scaled(beside);
    for (auto& entry : result.answers) entry.second = scaled(entry.second);
    return result;
}

FlowBounds BoundsQuery::sequence(const Mediator& sequence) {
    const std::pair key(&sequence, nested_);
    if (const auto known = sequences_.find(key); known != sequences_.end()) return known->second;
    return sequences_.emplace(key, sequence.bounds(*this)).first->second;
}

FlowBounds BoundsQuery::anySequence(int mostNested) {
    if (nested_ >= mostNested) return {};
    if (const auto known = any_.find(nested_); known != any_.end()) return known->second;
    FlowBounds most;
    ++nested_;
    artifacts_->visitSequences(
        [&](const std::string&, const Mediator& one) { most = FlowBounds::larger(std::move(most), sequence(one)); });
    --nested_;
    return any_.emplace(nested_, std::move(most)).first->second;
}

FlowBounds BoundsQuery::send(const Endpoint& endpoint) {
    if (const auto known = endpoints_.find(&endpoint); known != endpoints_.end()) return known->second;
    FlowBounds result;
    endpoint.visit([&](const Endpoint& node) {
        if (const Mediator* handler = node.onError())
            result = FlowBounds::larger(std::move(result), sequence(*handler));
    });
    // Recipients fail each for itself.
    result = result.times(endpoint.answers());
    FlowBounds own;
    own.bounds = own.ofDearest = endpoint.bounds();
    own.dearest = &endpoint;
    result += own;
    return endpoints_.emplace(&endpoint, std::move(result)).first->second;
}

}  // namespace myelin::message
