#pragma once

#include <memory>
#include <string>

#include "endpoints/group.hpp"
#include "endpoints/health/monitor.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/limits/defaults.hpp"
#include "endpoints/membership/member.hpp"
#include "endpoints/membership/member_state.hpp"
#include "engine/config/build.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// What goes into the leaf of one port of a member.
struct MemberLeafOptions {
    std::string name;     ///< for people
    Inherited inherited;  ///< time-out, retryConfig and limits
    /// What is counted for the limits; null without any.
    std::shared_ptr<LimitState> counted;
    base::Milliseconds longestAttempt{0};
    /// For all members; operators switch it.
    std::shared_ptr<MemberState> state;
    bool keepsState = true;    ///< failures take it out of service
    bool switchedOff = false;  ///< in the configuration
    /// What checks say about it; null: nothing.
    std::unique_ptr<const LeafHealth> health;
};

/// The leaf that sends to one port of a member: the path and query of the message's To at that host. Throws
/// std::runtime_error when the TLS settings for https do not work.
std::unique_ptr<message::Endpoint> makeMemberLeaf(const Member& member, bool secure, MemberLeafOptions options);

/// Where messages for that port go. Throws as makeMemberLeaf() does.
std::shared_ptr<const http::Origin> originOf(const Member& member, bool secure);

/// The <member> children of a group that are for the tenant. Reports missing hosts, ports that are none, and members
/// without any port.
Members readMembers(config::Element& group, config::Build& build);

/// Those that have a port for the scheme, as children of a scope of health.
std::vector<HealthScope::Child> watchedMembers(const Members& members,
                                               bool secure,
                                               const config::EndpointPosition& position);

/// Their leaves for one scheme, in the order of declaration; members without a port for it are left out. `keepState`:
/// whether failures take them out of service. `scope` is the group's. Reports TLS settings that do not work.
GroupEndpoint::Children memberLeaves(const Members& members,
                                     bool secure,
                                     bool keepState,
                                     const config::Element& group,
                                     HealthScope& scope,
                                     const config::EndpointPosition& position,
                                     config::Build& build);

}  // namespace myelin::endpoints
