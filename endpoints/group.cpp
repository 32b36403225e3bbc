#include "endpoints/group.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "endpoints/by_scheme.hpp"
#include "endpoints/group_observer.hpp"
#include "endpoints/limits/admission.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/message_view.hpp"
#include "engine/base/random.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/retry_rules.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

using message::SendOutcome;

/// One message's tries on the children. Keeps nothing until the first one fails, for the sake of the many that never
/// do.
class GroupEndpoint::Attempts final : public plugin::Candidates {
public:
    Attempts(const GroupEndpoint& group, message::MessageContext& context, runtime::Deadline deadline)
        : group_(&group), context_(&context), deadline_(deadline), now_(runtime::now()) {}

    std::size_t size() const noexcept override { return children().size(); }
    bool available(std::size_t index) const noexcept override {
        if (late_) return availableLater(index);
        return group_->options_.health ? admitted(index) : children()[index]->ready(now_);
    }
    std::uint32_t inFlight(std::size_t index) const noexcept override {
        const auto* load = group_->load(index);
        return load ? load->inFlight() : 0;
    }
    std::int64_t latency(std::size_t index) const noexcept override {
        const auto* load = group_->load(index);
        return load ? load->latency(now_) : 0;
    }
    const plugin::Message& message() const override {
        if (!view_) view_.emplace(*context_, deadline_);
        return *view_;
    }
    std::string_view key() const override {
        if (!key_) {
            const auto& key = group_->options_.key;
            key_ = key ? key->of(*context_) : HashKey::clientOf(*context_);
        }
        return *key_;
    }
    std::uint64_t random() const noexcept override { return base::random64(); }
    std::int64_t now() const noexcept override { return now_.time_since_epoch().count(); }

    [[gnu::cold, gnu::noinline]] void failed(std::size_t index, bool mayTryAgain, runtime::TimePoint now) {
        auto& left = later().left[index];
        left = mayTryAgain ? left - 1 : 0;
        ++late_->count;
        now_ = now;
        late_->endOfTry();
    }
    /// It is not given the message, which is no failure.
    [[gnu::cold, gnu::noinline]] void passOver(std::size_t index) {
        later().left[index] = 0;
        late_->endOfTry();
    }
    /// The same, because a limit refuses it.
    [[gnu::cold, gnu::noinline]] void refused(std::size_t index, SendOutcome&& outcome) {
        passOver(index);
        keep(std::move(outcome));
    }
    /// What the sender is told if nobody takes the message: the refusal that ends first.
    void keep(SendOutcome&& outcome) {
        auto& refusal = later().refusal;
        // What the endpoint says for itself is not said for a group that goes on.
        outcome.conclusive = false;
        outcome.onError = nullptr;
        if (!refusal || outcome.retryAfter < refusal->retryAfter) refusal = std::move(outcome);
    }
    std::optional<SendOutcome> takeRefusal() { return late_ ? std::move(late_->refusal) : std::nullopt; }
    /// The last failure, for when nobody else takes the message.
    [[gnu::cold, gnu::noinline]] void remember(SendOutcome&& outcome) { later().failure = std::move(outcome); }
    SendOutcome takeFailure() { return std::move(later().failure); }

    /// From here on a limit is no reason to leave a child out, until the next try is over.
    void lookBeyondLimits() {
        later().beyondLimits = true;
        // A slow start is no reason to wait, either.
        admitAll_ = true;
        now_ = runtime::now();
    }
    bool any() const noexcept {
        for (std::size_t index = 0; index < size(); ++index) {
            if (available(index) && group_->takesNew(index)) return true;
        }
        return false;
    }
    /// The algorithm does not want the only candidate. False when there is no such one.
    bool passOverOnly() {
        if (late_->only == plugin::kNoCandidate) return false;
        passOver(late_->only);
        return true;
    }
    /// Waits for a place at one of the children that lack nothing else, and leaves that child as the only candidate.
    /// False when none came; true without waiting when there is nothing to wait for.
    bool waitForPlace();
    /// The same at once, with a place that there is.
    void admit(std::size_t index, std::shared_ptr<InFlight> at, InFlightPlace place);
    /// From here on slow starts refuse nothing. False when they have not.
    bool admitAll() noexcept { return std::exchange(held_, false) && !std::exchange(admitAll_, true); }
    std::size_t count() const noexcept { return late_ ? late_->count : 0; }

private:
    const Children& children() const noexcept { return group_->children_; }
    /// What only messages need that are not taken at once.
    struct Late {
        void endOfTry() noexcept {
            admission.reset();
            only = plugin::kNoCandidate;
            beyondLimits = false;
        }

