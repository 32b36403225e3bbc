#pragma once

#include <memory>
#include <optional>
#include <string>

#include "endpoints/limits/in_flight.hpp"
#include "endpoints/limits/rate.hpp"
#include "engine/message/forwarding_endpoint.hpp"

namespace myelin::endpoints {

/// What an endpoint is limited to.
struct Limits {
    std::optional<InFlightLimit> inFlight;
    std::optional<RateLimit> rate;

    bool empty() const noexcept { return !inFlight && !rate; }
};

/// What has been counted at one endpoint with limits; survives a reload.
struct LimitState {
    std::shared_ptr<InFlight> inFlight = std::make_shared<InFlight>();
    RateState rate;
};

/// An endpoint of any kind with limits around it. What it has under way counts until the answers have been relayed or
/// dropped. A message beyond a limit is refused, which is nobody's failure (refusedByLimit()), after it has waited
/// where the limit has a queue. Groups ask before they choose, and wait for all of their children at once.
class LimitedEndpoint final : public message::ForwardingEndpoint {
public:
    LimitedEndpoint(std::unique_ptr<message::Endpoint> endpoint,
                    Limits limits,
                    std::shared_ptr<LimitState> state,
                    bool inGroup);

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override;
    /// False at a limit, except while a BeyondLimits says otherwise.
    bool ready(runtime::TimePoint now) const noexcept override;
    message::Bounds bounds() const noexcept override;
    void visit(const std::function<void(const Endpoint&)>& visitor) const override;
    std::string condition(runtime::TimePoint now) const override;

    /// Whether a message would lack nothing but places, here or further in.
    bool lacksOnlyPlaces(runtime::TimePoint now) const noexcept;
    /// The queue for a message that lacks a place here; nothing when there is one.
    std::optional<InFlightQueue> queue() const;
    const std::shared_ptr<InFlight>& inFlight() const noexcept { return state_->inFlight; }
    const Limits& limits() const noexcept { return limits_; }
    const message::Endpoint& inside() const noexcept { return *endpoint_; }

protected:
    const message::Endpoint& target() const noexcept override { return *endpoint_; }

private:
    bool full() const noexcept { return limits_.inFlight && state_->inFlight->full(limits_.inFlight->most); }
    /// Until the rate allows a message of anybody.
    base::Duration missing(runtime::TimePoint now) const noexcept;
    message::SendOutcome tooFast(base::Duration missing) const;
    message::SendOutcome outOfService() const;
    message::SendOutcome refused(message::SendOutcome outcome) const;
    bool inService() const noexcept;

    std::unique_ptr<message::Endpoint> endpoint_;
    Limits limits_;
    std::shared_ptr<LimitState> state_;
    std::uint64_t age_;  // of the limit
    bool inGroup_;
};

/// Shows `visitor` the limits on every way from that endpoint down, the outer ones first, members of now included. It
/// says whether it wants to see those further in.
void visitLimits(const message::Endpoint& endpoint, const std::function<bool(const LimitedEndpoint&)>& visitor);

/// The endpoint within its limits; itself when there are none.
std::unique_ptr<message::Endpoint> withLimits(std::unique_ptr<message::Endpoint> endpoint,
                                              Limits limits,
                                              std::shared_ptr<LimitState> state,
                                              bool inGroup);

/// While one lives on a thread, endpoints there say that they are ready whether or not they are at a limit. For no
/// longer than a look: it must not live across a suspension.
class BeyondLimits {
public:
    explicit BeyondLimits(bool beyond = true) noexcept : before_(active_) { active_ = beyond || before_; }
    BeyondLimits(const BeyondLimits&) = delete;
    BeyondLimits& operator=(const BeyondLimits&) = delete;
    ~BeyondLimits() { active_ = before_; }
    static bool active() noexcept { return active_; }

private:
    static inline constinit thread_local bool active_ = false;
    bool before_;
};

/// Whether it says that a limit was reached before anything was sent.
bool refusedByLimit(const message::SendOutcome& outcome) noexcept;
/// What a message is told that found no place. `who` is "endpoint X".
message::SendOutcome refusedFor(const InFlightWait& wait, const std::string& who, runtime::Deadline deadline);

}  // namespace myelin::endpoints
