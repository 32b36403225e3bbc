#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/http/client.hpp"
#include "engine/message/bounds.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::message {

class MessageContext;
class Mediator;
struct RetryWay;

/// What became of one send.
struct SendOutcome {
    bool answered = false;  ///< the head of an answer is there (any status: Synapse counts all of them as success)
    /// With `answered`: not in `reply`. The message went to any number of places, also none, in copies; what comes of
    /// them is given to Exchange::deliver(), now or later.
    bool scattered = false;
    int code = 0;        ///< an error_code otherwise
    std::string text;    ///< ERROR_MESSAGE
    std::string detail;  ///< ERROR_DETAIL
    /// Whether bytes of the request may have reached a server: decides whether it may be sent again.
    bool mayHaveReachedServer = false;
    /// The failure is the caller's own (a request body that broke off or cannot be parsed): no backend is blamed for
    /// it, and no other one is tried.
    bool callerFault = false;
    /// HTTP status for the caller when nobody handles the fault.
    int status = 502;
    /// Seconds after which the caller may try again, for the Retry-After of that answer; 0: nothing is known.
    std::uint32_t retryAfter = 0;
    /// Whether the configuration of the endpoint that failed forbids the group around it to try another one
    /// (retryConfig). Groups further out may go on.
    bool retryForbidden = false;
    /// No group around it, near or far, may try another one: the caller's own fault, a group with failover="false",
    /// an endpoint with onError, or a body that cannot be sent again.
    bool conclusive = false;
    /// The endpoint that failed has tries left before it is suspended (markForSuspension): a group may give it the same
    /// message again, up to Endpoint::tries() times.
    bool mayTryAgain = false;
    /// What forbids or allows repetition on the way of the attempt that may have reached a server (retry_rules.hpp).
    /// Null: nothing inside of the endpoint that returned it.
    const RetryWay* way = nullptr;
    /// The onError sequence of the leaf that failed: runs instead of every group's failover (synapse-endpoints 6.6).
    const Mediator* onError = nullptr;

    static SendOutcome success() {
        SendOutcome outcome;
        outcome.answered = true;
        return outcome;
    }
};

/// A number of answers past any that are mediated: sums of sums stop here.
constexpr std::size_t kManyAnswers = 1'000'000;

/// A node of the endpoint tree: a leaf that talks to a backend or a group that loops over its children. Immutable; its
/// health and rotation live beside it and survive a reload. One object serves all workers.
class Endpoint {
public:
    virtual ~Endpoint() = default;

    /// Sends the current message of the context and waits for the head of the answer, which is left in `reply`. The
    /// message itself is not changed, so that it can be sent again. Expected network failures are outcomes, not
    /// exceptions.
    virtual SendOutcome send(MessageContext& context,
                             http::ClientResponse& reply,
                             runtime::Deadline deadline) const = 0;

    /// Whether a message may be given to it now. Cheap: reads atomics only.
    virtual bool ready(runtime::TimePoint now) const noexcept = 0;

    /// The name in the configuration, or one made from its place in the tree.
    virtual std::string_view name() const noexcept = 0;

    /// What one send() can cost at most. Known once the configuration is linked.
    virtual Bounds bounds() const noexcept = 0;

    /// How often a group may give one message to it: more than once only for leaves with retriesBeforeSuspension.
    virtual std::size_t tries() const noexcept { return 1; }

    /// How many answers one send() can give at most, up to kManyAnswers: more than one for recipient lists and what
    /// holds them.
    virtual std::size_t answers() const noexcept { return 1; }

    /// The sequence that runs when it fails, instead of any group's failover; null without one. Known once the
    /// configuration is linked (synapse-endpoints 6.6).
    virtual const Mediator* onError() const noexcept { return nullptr; }

    /// Shows `visitor` this endpoint, then all below it, depth first. What holds other endpoints passes it on; what
    /// only stands for another one shows that one instead of itself.
    virtual void visit(const std::function<void(const Endpoint&)>& visitor) const { visitor(*this); }

    /// Takes it out of service, and back: a leaf itself, a group all that is below it (synapse-endpoints 8). Any
    /// thread.
    virtual void switchOff(runtime::TimePoint now) const { (void)now; }
    virtual void switchOn(runtime::TimePoint now) const { (void)now; }

    /// Why it is not ready, for errors and for people: "suspended for another 29 s since connection refused". Empty
    /// when it is ready.
    virtual std::string condition(runtime::TimePoint now) const {
        (void)now;
        return {};
    }
};

}  // namespace myelin::message
