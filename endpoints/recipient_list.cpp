#include <algorithm>
#include <utility>

#include "endpoints/by_scheme.hpp"
#include "endpoints/group.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/member.hpp"
#include "endpoints/scatter.hpp"
#include "endpoints/url_recipients.hpp"
#include "engine/message/forwarding_endpoint.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// A child that the list watches: what comes of the copies for it says whether it gets further ones.
class WatchedRecipient final : public message::ForwardingEndpoint {
public:
    WatchedRecipient(std::unique_ptr<message::Endpoint> child,
                     std::shared_ptr<const GroupHealth> health,
                     std::size_t index)
        : child_(std::move(child)), health_(std::move(health)), index_(index) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        GroupHealth::Stay stay(*health_, index_, runtime::now());
        if (stay.refused()) {
            return noReadyChild(kRecipientListKind, child_->name(), health_->condition(index_, runtime::now()));
        }
        auto outcome = child_->send(context, reply, deadline);
        stay.report(outcome, reply, deadline);
        return outcome;
    }

protected:
    const message::Endpoint& target() const noexcept override { return *child_; }

private:
    std::unique_ptr<message::Endpoint> child_;
    std::shared_ptr<const GroupHealth> health_;
    std::size_t index_;
};

/// A copy of the message for every child that is ready (synapse-endpoints 7.1). It does not try again and does not fail
/// over; children that are groups do so among themselves.
class RecipientList final : public message::Endpoint {
public:
    RecipientList(GroupEndpoint::Options options, GroupEndpoint::Children children)
        : options_(std::move(options)), children_(std::move(children)) {
        for (std::size_t index = 0; options_.health && index < children_.size(); ++index) {
            children_[index] = std::make_unique<WatchedRecipient>(std::move(children_[index]), options_.health, index);
        }
    }

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse&,
                              runtime::Deadline deadline) const override {
        const auto now = runtime::now();
        std::vector<Recipient> recipients;
        {
            // Each copy waits for itself, or is refused.
            const BeyondLimits look;
            recipients = available(false, now);
            if (recipients.empty() && options_.health && options_.health->anySecondary()) {
                recipients = available(true, now);
            }
        }
        if (recipients.empty()) return noReadyChild(kRecipientListKind, options_.name, condition(now));
        return scatter(std::move(recipients), options_.properties, name(), context, deadline);
    }
    bool ready(runtime::TimePoint now) const noexcept override {
        for (std::size_t index = 0; index < children_.size(); ++index) {
            if (childReady(index, now)) return true;
        }
        return false;
    }
    std::string_view name() const noexcept override {
        return options_.name.empty() ? options_.identity : options_.name;
    }
    /// All are sent to, at the same time.
    message::Bounds bounds() const noexcept override {
        message::Bounds all;
        message::Bounds longest;
        for (const auto& child : children_) {
            const auto one = child->bounds();
            all += one;
            longest = message::Bounds::larger(longest, one);
        }
        return {all.attempts, longest.waiting};
    }
    std::size_t answers() const noexcept override {
        std::size_t all = 0;
        for (const auto& child : children_) all = std::min(all + child->answers(), message::kManyAnswers);
        return all;
    }
    void visit(const std::function<void(const Endpoint&)>& visitor) const override {
        visitor(*this);
        for (const auto& child : children_) child->visit(visitor);
    }
    void switchOff(runtime::TimePoint now) const override {
        for (const auto& child : children_) child->switchOff(now);
    }
    void switchOn(runtime::TimePoint now) const override {
        for (const auto& child : children_) child->switchOn(now);
    }
    std::string condition(runtime::TimePoint now) const override {
        std::string text;
        for (std::size_t index = 0; index < children_.size(); ++index) {
            std::string one = children_[index]->condition(now);
            if (one.empty() && options_.health) one = options_.health->condition(index, now);
            if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
        }
        return text;
    }

