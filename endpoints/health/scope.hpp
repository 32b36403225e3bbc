#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "endpoints/health/check.hpp"
#include "endpoints/health/group_health.hpp"
#include "endpoints/health/monitor.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What a group does about the health of its children; for groups whose children are made later.
struct HealthPlan {
    std::string name;                          ///< of the group, for people
    std::shared_ptr<const HealthCheck> check;  ///< of the children, its own or of a group around it; null: none
    std::optional<OutlierPolicy> policy;
    base::Milliseconds slowStart{0};
    std::uint32_t minimum = 0;  ///< percent
    /// Of a group around it, to which its children belong as well.
    std::shared_ptr<const LeafHealth::Flag> outerPanic;

    /// Whether there is anything to watch, also when no child is secondary.
    bool watches() const noexcept { return policy || slowStart.count() != 0 || minimum != 0; }
    bool panics() const noexcept { return policy && policy->panic != 0 && minimum == 0; }
};

/// A check of a server, not yet started. Throws std::runtime_error when TLS cannot be set up.
std::shared_ptr<HealthMonitor> makeMonitor(std::string name,
                                           std::shared_ptr<const HealthCheck> check,
                                           std::shared_ptr<const http::Origin> origin,
                                           std::string path);

/// What a group says about the health of all endpoints in it, and which of them is which; lives while they are being
/// built. An endpoint is checked as it says itself, else as the nearest group around it says.
class HealthScope {
public:
    /// A list gives each message to all of its children.
    enum class Group : std::uint8_t { OfChoices, List };

    /// Reads the <healthCheck> and <outlierDetection> of a group's element, its slowStart and minimumAvailable, and
    /// which children are secondary.
    HealthScope(const config::Element& group,
                const config::EndpointPosition& position,
                config::Build& build,
                Group kind = Group::OfChoices);
    HealthScope(const HealthScope&) = delete;
    HealthScope& operator=(const HealthScope&) = delete;
    ~HealthScope();

    /// A child of the group.
    struct Child {
        std::string identity;  ///< see EndpointPosition
        std::string name;      ///< the same across reloads; no two in a group have the same
        bool secondary = false;
    };
    /// The <endpoint> children of the group's element that are used.
    const std::vector<Child>& endpointChildren() const noexcept { return children_; }
    /// From here on what is built belongs to that child of the group.
    void building(const Child& child) { current_ = child; }
    /// What the group watches of these children, all of which have been built; null when it wants nothing of that kind.
    /// `name` is the group's, for people; `weights` are empty when they do not matter.
    std::shared_ptr<const GroupHealth> watch(std::string_view name,
                                             const std::vector<Child>& children,
                                             const std::vector<std::uint32_t>& weights) const;
    /// For children that are made later.
    HealthPlan plan(std::string_view name) const;

private:
    friend struct HealthScopes;
    std::vector<std::shared_ptr<HealthMonitor>> monitorsOf(const std::string& identity) const;

    void readChildren(const config::Element& group);

    config::Build* build_;
    std::string identity_;
    std::vector<Child> children_;
    Child current_;                                            // being built
    std::optional<std::shared_ptr<const HealthCheck>> check_;  // nothing: as the group around this one says
    std::optional<OutlierPolicy> policy_;
    base::Milliseconds slowStart_{0};
    std::uint32_t minimum_ = 0;
    std::shared_ptr<LeafHealth::Flag> panic_;
    std::vector<std::pair<std::string, std::shared_ptr<HealthMonitor>>> monitors_;  // by identity of the child
};

/// The identity of what is kept for a leaf: children that come, go or change places, in its group or in those around
/// it, must not give it another one. `what` is what is special about it: with another address it is another leaf.
std::string stateIdentity(config::Build& build, const config::EndpointPosition& position, std::string_view what);

/// A leaf that is to be checked.
struct CheckedLeaf {
    const config::Element* element;  ///< the <endpoint>, with a <healthCheck> or without; null for members
    std::string identity;            ///< its place
    std::string name;                ///< for people
    /// Where its messages go; null when that is only known with the message.
    std::shared_ptr<const http::Origin> origin;
    std::string path;
};

/// Starts the check of a leaf; null when nobody wants one, or when it cannot be (which is reported).
std::unique_ptr<const LeafHealth> startCheck(const CheckedLeaf& leaf, config::Build& build);

}  // namespace myelin::endpoints
