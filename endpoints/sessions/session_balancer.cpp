#include "endpoints/sessions/session_balancer.hpp"

#include <algorithm>
#include <utility>

#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/outcome.hpp"
#include "endpoints/sessions/path_tag.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/retry_rules.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

using message::SendOutcome;

namespace {

/// How often a message finds that others have bound its session meanwhile: once for each group with affinity on the
/// way is usual.
constexpr int kRounds = 4;

/// As the algorithm is to see the children when some get no new sessions.
class Serving final : public plugin::Candidates {
public:
    Serving(const plugin::Candidates& all, const std::vector<bool>& draining) : all_(all), draining_(draining) {}

    std::size_t size() const noexcept override { return all_.size(); }
    bool available(std::size_t index) const noexcept override { return !draining_[index] && all_.available(index); }
    std::uint32_t inFlight(std::size_t index) const noexcept override { return all_.inFlight(index); }
    std::int64_t latency(std::size_t index) const noexcept override { return all_.latency(index); }
    const plugin::Message& message() const override { return all_.message(); }
    std::string_view key() const override { return all_.key(); }
    std::uint64_t random() const noexcept override { return all_.random(); }
    std::int64_t now() const noexcept override { return all_.now(); }

private:
    const plugin::Candidates& all_;
    const std::vector<bool>& draining_;
};

/// A line break would end the part of a path.
std::string asPart(std::string id) {
    std::replace(id.begin(), id.end(), '\n', ' ');
    return id;
}

/// Puts back what a failed try has taken from the trail or added to it.
class Step {
public:
    explicit Step(message::SessionTrail& trail)
        : trail_(trail), bound_(trail.bound), chosen_(trail.chosen.size()), lifetime_(trail.lifetime) {}
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() {
        if (taken_) return;
        trail_.bound = bound_;
        trail_.chosen.resize(chosen_);
        trail_.lifetime = lifetime_;
    }
    void taken() noexcept { taken_ = true; }

private:
    message::SessionTrail& trail_;
    std::string_view bound_;
    std::size_t chosen_;
    base::Milliseconds lifetime_;
    bool taken_ = false;
};

}  // namespace

/// The session of a message, at the outermost group.
class SessionBalancer::Owner final : public message::SessionOwner {
public:
    Owner(const SessionBalancer& group, message::MessageContext& context, runtime::Deadline deadline)
        : keeper_(*group.rules_->keeper), context_(context), deadline_(deadline) {
        session.group = group.rules_->group;
        trail.owner = this;
        trail.tagged = keeper_.tagged();
        context_.setSessionTrail(&trail);
    }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    ~Owner() {
        context_.setSessionTrail(nullptr);
        if (session.former) context_.headers() = *session.former;
    }

    bool chosen(const message::SessionTrail& way) override {
        elsewhere = !keeper_.dispatching(session, way.chosen, way.lifetime, deadline_) && !last;
        return !elsewhere;
    }
    void answered(http::ClientResponse& reply) {
        keeper_.answered(session, context_, reply, trail.chosen, trail.lifetime, deadline_);
    }

    Session session;
    message::SessionTrail trail;
    bool elsewhere = false;  ///< the session was bound to another way while this message was choosing
    bool last = false;       ///< it goes its way, whatever others do

private:
    const SessionKeeper& keeper_;
    message::MessageContext& context_;
    runtime::Deadline deadline_;
};

SessionBalancer::SessionBalancer(Options options, Children children, std::shared_ptr<Rotation> rotation)
    : Balancer(options, std::move(children), std::move(rotation), true), rules_(options.sessions) {
    for (const auto& child : this->rotation()->children()) {
        ids_.push_back(asPart(child.id));
        tags_.push_back(pathTag(child.id));
        draining_.push_back(child.weight == 0);
        anyDraining_ = anyDraining_ || child.weight == 0;
    }
}

SendOutcome SessionBalancer::send(message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline) const {
    if (auto* trail = context.sessionTrail()) return follow(*trail, context, reply, deadline);
    return own(context, reply, deadline);
}

SendOutcome SessionBalancer::own(message::MessageContext& context,
                                 http::ClientResponse& reply,
                                 runtime::Deadline deadline) const {
    const auto& keeper = *rules_->keeper;
    Owner owner(*this, context, deadline);
    auto& session = owner.session;
    auto& trail = owner.trail;
    keeper.find(session, context, deadline);
    for (int round = 1;; ++round) {
        owner.last = round == kRounds;
        trail.lifetime = base::Milliseconds::max();
        trail.chosen.clear();
        trail.bound = session.known ? std::string_view(session.path) : std::string_view();
        if (session.known) {
            auto rest = trail.bound;
            // Its child is no longer in the configuration, or it is no path at all.
            if (indexOf(takePart(rest)) == plugin::kNoCandidate) {
                session.known = false;
                trail.bound = {};
            }
        }
        if (!session.known) keeper.withdraw(session, context, deadline);
        auto outcome = follow(trail, context, reply, deadline);
        if (outcome.answered) {
            if (!outcome.scattered) owner.answered(reply);
            return outcome;
        }
        if (!std::exchange(owner.elsewhere, false)) {
            keeper.failed(session, deadline);
            return outcome;
        }
        keeper.follow(session);
        reply.reset();
    }
}

