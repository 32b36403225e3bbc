#include "endpoints/leaf.hpp"

#include <Poco/Logger.h>

#include <optional>

#include "endpoints/addressing.hpp"
#include "endpoints/duration_text.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/outcome.hpp"
#include "endpoints/soap_fault_answer.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/retry_rules.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

using message::SendOutcome;

constexpr int kUnauthorized = 401;

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.endpoints");
    return instance;
}

/// What WS-Addressing puts where there is no address: answers go back over the connection.
bool isAnonymous(std::string_view address) noexcept {
    return address == "http://www.w3.org/2005/08/addressing/anonymous" ||
           address == "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
}

std::string addressOf(const http::Origin& origin, std::string_view path = {}) {
    return (origin.secure() ? "https://" : "http://") + origin.authority() + std::string(path);
}

bool isOutOnly(const message::MessageContext& context) noexcept {
    return context.properties(message::Scope::Default).isTrue("OUT_ONLY");
}

}  // namespace

LeafEndpoint::LeafEndpoint(LeafDefinition definition, std::shared_ptr<LeafState> state)
    : definition_(std::move(definition)), state_(std::move(state)) {}

SendOutcome LeafEndpoint::send(message::MessageContext& context,
                               http::ClientResponse& reply,
                               runtime::Deadline deadline) const {
    if (definition_.properties.empty()) return attempt(context, reply, deadline);
    const EndpointProperties::Applied applied(definition_.properties, context);
    return attempt(context, reply, deadline);
}

SendOutcome LeafEndpoint::attempt(message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline) const {
    // In a group the group has asked; asking again could only disagree with it.
    if (!definition_.position.inGroup && (state_ || health_)) {
        if (const auto now = runtime::now(); !ready(now)) return notReady(now);
    }
    auto to = target(context, deadline);
    if (!to.origin) return noTarget(to);
    // Before the first byte leaves: a refused token may be renewed, and onError may send the message elsewhere.
    if (to.renewable || onError_) context.payload().keepForReplay();
    transmit(context, to, reply, deadline);
    if (to.renewable && reply.ok() && reply.head.status == kUnauthorized) {
        refused(context, to);
        if (context.payload().replayable() && !message::whyNotRepeatable(context, context.retryWay(), deadline)) {
            reply.reset();
            to = target(context, deadline);
            if (!to.origin) return noTarget(to);
            transmit(context, to, reply, deadline);
        }
    }
    if (!reply.ok()) return failed(context, reply, to);
    if (soapFaultIsFailure(context)) {
        if (const auto fault = soapFaultIn(reply, deadline)) return answeredWithFault(context, to, *fault);
    }
    context.exchange().setAnsweringEndpoint(name());
    if (state_ && !state_->active() && !isOutOnly(context) && state_->onSuccess(runtime::now())) {
        logger().information("endpoint " + std::string(name()) + " is ACTIVE again");
    }
    return SendOutcome::success();
}

void LeafEndpoint::transmit(message::MessageContext& context,
                            const Target& to,
                            http::ClientResponse& reply,
                            runtime::Deadline deadline) const {
    message::RequestWish wish(definition_.format);
    if (definition_.charset) wish.charset = &*definition_.charset;
    wish.packaging = definition_.packaging;
    message::AddressingWish addressing;
    if (definition_.addressing) {
        addressing = addressingFor(context, *definition_.addressing, addressOf(*to.origin, to.path));
        wish.addressing = &addressing;
    }
    message::WireRequest wire(context.arena());
    wire.method = to.method;
    message::prepareRequest(context, wish, wire);
    if (!to.keepSuffix) wire.suffix = {};
    if (!to.authorization.empty()) wire.headers.set("Authorization", to.authorization);
    std::string_view path = wire.targetFor(to.path);
    if (path.front() != '/') path = context.arena().join("/", path);
    if (wire.absoluteTarget) path = context.arena().join(addressOf(*to.origin), path);
    http::OutgoingRequest request = wire.request(path);
    if (const auto timeout = timeoutFor(context)) {
        request.responseTime = *timeout;
        // From here: preparing may have waited for the client, which is not the backend's fault.
        deadline = deadline.earlier(runtime::Deadline::after(*timeout, runtime::now()));
    }
    const message::RepeatByRules repeatable(context, deadline);
    if (repeatable.matters()) request.repeatable = &repeatable;
    http::Client::current().send(*to.origin, request, reply, deadline);
}

runtime::Milliseconds LeafEndpoint::computedTimeout(message::MessageContext& context) const {
    const runtime::Milliseconds longest = context.exchange().options().globalTimeout;
    const auto text = context.evaluateText(*definition_.timeout).value_or(std::string());
    const auto number = base::parseNumber<std::int64_t>(base::trim(text));
    return number && *number > 0 ? std::min(runtime::Milliseconds(*number), longest) : longest;
}

runtime::Deadline LeafEndpoint::withTimeout(message::MessageContext& context, runtime::Deadline deadline) const {
    const auto timeout = timeoutFor(context);
    return timeout ? deadline.earlier(runtime::Deadline::after(*timeout, runtime::now())) : deadline;
}

SendOutcome LeafEndpoint::failed(message::MessageContext& context,
                                 const http::ClientResponse& reply,
                                 const Target& target) const {
    auto outcome = outcomeOf(
        reply.error, reply.progress, reply.errorText, reply.requestBodyStatus, name(), addressOf(*target.origin));
    if (outcome.callerFault) return outcome;
    return judged(context, std::move(outcome));
}

