#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/failure_policy.hpp"
#include "endpoints/health/monitor.hpp"
#include "endpoints/inspected.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/properties.hpp"
#include "endpoints/soap_fault_answer.hpp"
#include "endpoints/state.hpp"
#include "engine/config/build.hpp"
#include "engine/message/addressing.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/outgoing.hpp"

namespace myelin::endpoints {

/// What is common to the definitions of all leaves (synapse-endpoints 1.3).
struct LeafDefinition {
    std::string name;  ///< empty when it has none
    config::EndpointPosition position;
    message::WireFormat format = message::WireFormat::AsIs;
    std::optional<message::Charset> charset;                  ///< attribute encoding
    message::Packaging packaging = message::Packaging::None;  ///< attribute optimize
    std::optional<message::AddressingVersion> addressing;
    FailurePolicy policy;
    EndpointProperties properties;
    /// <duration>{expression}</duration> of WSO2: milliseconds for each message.
    std::shared_ptr<const xml::XPath> timeout;
    Limits limits;
    /// Until the head of an answer is there or the attempt has failed.
    base::Milliseconds longestAttempt{0};
    std::size_t requests = 1;  ///< that one attempt can cause

    /// `definition` is <address>, <default>, ...; name and properties are the <endpoint>'s.
    static LeafDefinition read(config::Element& endpoint,
                               config::Element& definition,
                               const config::EndpointPosition& position,
                               config::Build& build);
};

/// An endpoint that talks to a backend: sends the message, tells the health of the backend by what comes of it, and
/// puts failures into Synapse's terms. Any answer is a success, whatever its status (synapse-endpoints 2.6).
class LeafEndpoint : public message::Endpoint, public Inspected {
public:
    /// A null `state` means that it keeps none and is always ready.
    LeafEndpoint(LeafDefinition definition, std::shared_ptr<LeafState> state);

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const final;
    bool ready(runtime::TimePoint now) const noexcept final {
        return (!state_ || state_->ready(now)) && (!health_ || health_->ready());
    }
    std::string_view name() const noexcept final;
    message::Bounds bounds() const noexcept final { return {definition_.requests, definition_.longestAttempt}; }
    std::size_t tries() const noexcept final { return definition_.policy.tries(); }
    void switchOff(runtime::TimePoint now) const final;
    void switchOn(runtime::TimePoint now) const final;
    std::string condition(runtime::TimePoint now) const final;
    const message::Mediator* onError() const noexcept final { return onError_; }
    std::string_view stateName(base::TimePoint now) const final;
    std::string_view healthName() const final;

    /// Where to put the pointer of an onError sequence.
    const message::Mediator** onErrorSlot() noexcept { return &onError_; }
    /// A leaf within the limits of its definition.
    static std::unique_ptr<message::Endpoint> withinLimits(std::unique_ptr<LeafEndpoint> leaf, config::Build& build);
    /// What checks say about its server. Null: nothing.
    void setHealth(std::unique_ptr<const LeafHealth> health) noexcept { health_ = std::move(health); }

protected:
    struct Target {
        const http::Origin* origin = nullptr;
        std::string_view path;                          ///< with the query; lives as long as the exchange
        std::shared_ptr<const http::Origin> owner;      ///< keeps `origin` when the endpoint itself does not
        std::string error;                              ///< why there is no origin, for people
        int code = message::error_code::kLeafNotReady;  ///< when there is none

        std::string_view method;         ///< instead of the message's own; empty: that one
        bool keepSuffix = true;          ///< append REST_URL_POSTFIX
        std::string_view authorization;  ///< of the Authorization field; empty: the message's own
        bool renewable = false;          ///< a 401 may mean that `authorization` has expired: see refused()
    };
    /// Where this message goes, without the REST suffix. May wait.
    virtual Target target(message::MessageContext& context, runtime::Deadline deadline) const = 0;
    /// The backend answered 401 to a renewable authorization. The message is sent again, once, to what target() then
    /// says, if its body is still there in full.
    virtual void refused(message::MessageContext&, const Target&) const {}

    /// The target for a URL that is only known with the message. Text and `what` ("the message's To"), with which an
    /// error begins, live as long as the exchange.
    static Target targetAt(std::string_view url, std::string_view what);
    /// The same for the message's own To.
    static Target targetOfTo(message::MessageContext& context);
    /// The deadline, or the end of the endpoint's own <timeout> counted from now.
    runtime::Deadline withTimeout(message::MessageContext& context, runtime::Deadline deadline) const;
    /// "Address endpoint": how Synapse's texts begin.
    virtual std::string_view kind() const noexcept = 0;

private:
    /// The endpoint's own <timeout> for this message; nothing without one.
    std::optional<runtime::Milliseconds> timeoutFor(message::MessageContext& context) const {
        if (definition_.timeout) return computedTimeout(context);
        const runtime::Milliseconds duration(definition_.policy.timeoutDuration);
        return duration.count() > 0 ? std::optional(duration) : std::nullopt;
    }
    runtime::Milliseconds computedTimeout(message::MessageContext& context) const;
    message::SendOutcome attempt(message::MessageContext& context,
                                 http::ClientResponse& reply,
                                 runtime::Deadline deadline) const;
    void transmit(message::MessageContext& context,
                  const Target& to,
                  http::ClientResponse& reply,
                  runtime::Deadline deadline) const;
    message::SendOutcome failed(message::MessageContext& context,
                                const http::ClientResponse& reply,
                                const Target& target) const;
    message::SendOutcome answeredWithFault(message::MessageContext& context,
                                           const Target& target,
                                           const SeenFault& fault) const;
    /// A failure: with what the policy makes of it, for the groups around and, if it is the server's, for the leaf.
    message::SendOutcome judged(message::MessageContext& context,
                                message::SendOutcome outcome,
                                bool servers = true) const;
    message::SendOutcome notReady(runtime::TimePoint now) const;
    std::string_view stateText(runtime::TimePoint now) const;
    message::SendOutcome noTarget(const Target& target) const;

    LeafDefinition definition_;
    std::shared_ptr<LeafState> state_;
    std::unique_ptr<const LeafHealth> health_;
    const message::Mediator* onError_ = nullptr;
};

/// Until the head of an answer is there or an attempt has failed, with that policy and, if it is not null, that
/// computed time-out.
base::Milliseconds longestAttemptWith(const FailurePolicy& policy,
                                      const xml::XPath* timeout,
                                      const message::MediationOptions& options);

/// Reads the onError attribute of a leaf's <endpoint>.
void readOnError(config::Element& endpoint, LeafEndpoint& leaf, config::Build& build);

/// Starts the health check that the leaf's <endpoint>, or a group around it, wants. `origin` and `path` are where its
/// messages go; null when only they know.
void readHealthCheck(config::Element& endpoint,
                     const config::EndpointPosition& position,
                     std::shared_ptr<const http::Origin> origin,
                     const std::string& path,
                     LeafEndpoint& leaf,
                     config::Build& build);

/// The health record for a leaf at that place with that address: another address under the same identity starts anew.
std::shared_ptr<LeafState> leafState(config::Build& build,
                                     const config::EndpointPosition& position,
                                     std::string_view address);

}  // namespace myelin::endpoints
