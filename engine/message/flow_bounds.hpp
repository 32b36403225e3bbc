#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "engine/message/bounds.hpp"

namespace myelin::message {

class Artifacts;
class Endpoint;
class Mediator;

/// What a flow of mediators can cost at most, with what it leaves to do for the flows after it.
struct FlowBounds {
    Bounds bounds;
    /// Answers that wait for an out flow when this one has ended, by the sequence that takes them; null: that of the
    /// route; anyTaker(): the name is computed, so any of them.
    std::map<const Mediator*, std::size_t> answers;
    /// Copies of the message that are sent beside it, to the recipients of lists: each fails for itself.
    std::size_t beside = 0;
    /// The dearest endpoint of all, and what one send to it can cost.
    const Endpoint* dearest = nullptr;
    Bounds ofDearest;

    /// One after the other.
    FlowBounds& operator+=(const FlowBounds& other);
    /// One or the other.
    static FlowBounds larger(FlowBounds left, const FlowBounds& right);
    /// The same, `count` times.
    FlowBounds times(std::size_t count) const;
    /// Stands for any sequence; never asked for anything.
    static const Mediator* anyTaker() noexcept;

private:
    void noteDearest(const FlowBounds& other) noexcept;
};

/// One question for bounds, passed from mediator to mediator: for which direction of messages, and what was found
/// already. For one thread, after linking.
class BoundsQuery {
public:
    /// `response`: for a flow of answers, else of requests.
    BoundsQuery(const Artifacts& artifacts, bool response) noexcept : artifacts_(&artifacts), response_(response) {}

    bool response() const noexcept { return response_; }
    const Artifacts& artifacts() const noexcept { return *artifacts_; }

    /// Of a sequence that is called by its name: walked once, however often it is called.
    FlowBounds sequence(const Mediator& sequence);
    /// Of a sequence whose name is computed for each message: it could be any. `mostNested`: how deep such calls may
    /// nest, which also ends a sequence that calls itself so.
    FlowBounds anySequence(int mostNested);
    /// Of a send: one of its endpoints' onError sequences may run after it, for each recipient.
    FlowBounds send(const Endpoint& endpoint);

private:
    const Artifacts* artifacts_;
    bool response_;
    int nested_ = 0;  // calls of computed names around what is asked now
    std::map<std::pair<const Mediator*, int>, FlowBounds> sequences_;
    std::map<int, FlowBounds> any_;
    std::map<const Endpoint*, FlowBounds> endpoints_;
};

}  // namespace myelin::message