private:
    bool childReady(std::size_t index, runtime::TimePoint now) const noexcept {
        return options_.health ? options_.health->available(index, children_, now) : children_[index]->ready(now);
    }
    /// The primary or the secondary ones.
    std::vector<Recipient> available(bool secondary, runtime::TimePoint now) const {
        std::vector<Recipient> found;
        for (std::size_t index = 0; index < children_.size(); ++index) {
            if (options_.health && options_.health->secondary(index) != secondary) continue;
            if (childReady(index, now)) found.push_back({children_[index].get(), nullptr});
        }
        return found;
    }

    GroupEndpoint::Options options_;
    GroupEndpoint::Children children_;
};

std::unique_ptr<message::Endpoint> makeOverMembers(const GroupEndpoint::Options& options,
                                                   config::Element& kind,
                                                   HealthScope& health,
                                                   const config::EndpointPosition& position,
                                                   config::Build& build) {
    const auto members = readMembers(kind, build);
    if (members.empty()) return nullptr;
    std::unique_ptr<message::Endpoint> lists[2];
    for (const bool secure : {false, true}) {
        auto leaves = memberLeaves(members, secure, false, kind, health, position, build);
        if (leaves.empty()) continue;
        auto mine = options;
        const auto watched = watchedMembers(members, secure, position);
        // Fewer leaves than members: it has been reported why.
        if (watched.size() != leaves.size()) return nullptr;
        mine.health = health.watch(options.name.empty() ? options.identity : options.name, watched, {});
        lists[secure ? 1 : 0] = std::make_unique<RecipientList>(std::move(mine), std::move(leaves));
    }
    return std::make_unique<BySchemeEndpoint>(kRecipientListKind,
                                              options.name.empty() ? options.identity : options.name,
                                              std::move(lists[0]),
                                              std::move(lists[1]));
}

std::unique_ptr<message::Endpoint> makeRecipientList(config::Element& endpoint,
                                                     config::Element& kind,
                                                     const config::EndpointPosition& position,
                                                     config::Build& build) {
    settleSpelling(kind, "recipientlist");
    auto options = readGroupOptions(endpoint, position, build);
    if (kind.has("failover")) kind.warningAt("failover", "failover has no effect on a recipient list");
    const EndpointDefaults defaults(kind, build);
    auto limits = readLimits(kind, {}, build);
    if (limits.inFlight) {
        limits.inFlight.reset();
        kind.child("limit")->error("a <limit> on a recipient list has nothing to count: its answers come by themselves",
                                   "write it into <endpointDefaults>, for each of the recipients");
    }
    const bool fixed = !kind.childrenNamed("endpoint").empty() || !kind.childrenNamed("member").empty();
    if (auto urls = kind.child("endpoints")) {
        if (!fixed) {
            if (const auto unused = kind.child("endpointDefaults")) {
                unused->warning("<endpointDefaults> has no effect on recipients that are URLs",
                                "write <endpoint>s with addresses instead");
            }
            return withOwnLimits(
                makeUrlRecipients(std::move(options), *urls, position, build), limits, position, build);
        }
        urls->ignore();
        urls->warning("<endpoints> has no effect beside <endpoint> and <member>", "leave it out");
    }
    HealthScope health(kind, position, build, HealthScope::Group::List);
    if (!checkChildren(kind, build)) return nullptr;
    if (!kind.childrenNamed("member").empty()) {
        return withOwnLimits(makeOverMembers(options, kind, health, position, build), limits, position, build);
    }
    auto children = readChildren(kind, health, build);
    if (children.empty()) return nullptr;
    options.health = watchedBy(health, options, children);
    auto made = std::make_unique<RecipientList>(std::move(options), std::move(children));
    return withOwnLimits(std::move(made), limits, position, build);
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "recipientlist", {&makeRecipientList, 85, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "recipientList", {&makeRecipientList, 86, false, true}};

}  // namespace

}  // namespace myelin::endpoints