        std::vector<std::size_t> left;  // tries left, by child
        std::size_t count = 0;          // failed ones
        SendOutcome failure;            // the last one
        bool beyondLimits = false;
        std::size_t only = plugin::kNoCandidate;  // the one that is left, with beyondLimits
        std::unique_ptr<Admission> admission;     // the place that was waited for
        std::optional<SendOutcome> refusal;
    };
    [[gnu::cold, gnu::noinline]] Late& later() {
        if (late_) return *late_;
        late_ = std::make_unique<Late>();
        late_->left.reserve(children().size());
        for (const auto& child : children()) late_->left.push_back(child->tries());
        return *late_;
    }
    /// Once a child has failed, or limits are looked beyond.
    [[gnu::cold, gnu::noinline]] bool availableLater(std::size_t index) const noexcept {
        if (late_->left[index] == 0 || (late_->only != plugin::kNoCandidate && late_->only != index)) return false;
        const BeyondLimits look(late_->beyondLimits);
        return group_->options_.health ? admitted(index) : children()[index]->ready(now_);
    }
    bool canTake(std::size_t index) const noexcept {
        return (!late_ || late_->left[index] > 0) && group_->childReady(index, now_);
    }
    /// Where the group watches health: secondary children are for when no primary can take the message.
    bool admitted(std::size_t index) const noexcept {
        const auto& health = *group_->options_.health;
        if (!canTake(index)) return false;
        if (health.secondary(index)) {
            for (std::size_t other = 0; other < size(); ++other) {
                if (!health.secondary(other) && canTake(other)) return false;
            }
        }
        if (admitAll_ || !health.starting(index, now_)) return true;
        if (!chance_) chance_ = base::random64();
        if (health.admits(index, *chance_, now_)) return true;
        held_ = true;
        return false;
    }

    const GroupEndpoint* group_;
    message::MessageContext* context_;
    runtime::Deadline deadline_;
    runtime::TimePoint now_;
    mutable std::optional<MessageView> view_;
    mutable std::optional<std::string_view> key_;
    std::unique_ptr<Late> late_;
    mutable std::optional<std::uint64_t> chance_;
    mutable bool held_ = false;  // a slow start has refused the message
    bool admitAll_ = false;
};

bool GroupEndpoint::Attempts::waitForPlace() {
    std::vector<InFlightQueue> queues;
    std::vector<std::size_t> owners;  // of the queues: indexes of children
    for (std::size_t index = 0; index < size(); ++index) {
        if (!available(index) || !group_->takesNew(index)) continue;
        // A group further out has waited already, and for this.
        if (Admission::leadsInto(*context_, *children()[index])) {
            late_->only = index;
            return true;
        }
        // Places are taken from the outside inwards, or two messages could each wait for what the other one has.
        visitLimits(*children()[index], [&](const LimitedEndpoint& limited) {
            if (!limited.lacksOnlyPlaces(now_)) return false;
            auto queue = limited.queue();
            if (!queue) return true;
            queues.push_back(std::move(*queue));
            owners.push_back(index);
            return false;
        });
    }
    if (queues.empty()) return true;
    for (std::size_t one = 0; one < queues.size(); ++one) {
        if (auto place = AnswerPlace::take(*context_, *queues[one].at)) {
            admit(owners[one], std::move(queues[one].at), std::move(place));
            return true;
        }
    }
    Admission::giveUp(*context_);
    AnswerPlace::giveUp(*context_);
    auto& client = context_->exchange().server();
    auto waited = InFlight::wait(queues, deadline_, [&client] { return client.clientGone(); });
    now_ = runtime::now();
    if (!waited.place) {
        keep(refusedFor(waited, "each ready child of " + std::string(group_->name()), deadline_));
        if (waited.end == InFlightWait::End::GivenUp) return false;
        // Those that had no queue may have found room since, or say themselves why not.
        for (const auto owner : owners) late_->left[owner] = 0;
        return any();
    }
    admit(owners[waited.index], std::move(queues[waited.index].at), std::move(waited.place));
    return true;
}

void GroupEndpoint::Attempts::admit(std::size_t index, std::shared_ptr<InFlight> at, InFlightPlace place) {
    late_->only = index;
    late_->admission = std::make_unique<Admission>(*context_, std::move(at), std::move(place));
}

GroupEndpoint::GroupEndpoint(Options options, Children children, bool sends)
    : options_(std::move(options)),
      children_(std::move(children)),
      sends_(sends),
      bare_(options_.properties.empty() && !options_.retries),
      several_(children_.size() > 1) {}

SendOutcome GroupEndpoint::send(message::MessageContext& context,
                                http::ClientResponse& reply,
                                runtime::Deadline deadline) const {
    return sendOn(context, reply, deadline, 0);
}

