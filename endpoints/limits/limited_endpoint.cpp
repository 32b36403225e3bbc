#include "endpoints/limits/limited_endpoint.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "endpoints/duration_text.hpp"
#include "endpoints/inspected.hpp"
#include "endpoints/limits/admission.hpp"
#include "endpoints/outcome.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

using message::SendOutcome;

std::string messages(std::uint32_t count) {
    return std::to_string(count) + (count == 1 ? " message" : " messages");
}

}  // namespace

bool refusedByLimit(const SendOutcome& outcome) noexcept {
    return !outcome.mayHaveReachedServer &&
           (outcome.code == message::error_code::kLimitReached || outcome.code == message::error_code::kRateExceeded);
}

SendOutcome refusedFor(const InFlightWait& wait, const std::string& who, runtime::Deadline deadline) {
    std::string why = who + " has as many messages under way as its limit allows";
    switch (wait.end) {
        case InFlightWait::End::Full:
            why += ", and no room in its queue";
            break;
        case InFlightWait::End::TooLong:
            why +=
                deadline.expired(runtime::now()) ? ", and no time is left to wait" : ", and none of them ended in time";
            break;
        case InFlightWait::End::GivenUp:
            why += "; the client went away while the message waited";
            break;
        case InFlightWait::End::Granted:
            break;
    }
    return unavailable(message::error_code::kLimitReached, std::move(why));
}

LimitedEndpoint::LimitedEndpoint(std::unique_ptr<message::Endpoint> endpoint,
                                 Limits limits,
                                 std::shared_ptr<LimitState> state,
                                 bool inGroup)
    : endpoint_(std::move(endpoint)),
      limits_(std::move(limits)),
      state_(std::move(state)),
      age_(state_->inFlight->nextAge()),
      inGroup_(inGroup) {}

SendOutcome LimitedEndpoint::send(message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline) const {
    std::string_view key;
    if (limits_.rate) {
        if (limits_.rate->by) key = limits_.rate->by->of(context);
        // A message that may not go must not stand in a queue.
        const auto missing = state_->rate.missing(*limits_.rate, key, runtime::now());
        if (missing.count() != 0) return refused(tooFast(missing));
    }
    InFlightPlace place;
    if (limits_.inFlight) {
        const auto& at = state_->inFlight;
        place = Admission::take(context, *at);
        if (!place) place = InFlight::enter(at, limits_.inFlight->most, age_);
        if (!place) place = AnswerPlace::take(context, *at);
        if (!place) {
            Admission::giveUp(context);
            AnswerPlace::giveUp(context);
            auto& client = context.exchange().server();
            auto waited =
                InFlight::wait({{at, *limits_.inFlight, age_}}, deadline, [&client] { return client.clientGone(); });
            if (!waited.place) return refused(refusedFor(waited, "endpoint " + std::string(name()), deadline));
            place = std::move(waited.place);
            if (inGroup_ && !inService()) return refused(outOfService());
        }
    }
    if (limits_.rate) {
        const auto missing = state_->rate.take(*limits_.rate, key, runtime::now());
        if (missing.count() != 0) return refused(tooFast(missing));
    }
    auto outcome = endpoint_->send(context, reply, deadline);
    if (place && outcome.answered) {
        reply.held.push_back(std::make_shared<AnswerPlace>(context, reply, state_->inFlight, std::move(place)));
    }
    if (limits_.rate && refusedByLimit(outcome)) state_->rate.giveBack(*limits_.rate, key);
    return outcome;
}

bool LimitedEndpoint::ready(runtime::TimePoint now) const noexcept {
    if (!endpoint_->ready(now)) return false;
    return BeyondLimits::active() || (!full() && missing(now).count() == 0);
}

base::Duration LimitedEndpoint::missing(runtime::TimePoint now) const noexcept {
    // With keys it depends on the message.
    if (!limits_.rate || limits_.rate->by) return base::Duration::zero();
    return state_->rate.missing(*limits_.rate, {}, now);
}

