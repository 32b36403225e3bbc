#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoints/child_load.hpp"
#include "endpoints/hash_key.hpp"
#include "endpoints/health/group_health.hpp"
#include "endpoints/limits/defaults.hpp"
#include "endpoints/limits/retry_limits.hpp"
#include "endpoints/properties.hpp"
#include "engine/config/build.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

class GroupObserver;
class HealthScope;
class Rotation;
struct SessionRules;

/// What all groups over children have in common: the loop that gives a message to one child after the other until one
/// answers. Synapse does this by recursion over fault handlers; here it is bounded: a child that failed for a message
/// is not chosen again for it, except while its own markForSuspension still allows a try, and then tries() times at
/// most. Knows children only as message::Endpoint.
class GroupEndpoint : public message::Endpoint {
public:
    using Children = std::vector<std::unique_ptr<message::Endpoint>>;

    struct Options {
        std::string name;      ///< empty when it has none
        std::string identity;  ///< for people, when it has no name
        EndpointProperties properties;
        bool failover = true;  ///< whether a second child may be tried
        /// What messages are told apart by, for algorithms that look at it; null for the client's address.
        std::shared_ptr<const HashKey> key{};
        /// What the group knows of its children's health beyond what they say themselves; null: nothing.
        std::shared_ptr<const GroupHealth> health{};
        /// How often messages may be sent again at most; null: as often as children fail.
        std::shared_ptr<const RetryLimits> retries{};
        /// For groups that keep the messages of a session together; null for others.
        std::shared_ptr<const SessionRules> sessions{};
    };

    /// `sends`: whether sendTo() is overridden.
    GroupEndpoint(Options options, Children children, bool sends = false);

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override;
    bool ready(runtime::TimePoint now) const noexcept final;
    std::string_view name() const noexcept final;
    message::Bounds bounds() const noexcept override;
    void switchOff(runtime::TimePoint now) const final;
    void switchOn(runtime::TimePoint now) const final;
    std::size_t answers() const noexcept final;
    std::string condition(runtime::TimePoint now) const final;
    void visit(const std::function<void(const Endpoint&)>& visitor) const final;