SendOutcome GroupEndpoint::sendOn(message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline,
                                  std::size_t before) const {
    Attempts attempts(*this, context, deadline);
    bool mayHaveReachedServer = false;
    const message::RetryWay* way = nullptr;  // of the last attempt that may have reached a server
    std::size_t paid = 0;                    // failed attempts after which another one was allowed
    if (!bare_ && options_.retries && before == 0) options_.retries->message(runtime::now());
    for (;;) {
        // Before the choice, for algorithms look at them; and one that cannot be computed is nobody's attempt.
        std::optional<EndpointProperties::Applied> applied;
        if (!bare_ && !options_.properties.empty()) applied.emplace(options_.properties, context);
        std::size_t index = next(attempts);
        if (index == plugin::kNoCandidate && attempts.admitAll()) index = next(attempts);
        if (index == plugin::kNoCandidate) index = nextBeyondLimits(attempts);
        if (index == plugin::kNoCandidate) return nobody(attempts);
        if (attempts.count() == 0) {
            // Only a body that may have to go out twice is worth keeping.
            const bool another = several_ || children_.front()->tries() > 1;
            if (options_.failover && another) context.payload().keepForReplay();
        } else {
            // Only now there is somebody whom it would go to. One that a limit refuses has not been sent again.
            if (options_.retries && std::exchange(paid, attempts.count()) != attempts.count()) {
                if (const auto refusal = options_.retries->spend(runtime::now())) {
                    passedOver(index);
                    auto failure = attempts.takeFailure();
                    failure.conclusive = refusal->conclusive;
                    return conclude(std::move(failure), attempts, refusal->why);
                }
            }
            reply.reset();
        }
        if (Admission::any()) [[unlikely]]
            Admission::keepOnly(context, *children_[index]);
        bool refused = false;
        SendOutcome last = options_.health ? sendWatched(index, context, reply, deadline, refused)
                           : sends_        ? sendTo(index, context, reply, deadline)
                                           : children_[index]->send(context, reply, deadline);
        if (refused) {
            attempts.passOver(index);
            continue;
        }
        applied.reset();
        if (observer_) observer_->sent(*this, index, last, reply);
        if (last.answered) {
            // That is all there is to say; moving texts that are empty would cost sixty instructions.
            auto success = SendOutcome::success();
            success.scattered = last.scattered;
            return success;
        }

        if (refusedByLimit(last)) {
            attempts.refused(index, std::move(last));
            continue;
        }
        const auto now = runtime::now();
        attempts.failed(index, last.mayTryAgain, now);
        const bool seen = last.mayHaveReachedServer;
        if (seen) way = last.way ? last.way : context.retryWay();
        mayHaveReachedServer |= seen;
        last.mayHaveReachedServer = mayHaveReachedServer;
        last.way = way;
        if (const auto why = whyNoOther(last, seen, way, context, deadline)) {
            return conclude(std::move(last), attempts, *why);
        }
        if (options_.retries) {
            if (const auto refusal = options_.retries->refuse(before + attempts.count())) {
                last.conclusive = refusal->conclusive;
                return conclude(std::move(last), attempts, refusal->why);
            }
        }
        attempts.remember(std::move(last));
    }
}

std::size_t GroupEndpoint::nextBeyondLimits(Attempts& attempts) const {
    for (;;) {
        attempts.lookBeyondLimits();
        if (!attempts.any()) return plugin::kNoCandidate;
        if (observer_) observer_->limited(*this, attempts.count());
        if (!attempts.waitForPlace()) return plugin::kNoCandidate;
        const std::size_t index = next(attempts);
        if (index != plugin::kNoCandidate || !attempts.passOverOnly()) return index;
    }
}

SendOutcome GroupEndpoint::nobody(Attempts& attempts) const {
    auto refusal = attempts.takeRefusal();
    if (attempts.count() == 0) return refusal ? std::move(*refusal) : noneReady(runtime::now());
    std::string why = "no ready child endpoints left (303000)";
    if (refusal) why += ": " + refusal->detail;
    return conclude(attempts.takeFailure(), attempts, why);
}

std::optional<std::string> GroupEndpoint::whyNoOther(SendOutcome& outcome,
                                                     bool mayHaveReachedServer,
                                                     const message::RetryWay* way,
                                                     message::MessageContext& context,
                                                     runtime::Deadline deadline) const {
    const bool conclusive = std::exchange(outcome.conclusive, true);
    if (outcome.callerFault || conclusive) return std::string();
    if (!options_.failover) return "failover is switched off";
    if (outcome.retryForbidden) {
        outcome.conclusive = false;
        return "a child endpoint encountered a non-retry error (" + std::to_string(nonRetryCode()) +
               "), not sending to another one";
    }
    if (deadline.expired(runtime::now())) return "no time is left for another child endpoint";
    if (mayHaveReachedServer) {
        if (const auto why = message::whyNotRepeatable(context, way, deadline)) return "not sent again: " + *why;
    }
    if (!context.payload().replayable()) {
        return "the request body is larger than what is kept for another try, so it was not sent again";
    }
    outcome.conclusive = false;
    return std::nullopt;
}

