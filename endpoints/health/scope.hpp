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

/// What a group says about the health of all endpoints in it; lives while they are being built. An endpoint is checked
/// as it says itself, else as the nearest group around it says.
class HealthScope {
public:
    /// Reads the <healthCheck> and <outlierDetection> of a group's element, its slowStart, and which children are
    /// secondary.
    HealthScope(const config::Element& group, const config::EndpointPosition& position, config::Build& build);
    HealthScope(const HealthScope&) = delete;
    HealthScope& operator=(const HealthScope&) = delete;
    ~HealthScope();

    /// A child of the group, once it has been built.
    struct Child {
        std::string identity;  ///< the leaves in it have that, or one that goes on with '/'
        std::string name;      ///< the same across reloads
        bool secondary = false;
    };
    /// The <endpoint> children of the group's element.
    const std::vector<Child>& endpointChildren() const noexcept { return children_; }
    /// What the group watches; null when it wants nothing of that kind. `name` is the group's, for people.
    std::shared_ptr<const GroupHealth> watch(std::string_view name, const std::vector<Child>& children) const;

private:
    friend struct HealthScopes;
    std::vector<std::shared_ptr<HealthMonitor>> monitorsBelow(const std::string& identity) const;

    void readChildren(const config::Element& group);

    config::Build* build_;
    std::string identity_;
    std::vector<Child> children_;
    std::optional<std::shared_ptr<const HealthCheck>> check_;  // nothing: as the group around this one says
    std::optional<OutlierPolicy> policy_;
    base::Milliseconds slowStart_{0};
    std::shared_ptr<LeafHealth::Flag> panic_;
    std::vector<std::pair<std::string, std::shared_ptr<HealthMonitor>>> monitors_;  // by identity of the leaf
};

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
