#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "endpoints/health/check.hpp"
#include "endpoints/health/monitor.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What a group says about the health of all endpoints in it; lives while they are being built. An endpoint is checked
/// as it says itself, else as the nearest group around it says.
class HealthScope {
public:
    /// Reads the <healthCheck> of a group's element.
    HealthScope(const config::Element& group, const config::EndpointPosition& position, config::Build& build);
    HealthScope(const HealthScope&) = delete;
    HealthScope& operator=(const HealthScope&) = delete;
    ~HealthScope();

    /// The monitors of all leaves at or below the place with that identity.
    std::vector<std::shared_ptr<HealthMonitor>> monitorsBelow(const std::string& identity) const;

private:
    friend struct HealthScopes;
    config::Build* build_;
    std::string identity_;
    std::optional<std::shared_ptr<const HealthCheck>> check_;  // nothing: as the group around this one says
    std::shared_ptr<const LeafHealth::Flag> panic_;
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