int GroupEndpoint::nonRetryCode() const noexcept {
    return message::error_code::kGroupNoneReady;
}

SendOutcome GroupEndpoint::sendOnly(std::size_t index,
                                    message::MessageContext& context,
                                    http::ClientResponse& reply,
                                    runtime::Deadline deadline) const {
    std::optional<EndpointProperties::Applied> applied;
    if (!options_.properties.empty()) applied.emplace(options_.properties, context);
    bool refused = false;
    SendOutcome outcome = options_.health ? sendWatched(index, context, reply, deadline, refused)
                                          : sendTo(index, context, reply, deadline);
    if (refused) return noneReady(runtime::now());
    if (observer_) observer_->sent(*this, index, outcome, reply);
    return outcome;
}

std::size_t GroupEndpoint::next(const Attempts& attempts) const {
    return observer_ ? observer_->choose(*this, attempts, attempts.count()) : choose(attempts);
}

SendOutcome GroupEndpoint::sendWatched(std::size_t index,
                                       message::MessageContext& context,
                                       http::ClientResponse& reply,
                                       runtime::Deadline deadline,
                                       bool& refused) const {
    GroupHealth::Stay stay(*options_.health, index, runtime::now());
    refused = stay.refused();
    if (refused) {
        passedOver(index);
        return {};
    }
    SendOutcome outcome =
        sends_ ? sendTo(index, context, reply, deadline) : children_[index]->send(context, reply, deadline);
    stay.report(outcome, reply, deadline);
    return outcome;
}

SendOutcome GroupEndpoint::conclude(SendOutcome outcome, const Attempts& attempts, std::string_view why) const {
    outcome.retryForbidden = false;
    outcome.mayTryAgain = false;
    if (why.empty()) return outcome;
    outcome.detail += "; ";
    outcome.detail += kind();
    outcome.detail += ' ';
    outcome.detail += name();
    outcome.detail += " after ";
    outcome.detail += std::to_string(attempts.count());
    outcome.detail += attempts.count() == 1 ? " attempt: " : " attempts: ";
    outcome.detail += why;
    return outcome;
}

SendOutcome GroupEndpoint::noneReady(runtime::TimePoint now) const {
    return noReadyChild(kind(), options_.name, condition(now));
}

bool GroupEndpoint::ready(runtime::TimePoint now) const noexcept {
    for (std::size_t index = 0; index < children_.size(); ++index) {
        if (childReady(index, now)) return true;
    }
    return false;
}

std::string_view GroupEndpoint::name() const noexcept {
    return options_.name.empty() ? options_.identity : options_.name;
}

void GroupEndpoint::switchOff(runtime::TimePoint now) const {
    for (const auto& child : children_) child->switchOff(now);
}

void GroupEndpoint::switchOn(runtime::TimePoint now) const {
    for (const auto& child : children_) child->switchOn(now);
}

message::Bounds GroupEndpoint::bounds() const noexcept {
    message::Bounds all;
    message::Bounds most;
    std::size_t tries = 0;
    for (const auto& child : children_) {
        const auto one = child->bounds();
        all += one.times(child->tries());
        most = message::Bounds::larger(most, one);
        tries += child->tries();
    }
    if (!options_.failover) return most;
    const std::size_t allowed = options_.retries ? options_.retries->maxAttempts() : 0;
    if (allowed == 0 || allowed >= tries) return all;
    // Of which children is not known.
    const auto some = most.times(allowed);
    return {std::min(all.attempts, some.attempts), std::min(all.waiting, some.waiting)};
}

void GroupEndpoint::visit(const std::function<void(const Endpoint&)>& visitor) const {
    visitor(*this);
    for (const auto& child : children_) child->visit(visitor);
}

std::size_t GroupEndpoint::answers() const noexcept {
    std::size_t most = 1;
    for (const auto& child : children_) most = std::max(most, child->answers());
    return most;
}

std::string GroupEndpoint::condition(runtime::TimePoint now) const {
    constexpr std::size_t kShown = 8;
    std::string text;
    std::size_t left = 0;
    std::size_t shown = 0;
    for (std::size_t index = 0; index < children_.size(); ++index) {
        std::string one = children_[index]->condition(now);
        if (one.empty() && options_.health) one = options_.health->condition(index, now);
        if (one.empty()) continue;
        if (shown == kShown) {
            ++left;
            continue;
        }
        if (shown++ != 0) text += ", ";
        text += one;
    }
    if (left != 0) text += " and " + std::to_string(left) + " more";
    const std::string why = options_.health ? options_.health->condition(now) : std::string();
    if (!why.empty()) text = why + (text.empty() ? "" : ": " + text);
    return text;
}

}  // namespace myelin::endpoints