SendOutcome LeafEndpoint::answeredWithFault(message::MessageContext& context,
                                            const Target& target,
                                            const SeenFault& fault) const {
    SendOutcome outcome;
    outcome.code = message::error_code::kEndpointCustom;
    outcome.text = "The endpoint answered with a SOAP fault";
    outcome.detail = "endpoint " + std::string(name()) + " at " + addressOf(*target.origin) + ": " + fault.text;
    outcome.mayHaveReachedServer = true;
    return judged(context, std::move(outcome), fault.side != FaultSide::Caller);
}

SendOutcome LeafEndpoint::judged(message::MessageContext& context, SendOutcome outcome, bool servers) const {
    outcome.onError = onError_;
    outcome.conclusive = onError_ != nullptr;
    outcome.retryForbidden = !definition_.policy.mayTryAnother(outcome.code);
    // Synapse never hears what became of a message that expects no answer (synapse-endpoints 2.6).
    if (!servers || !state_ || isOutOnly(context)) return outcome;
    const auto transition = state_->onFailure(definition_.policy, outcome.code, outcome.detail, runtime::now());
    outcome.mayTryAgain = transition.mayTryAgain;
    if (transition.changed) {
        logger().warning("endpoint " + std::string(name()) + " is now " + std::string(toText(transition.after)) +
                         " for " + std::to_string(transition.duration) + " ms: " + std::to_string(outcome.code) + ", " +
                         outcome.detail);
    }
    return outcome;
}

SendOutcome LeafEndpoint::notReady(runtime::TimePoint now) const {
    SendOutcome outcome;
    outcome.code = message::error_code::kLeafNotReady;
    outcome.status = 503;
    outcome.text = "Currently , " + std::string(kind()) +
                   " : [ Name : " + (definition_.name.empty() ? "AnonymousEndpoint" : definition_.name) +
                   " ] [ State : " + std::string(stateText(now)) + " ]";
    outcome.detail = condition(now);
    outcome.onError = onError_;
    outcome.conclusive = onError_ != nullptr;
    return outcome;
}

std::string_view LeafEndpoint::stateText(runtime::TimePoint now) const {
    if (state_ && !state_->ready(now)) return toText(state_->snapshot().condition);
    return health_ ? toText(health_->monitor().state().snapshot().health) : toText(Condition::Active);
}

SendOutcome LeafEndpoint::noTarget(const Target& target) const {
    SendOutcome outcome;
    outcome.code = target.code;
    outcome.text =
        std::string(kind()) + " " + std::string(name()) +
        (target.code == message::error_code::kAuthFailure ? " cannot authenticate: " : " has no address to send to: ") +
        target.error;
    outcome.detail = outcome.text;
    outcome.onError = onError_;
    outcome.conclusive = onError_ != nullptr;
    outcome.retryForbidden = !definition_.policy.mayTryAnother(outcome.code);
    return outcome;
}

LeafEndpoint::Target LeafEndpoint::targetAt(std::string_view url, std::string_view what) {
    const auto parsed = parseUrl(url);
    Target to;
    if (!parsed.ok()) {
        to.error = std::string(what) + (what.empty() ? "\"" : " \"") + std::string(url) + "\": " + parsed.error;
        return to;
    }
    to.owner = recentOriginFor(parsed.url);
    to.origin = to.owner.get();
    to.path = parsed.url.path;
    return to;
}

LeafEndpoint::Target LeafEndpoint::targetOfTo(message::MessageContext& context) {
    const std::string_view address = context.addressing().to;
    if (isAnonymous(address)) {
        Target none;
        none.error = "the message's To is the anonymous address " + std::string(address) + ", which is nobody's";
        return none;
    }
    if (!address.empty() && address.front() != '/') return targetAt(address, "the message's To is");
    Target to;
    to.error = "the message's To is " + (address.empty() ? "empty" : "\"" + std::string(address) + "\"") +
               ", which is no absolute URL; set it with the header mediator, or name an endpoint";
    return to;
}

std::string_view LeafEndpoint::name() const noexcept {
    return definition_.name.empty() ? definition_.position.identity : definition_.name;
}

void LeafEndpoint::switchOff(runtime::TimePoint now) const {
    if (state_) state_->switchOff(now);
}

void LeafEndpoint::switchOn(runtime::TimePoint now) const {
    if (state_) state_->switchOn(now);
}

std::string_view LeafEndpoint::stateName(base::TimePoint) const {
    if (!state_ || state_->active()) return toText(Condition::Active);
    const auto condition = state_->snapshot().condition;
    return condition == Condition::Off ? "OFF" : toText(condition);
}

std::string_view LeafEndpoint::healthName() const {
    return health_ ? toText(health_->monitor().state().snapshot().health) : std::string_view();
}

std::string LeafEndpoint::condition(runtime::TimePoint now) const {
    if (ready(now)) return {};
    if (!state_ || state_->ready(now)) return health_->monitor().condition(now);
    const auto state = state_->snapshot();
    std::string text = "endpoint " + std::string(name()) + " is " + std::string(toText(state.condition)) + " for " +
                       milliseconds(now - state.since);
    if (state.condition == Condition::Off) return text + ", switched off by an operator";
    if (state.nextRetry > now) text += " and for another " + milliseconds(state.nextRetry - now);
    return text + " after error " + std::to_string(state.lastCode) + " (" + state.lastCause + ")";
}

std::shared_ptr<LeafState> leafState(config::Build& build,
                                     const config::EndpointPosition& position,
                                     std::string_view address) {
    return build.states().get<LeafState>(stateIdentity(build, position, address));
}

}  // namespace myelin::endpoints