SendOutcome SessionBalancer::follow(message::SessionTrail& trail,
                                    message::MessageContext& context,
                                    http::ClientResponse& reply,
                                    runtime::Deadline deadline) const {
    Step step(trail);
    trail.lifetime = std::min(trail.lifetime, rules_->lifetime);
    std::size_t before = 0;
    const auto index = indexOf(takePart(trail.bound));
    if (index != plugin::kNoCandidate) {
        bool mayTryOthers = false;
        auto outcome = sendBound(index, trail, context, reply, deadline, mayTryOthers);
        if (outcome.answered) step.taken();
        if (!mayTryOthers) return outcome;
        reply.reset();
        before = outcome.code == session_code::kNotReady ? 0 : 1;
    }
    // From here on down everything is new.
    trail.bound = {};
    auto outcome = sendOn(context, reply, deadline, before);
    if (outcome.answered) step.taken();
    if (anyDraining_ && outcome.code == message::error_code::kGroupNoneReady && before == 0) {
        outcome.detail += "; children of weight 0 take no new sessions";
    }
    return outcome;
}

SendOutcome SessionBalancer::sendBound(std::size_t index,
                                       message::SessionTrail& trail,
                                       message::MessageContext& context,
                                       http::ClientResponse& reply,
                                       runtime::Deadline deadline,
                                       bool& mayTryOthers) const {
    const bool rebind = rules_->whenDown == SessionRules::WhenDown::Rebind;
    if (!canTake(index)) {
        mayTryOthers = rebind;
        return notReady(index);
    }
    if (retries()) retries()->message(runtime::now());
    if (rebind && children().size() > 1) context.payload().keepForReplay();
    const auto bound = trail.bound;
    auto outcome = sendOnly(index, context, reply, deadline);
    if (outcome.answered) return outcome;
    trail.bound = bound;
    // It has enough to do, which is no reason to leave the server that knows the session.
    if (refusedByLimit(outcome)) return outcome;
    if (rebind) {
        const auto* way = outcome.way ? outcome.way : context.retryWay();
        auto why = whyNoOther(outcome, outcome.mayHaveReachedServer, way, context, deadline);
        if (!why && retries()) {
            auto refusal = retries()->refuse(1);
            if (!refusal) refusal = retries()->spend(runtime::now());
            if (refusal) {
                outcome.conclusive = refusal->conclusive;
                why = std::move(refusal->why);
            }
        }
        mayTryOthers = !why;
        if (why && !why->empty()) outcome.detail += "; " + *why;
    } else if (!outcome.callerFault) {
        outcome.detail += "; " + std::to_string(session_code::kFailed) + " Failure an endpoint " +
                          std::string(children()[index]->name()) + " in the current session";
    }
    outcome.retryForbidden = false;
    outcome.mayTryAgain = false;
    return outcome;
}

SendOutcome SessionBalancer::sendTo(std::size_t index,
                                    message::MessageContext& context,
                                    http::ClientResponse& reply,
                                    runtime::Deadline deadline) const {
    auto& trail = *context.sessionTrail();
    Step step(trail);
    trail.chosen += trail.tagged ? tags_[index] : ids_[index];
    trail.chosen += '\n';
    if (!trail.owner->chosen(trail)) {
        passedOver(index);
        SendOutcome given;
        given.callerFault = true;
        given.conclusive = true;
        return given;
    }
    auto outcome = Balancer::sendTo(index, context, reply, deadline);
    if (outcome.answered) step.taken();
    return outcome;
}

bool SessionBalancer::canTake(std::size_t index) const {
    // At a limit the message waits, or is told to come again.
    const BeyondLimits look;
    return childReady(index, runtime::now());
}

SendOutcome SessionBalancer::notReady(std::size_t index) const {
    const auto& child = *children()[index];
    return unavailable(session_code::kNotReady,
                       "The endpoint " + std::string(child.name()) + " on the session is not ready.",
                       child.condition(runtime::now()));
}

std::size_t SessionBalancer::choose(const plugin::Candidates& candidates) const {
    if (!anyDraining_) return Balancer::choose(candidates);
    return Balancer::choose(Serving(candidates, draining_));
}

std::size_t SessionBalancer::indexOf(std::string_view part) const noexcept {
    if (part.empty()) return plugin::kNoCandidate;
    for (const auto* names : {&ids_, &tags_}) {
        const auto found = std::find(names->begin(), names->end(), part);
        if (found != names->end()) return static_cast<std::size_t>(found - names->begin());
    }
    return plugin::kNoCandidate;
}

message::Bounds SessionBalancer::bounds() const noexcept {
    auto all = Balancer::bounds();
    if (rules_->whenDown == SessionRules::WhenDown::Fault) return all;
    // The child that the session is bound to may be chosen again after it has failed.
    message::Bounds most;
    for (const auto& child : children()) most = message::Bounds::larger(most, child->bounds());
    all += most;
    return all;
}

}  // namespace myelin::endpoints