message::Bounds LimitedEndpoint::bounds() const noexcept {
    auto bounds = endpoint_->bounds();
    if (limits_.inFlight) bounds += {0, limits_.inFlight->wait};
    return bounds;
}

void LimitedEndpoint::visit(const std::function<void(const Endpoint&)>& visitor) const {
    visitor(*this);
    endpoint_->visit(visitor);
}

std::string LimitedEndpoint::condition(runtime::TimePoint now) const {
    auto text = endpoint_->condition(now);
    if (!text.empty()) return text;
    if (full()) {
        text = "endpoint " + std::string(name()) + " has " + messages(state_->inFlight->underWay()) + " under way of " +
               std::to_string(limits_.inFlight->most) + " that it may have";
    } else if (const auto left = missing(now); left.count() != 0) {
        text = "endpoint " + std::string(name()) + " gets its next message in " + milliseconds(left);
    }
    return text;
}

bool LimitedEndpoint::inService() const noexcept {
    const BeyondLimits beyond;
    return endpoint_->ready(runtime::now());
}

bool LimitedEndpoint::lacksOnlyPlaces(runtime::TimePoint now) const noexcept {
    if (missing(now).count() != 0) return false;
    const BeyondLimits beyond;
    return endpoint_->ready(now);
}

std::optional<InFlightQueue> LimitedEndpoint::queue() const {
    if (!full()) return std::nullopt;
    return InFlightQueue{state_->inFlight, *limits_.inFlight, age_};
}

SendOutcome LimitedEndpoint::outOfService() const {
    auto outcome = unavailable(message::error_code::kLeafNotReady,
                               "endpoint " + std::string(name()) + " went out of service while the message waited");
    if (const auto why = endpoint_->condition(runtime::now()); !why.empty()) outcome.detail += ": " + why;
    return outcome;
}

SendOutcome LimitedEndpoint::tooFast(base::Duration missing) const {
    const auto& rate = *limits_.rate;
    auto outcome = unavailable(message::error_code::kRateExceeded,
                               "endpoint " + std::string(name()) + " gets no more than " + messages(rate.calls) +
                                   " in " + milliseconds(rate.per) + (rate.by ? " for each client key" : ""));
    outcome.retryAfter = static_cast<std::uint32_t>(std::min<std::int64_t>(
        std::chrono::ceil<std::chrono::seconds>(missing).count(), std::numeric_limits<std::uint32_t>::max()));
    return outcome;
}

SendOutcome LimitedEndpoint::refused(SendOutcome outcome) const {
    // In a group it is for the group to go on.
    if (inGroup_) return outcome;
    outcome.onError = endpoint_->onError();
    outcome.conclusive = outcome.onError != nullptr;
    return outcome;
}

void visitLimits(const message::Endpoint& endpoint, const std::function<bool(const LimitedEndpoint&)>& visitor) {
    std::size_t past = 0;  // so many that come next are behind limits that were enough
    std::function<void(const message::Endpoint&)> look;
    look = [&](const message::Endpoint& node) {
        if (past != 0) {
            --past;
        } else if (const auto* limited = dynamic_cast<const LimitedEndpoint*>(&node)) {
            if (!visitor(*limited)) limited->inside().visit([&](const message::Endpoint&) { ++past; });
        } else if (const auto* changing = dynamic_cast<const Changing*>(&node)) {
            changing->visitNow(look);
        }
    };
    endpoint.visit(look);
}

std::unique_ptr<message::Endpoint> withLimits(std::unique_ptr<message::Endpoint> endpoint,
                                              Limits limits,
                                              std::shared_ptr<LimitState> state,
                                              bool inGroup) {
    if (!endpoint || limits.empty()) return endpoint;
    return std::make_unique<LimitedEndpoint>(std::move(endpoint), std::move(limits), std::move(state), inGroup);
}

}  // namespace myelin::endpoints
