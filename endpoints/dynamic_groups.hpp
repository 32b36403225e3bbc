#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "endpoints/group.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/membership/handler.hpp"
#include "endpoints/membership/member_state.hpp"
#include "endpoints/rotation.hpp"
#include "engine/runtime/background.hpp"

namespace myelin::endpoints {

inline constexpr std::string_view kDynamicKind = "Dynamic load balance endpoint";

/// Members beyond these get no messages, so that the cost of one message has a bound.
inline constexpr std::size_t kMostMembers = 32;

/// What is known of the members of one place in the configuration, by address; survives a reload.
struct MemberStates {
    struct Known {
        std::shared_ptr<MemberState> state;
        std::shared_ptr<OutlierState> outliers = std::make_shared<OutlierState>();
        std::weak_ptr<HealthMonitor> monitor;  // ends with the last group that asks it
        std::string check;                     // what it does
        std::shared_ptr<LimitState> counted = std::make_shared<LimitState>();
    };
    std::mutex mutex;
    std::map<std::string, Known> byAddress;
    std::atomic<bool> off{false};  ///< all of them, those to come as well
};

/// What is the same whoever the members are.
struct DynamicParts {
    GroupEndpoint::Options options;
    HealthPlan health;
    std::shared_ptr<MembershipHandler> handler;
    std::shared_ptr<MemberStates> states;
    RotationRecipe algorithm;
    std::map<std::string, std::string> properties;  ///< fixed ones, which every member inherits
    std::shared_ptr<RotationSlot> httpRotations;
    std::shared_ptr<RotationSlot> httpsRotations;
    Inherited inherited;
    base::Milliseconds longestAttempt{0};
};

/// The groups over the members that a handler names: for each set of members one for each scheme, made when the first
/// message comes after a change or, if members are checked, within a second of it. Any thread.
class DynamicGroups : public std::enable_shared_from_this<DynamicGroups> {
public:
    explicit DynamicGroups(DynamicParts parts) : parts_(std::move(parts)) {}

    const DynamicParts& parts() const noexcept { return parts_; }
    std::string_view name() const noexcept {
        return parts_.options.name.empty() ? parts_.options.identity : parts_.options.name;
    }

    /// The groups of one set of members.
    struct Made {
        std::shared_ptr<const Members> members;
        std::unique_ptr<message::Endpoint> http;  ///< null when no member has a port for it
        std::unique_ptr<message::Endpoint> https;

        std::vector<const message::Endpoint*> both() const;
    };
    /// Of the members that the handler names now.
    std::shared_ptr<const Made> current();
    /// Those that were made last; null before anybody has asked for members.
    std::shared_ptr<const Made> latest() const;
    /// If they are checked, they are also found when no message comes.
    void start();

private:
    std::unique_ptr<message::Endpoint> groupOf(const Members& members, bool secure) const;
    std::shared_ptr<Rotation> rotationFor(const std::vector<plugin::Child>& children, bool secure) const;
    /// With the check that is wanted, started.
    MemberStates::Known stateOf(const std::string& address,
                                const Member& member,
                                bool secure,
                                const std::string& name,
                                std::shared_ptr<HealthMonitor>& monitor) const;
    void forgetOthers(const Members& members) const;

    DynamicParts parts_;
    mutable std::mutex mutex_;  // guards what is below; never held while waiting
    std::shared_ptr<const Made> made_;
    std::unique_ptr<runtime::PeriodicTask> keeper_;
};

}  // namespace myelin::endpoints
