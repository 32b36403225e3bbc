#include "endpoints/dynamic_groups.hpp"

#include <Poco/Logger.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "endpoints/child.hpp"
#include "endpoints/loadbalance.hpp"
#include "endpoints/member.hpp"
#include "endpoints/sessions/session_rules.hpp"
#include "endpoints/tls_client.hpp"

namespace myelin::endpoints {

namespace {

constexpr base::Milliseconds kKeeping{1000};

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.endpoints");
    return instance;
}

std::string addressOf(const Member& member, bool secure) {
    return (secure ? "https://" : "http://") + authorityOf(member.host, member.port(secure));
}

}  // namespace

std::vector<const message::Endpoint*> DynamicGroups::Made::both() const {
    std::vector<const message::Endpoint*> groups;
    for (const auto* group : {http.get(), https.get()}) {
        if (group) groups.push_back(group);
    }
    return groups;
}

std::shared_ptr<const DynamicGroups::Made> DynamicGroups::latest() const {
    const std::lock_guard lock(mutex_);
    return made_;
}

void DynamicGroups::start() {
    // After a reload the members are known already, and so is their health.
    if (!parts_.handler->current()->empty()) current();
    if (!parts_.health.check) return;
    keeper_ = std::make_unique<runtime::PeriodicTask>(kKeeping, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->latest()) self->current();
    });
}

std::shared_ptr<const DynamicGroups::Made> DynamicGroups::current() {
    const auto members = parts_.handler->current();
    const std::lock_guard lock(mutex_);
    if (made_ && made_->members == members) return made_;
    auto made = std::make_shared<Made>();
    made->members = members;
    made->http = groupOf(*members, false);
    made->https = groupOf(*members, true);
    forgetOthers(*members);
    if (members->size() > kMostMembers) {
        logger().warning(std::string(name()) + ": of " + std::to_string(members->size()) + " members only the first " +
                         std::to_string(kMostMembers) + " get messages");
    }
    made_ = std::move(made);
    return made_;
}

/// Null when none has a port for the scheme.
std::unique_ptr<message::Endpoint> DynamicGroups::groupOf(const Members& members, bool secure) const {
    GroupEndpoint::Children leaves;
    Members used;
    std::vector<GroupHealth::Child> watched;
    auto groupOptions = parts_.options;
    const auto& plan = parts_.health;
    const auto panic = plan.panics() ? std::make_shared<LeafHealth::Flag>(false) : nullptr;
    for (const Member& member : members) {
        if (leaves.size() == kMostMembers) break;
        if (member.port(secure) == 0) continue;
        const std::string address = addressOf(member, secure);
        MemberLeafOptions options;
        options.name = parts_.options.identity + " member " + address;
        options.longestAttempt = parts_.longestAttempt;
        options.inherited = parts_.inherited;
        options.keepsState = parts_.options.failover;
        try {
            std::shared_ptr<HealthMonitor> monitor;
            const auto known = stateOf(address, member, secure, options.name, monitor);
            options.state = known.state;
            if (!options.inherited.limits.empty()) options.counted = known.counted;
            GroupHealth::Child child{address, member.secondary, {}, nullptr, 1};
            if (plan.policy) child.outliers = known.outliers;
            if (monitor) {
                child.monitors.push_back(monitor);
                options.health = std::make_unique<const LeafHealth>(
                    std::move(monitor), panic ? std::shared_ptr<const LeafHealth::Flag>(panic) : plan.outerPanic);
            }
            if (parts_.algorithm.weighted) child.weight = member.weight;
            leaves.push_back(makeMemberLeaf(member, secure, std::move(options)));
            watched.push_back(std::move(child));
            used.push_back(member);
        } catch (const std::invalid_argument& error) {
            logger().error(std::string(name()) + ": member " + address + ": " + error.what());
        } catch (const std::runtime_error& error) {
            logger().error(std::string(name()) + ": TLS for https backends cannot be set up: " + error.what());
            break;
        }
    }
    if (leaves.empty()) return nullptr;
    const bool secondary = std::any_of(used.begin(), used.end(), [](const Member& one) { return one.secondary; });
    if (plan.watches() || secondary) {
        groupOptions.health = std::make_shared<const GroupHealth>(
            GroupHealth::Options{plan.name, plan.policy, plan.slowStart, panic, plan.minimum}, std::move(watched));
    }
    groupOptions.sessions = SessionRules::forScheme(groupOptions.sessions, secure);
    return makeBalancer(std::move(groupOptions),
                        std::move(leaves),
                        rotationFor(describeMembers(used, secure, parts_.properties), secure));
}

/// Members that the algorithm does not want (percentages that do not add up) take turns.
std::shared_ptr<Rotation> DynamicGroups::rotationFor(const std::vector<plugin::Child>& children, bool secure) const {
    const auto& slot = secure ? parts_.httpsRotations : parts_.httpRotations;
    std::string failure = "its constructor failed";
    try {
        return slot->get(parts_.algorithm, children);
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        // Nothing more is known of what is no std::exception.
    }
    logger().error(std::string(name()) + ": the algorithm " + parts_.algorithm.title() +
                   " cannot be used for these members, which take turns: " + failure);
    return slot->get(defaultAlgorithm(), children);
}

MemberStates::Known DynamicGroups::stateOf(const std::string& address,
                                           const Member& member,
                                           bool secure,
                                           const std::string& name,
                                           std::shared_ptr<HealthMonitor>& monitor) const {
    const std::lock_guard lock(parts_.states->mutex);
    auto& known = parts_.states->byAddress[address];
    if (!known.state) known.state = std::make_shared<MemberState>(member.host, member.port(secure));
    if (const auto& check = parts_.health.check) {
        const std::string wanted = check->written + (secure ? std::to_string(tlsClientGeneration()) : "");
        if (known.check == wanted) monitor = known.monitor.lock();
        if (!monitor) {
            monitor = makeMonitor(name, check, originOf(member, secure), {});
            monitor->start();
            known.monitor = monitor;
            known.check = wanted;
        }
    }
    return known;
}

void DynamicGroups::forgetOthers(const Members& members) const {
    const std::lock_guard lock(parts_.states->mutex);
    std::erase_if(parts_.states->byAddress, [&](const auto& entry) {
        // What an operator has switched off is so when it comes back, and what it has under way still counts.
        const auto& known = entry.second;
        return !known.state->off() && known.counted->inFlight->underWay() == 0 &&
               std::none_of(members.begin(), members.end(), [&](const Member& member) {
                   return entry.first == addressOf(member, false) || entry.first == addressOf(member, true);
               });
    });
}

}  // namespace myelin::endpoints