    const Children& children() const noexcept { return children_; }
    /// The algorithm that chooses among the children; null where the order of declaration does.
    virtual const Rotation* rotation() const noexcept { return nullptr; }
    /// What it knows of its children's health; null: nothing.
    const GroupHealth* health() const noexcept { return options_.health.get(); }
    /// What choose() says to these candidates; for observers.
    std::size_t pick(const plugin::Candidates& candidates) const { return choose(candidates); }
    /// From here on every group of the process tells it; null for none. Only while no message is under way.
    static void observe(GroupObserver* observer) noexcept { observer_ = observer; }
    /// Whether messages may be given to child `index`.
    bool childReady(std::size_t index, runtime::TimePoint now) const noexcept {
        return options_.health ? options_.health->available(index, children_, now) : children_[index]->ready(now);
    }

protected:
    /// The child for the next attempt, or plugin::kNoCandidate.
    virtual std::size_t choose(const plugin::Candidates& candidates) const = 0;
    /// Gives the message to that child; for groups that do something around it.
    virtual message::SendOutcome sendTo(std::size_t index,
                                        message::MessageContext& context,
                                        http::ClientResponse& reply,
                                        runtime::Deadline deadline) const {
        return children_[index]->send(context, reply, deadline);
    }
    /// Whether the child may get messages that have no child yet. Such groups leave the others out in choose() too.
    virtual bool takesNew(std::size_t index) const noexcept {
        (void)index;
        return true;
    }
    const RetryLimits* retries() const noexcept { return options_.retries.get(); }
    /// send(), for a message that this group has given to `before` children already, and has counted then.
    message::SendOutcome sendOn(message::MessageContext& context,
                                http::ClientResponse& reply,
                                runtime::Deadline deadline,
                                std::size_t before) const;
    /// Gives the message to that child and to no other, with the group's properties. Its failure is final for this
    /// group.
    message::SendOutcome sendOnly(std::size_t index,
                                  message::MessageContext& context,
                                  http::ClientResponse& reply,
                                  runtime::Deadline deadline) const;
    /// Why no other child may be tried after that failure, which is made conclusive if no other group may go on either;
    /// nothing when one may. Empty: the outcome says enough. `way` is that of the last attempt that may have reached a
    /// server.
    std::optional<std::string> whyNoOther(message::SendOutcome& outcome,
                                          bool mayHaveReachedServer,
                                          const message::RetryWay* way,
                                          message::MessageContext& context,
                                          runtime::Deadline deadline) const;
    /// The code that stands for "this failure must not be tried elsewhere", by the child's retryConfig.
    virtual int nonRetryCode() const noexcept;
    /// A child that was chosen does not get the message after all.
    virtual void passedOver(std::size_t index) const { (void)index; }
    /// How busy child `index` is, where the group measures that; null otherwise.
    virtual const ChildLoad* load(std::size_t index) const noexcept {
        (void)index;
        return nullptr;
    }
    /// "Loadbalance endpoint": how Synapse's texts begin.
    virtual std::string_view kind() const noexcept = 0;

private:
    class Attempts;
    static inline constinit GroupObserver* observer_ = nullptr;
    /// The child for the next attempt, as the observer has it or as choose() says.
    std::size_t next(const Attempts& attempts) const;
    /// Gives the message to that child under the eyes of the group's health. `refused`: the child did not take it.
    message::SendOutcome sendWatched(std::size_t index,
                                     message::MessageContext& context,
                                     http::ClientResponse& reply,
                                     runtime::Deadline deadline,
                                     bool& refused) const;
    /// The child for a message that only limits keep from all children, once it has waited for a place, or
    /// plugin::kNoCandidate.
    [[gnu::cold]] std::size_t nextBeyondLimits(Attempts& attempts) const;
    /// When no child can take the message, or another try.
    [[gnu::cold]] message::SendOutcome nobody(Attempts& attempts) const;
    message::SendOutcome noneReady(runtime::TimePoint now) const;
    /// What the caller of this group gets to see of the last attempt's outcome.
    message::SendOutcome conclude(message::SendOutcome outcome, const Attempts& attempts, std::string_view why) const;

    Options options_;
    Children children_;
    bool sends_;
    bool bare_;     // neither properties nor limits of retries
    bool several_;  // children
};

/// Whether a group's element has <endpoint> children or <member> children, but not both, and some for the tenant;
/// reported otherwise.
bool checkChildren(config::Element& group, config::Build& build);

/// The <endpoint> children of a group's element as endpoints with a parent, which are those of its scope. Reports
/// siblings that refer to the same key.
GroupEndpoint::Children readChildren(config::Element& group, HealthScope& scope, config::Build& build);

/// What the group watches of its <endpoint> children, all of which have been built. `weights` are those that its
/// algorithm looks at; empty when there are none.
std::shared_ptr<const GroupHealth> watchedBy(const HealthScope& scope,
                                             const GroupEndpoint::Options& options,
                                             const GroupEndpoint::Children& children,
                                             const std::vector<std::uint32_t>& weights = {});

/// For kinds that have an odd spelling as well (loadBalance): warns of it, and marks it, when `kind` is not called
/// `name`. Afterwards it counts as that.
void settleSpelling(const config::Element& kind, std::string_view name);

/// The attribute buildMessage, which is understood and has no effect: bodies are kept as far as retryBody allows. Any
/// value is good to Synapse; one that is no truth value draws a warning.
void readBuildMessage(const config::Element& kind);

/// Name and properties of a group, and a warning about attributes that Synapse reads and never uses on groups.
GroupEndpoint::Options readGroupOptions(config::Element& endpoint,
                                        const config::EndpointPosition& position,
                                        config::Build& build);

}  // namespace myelin::endpoints
