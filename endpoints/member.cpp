#include "endpoints/member.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "endpoints/child.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/url.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/config/switched_off.hpp"
#include "engine/config/tenants.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// Synapse makes a throwaway address endpoint of scheme, member and path for every attempt; here the address is known
/// beforehand, and only the path comes from the message.
class MemberLeaf final : public LeafEndpoint {
public:
    MemberLeaf(LeafDefinition definition, std::shared_ptr<const http::Origin> origin)
        : LeafEndpoint(std::move(definition), nullptr), origin_(std::move(origin)) {}

protected:
    Target target(message::MessageContext& context, runtime::Deadline) const override {
        Target to;
        std::string_view wanted = context.addressing().to;
        if (wanted.empty()) {
            to.error = "the message has no To, and so no path";
            return to;
        }
        // One that a mediator has set may hold anything.
        if (wanted.find("://") == std::string_view::npos) {
            wanted = context.arena().join(wanted.front() == '/' ? "http://member" : "http://member/", wanted);
        }
        const auto parsed = parseUrl(wanted);
        if (!parsed.ok()) {
            to.error = "the message's To is \"" + std::string(context.addressing().to) + "\": " + parsed.error;
            return to;
        }
        to.origin = origin_.get();
        to.path = parsed.url.path;
        // The request target has it already.
        to.keepSuffix = !to.path.ends_with(context.restSuffix());
        return to;
    }
    std::string_view kind() const noexcept override { return "Member"; }

private:
    std::shared_ptr<const http::Origin> origin_;
};

/// The health of a member around its leaf: in service or not, whatever the failure was.
class MemberEndpoint final : public message::Endpoint, public Inspected {
public:
    MemberEndpoint(LeafDefinition definition, std::shared_ptr<const http::Origin> origin, MemberLeafOptions options)
        : leaf_(std::move(definition), std::move(origin)),
          state_(std::move(options.state)),
          health_(std::move(options.health)),
          keepsState_(options.keepsState),
          switchedOff_(options.switchedOff) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        auto outcome = leaf_.send(context, reply, deadline);
        if (outcome.answered || outcome.callerFault) return outcome;
        // A To without a path is the message's mistake, and the same for every member.
        if (outcome.code == message::error_code::kLeafNotReady) {
            outcome.conclusive = true;
        } else if (keepsState_) {
            state_->deactivate(outcome.detail, runtime::now());
        }
        return outcome;
    }
    bool ready(runtime::TimePoint) const noexcept override {
        return state_->active() && (!health_ || health_->ready()) && !switchedOff_;
    }
    std::string_view name() const noexcept override { return leaf_.name(); }
    message::Bounds bounds() const noexcept override { return leaf_.bounds(); }
    void switchOff(runtime::TimePoint now) const override { state_->switchOff(now); }
    void switchOn(runtime::TimePoint) const override { state_->switchOn(); }
    std::string_view stateName(base::TimePoint) const override {
        if (switchedOff_ || state_->off()) return "OFF";
        return state_->active() ? "ACTIVE" : "SUSPENDED";
    }
    std::string_view healthName() const override {
        return health_ ? toText(health_->monitor().state().snapshot().health) : std::string_view();
    }
    std::string condition(runtime::TimePoint now) const override {
        if (switchedOff_) return "endpoint " + std::string(name()) + " is switched off in the configuration";
        if (!state_->active()) return state_->condition(now);
        return health_ && !health_->ready() ? health_->monitor().condition(now) : std::string();
    }

private:
    MemberLeaf leaf_;
    std::shared_ptr<MemberState> state_;
    std::unique_ptr<const LeafHealth> health_;
    bool keepsState_;
    bool switchedOff_;
};

Url urlOf(const Member& member, bool secure) {
    Url url;
    url.secure = secure;
    url.host = member.host;
    url.port = member.port(secure);
    return url;
}

/// The host as a URL would have it, or "" after reporting that it is none.
std::string readHost(const config::Element& element) {
    const std::string text{base::trim(element.required("hostName"))};
    if (text.empty()) return {};
    const bool bare6 = text.find(':') != std::string::npos && text.front() != '[';
    const std::string url = "http://" + (bare6 ? "[" + text + "]" : text) + ":1/";
    const auto parsed = parseUrl(url);
    if (parsed.ok() && parsed.url.path == "/" && parsed.url.port == 1) return parsed.url.host;
    element.errorAt("hostName", "\"" + text + "\" is no host", "give a name or an address, and the port in httpPort");
    return {};
}

}  // namespace

std::unique_ptr<message::Endpoint> makeMemberLeaf(const Member& member, bool secure, MemberLeafOptions options) {
    LeafDefinition definition;
    definition.name = std::move(options.name);
    definition.position.inGroup = true;
    definition.longestAttempt = options.longestAttempt;
    definition.policy = std::move(options.inherited.policy);
    definition.timeout = std::move(options.inherited.timeout);
    auto limits = std::move(options.inherited.limits);
    auto counted = std::move(options.counted);
    auto made =
        std::make_unique<MemberEndpoint>(std::move(definition), originFor(urlOf(member, secure)), std::move(options));
    return withLimits(std::move(made), std::move(limits), std::move(counted), true);
}

std::shared_ptr<const http::Origin> originOf(const Member& member, bool secure) {
    return originFor(urlOf(member, secure));
}

Members readMembers(config::Element& group, config::Build& build) {
    constexpr std::uint16_t kMost = 65535;
    Members members;
    for (const auto& element : config::forTenant(group.childrenNamed("member"), build)) {
        Member member;
        member.host = readHost(element);
        member.httpPort = element.integer<std::uint16_t>("httpPort", 1, kMost, 0);
        // Synapse takes a blank httpsPort for an absent one, but not a blank httpPort.
        if (!base::trim(element.attribute("httpsPort", "")).empty()) {
            member.httpsPort = element.integer<std::uint16_t>("httpsPort", 1, kMost, 0);
        }
        member.weight = element.integer<std::uint32_t>("weight", 0, kGreatestWeight, 1);
        element.beyondSynapse("weight");
        if (element.has("secondary")) member.secondary = element.boolean("secondary", false);
        element.beyondSynapse("secondary");
        member.switchedOff = config::readSwitchedOff(element);
        if (!element.has("httpPort") && base::trim(element.attribute("httpsPort", "")).empty()) {
            element.error("<member> has no port", "give httpPort, httpsPort, or both");
        }
        if (!member.host.empty() && (member.httpPort != 0 || member.httpsPort != 0)) {
            members.push_back(std::move(member));
        }
    }
    const bool primary = std::any_of(members.begin(), members.end(), [](const Member& one) { return !one.secondary; });
    if (!primary && !members.empty()) {
        group.error("all members are secondary", "leave secondary out at those that get messages first");
    }
    return members;
}

std::vector<HealthScope::Child> watchedMembers(const Members& members,
                                               bool secure,
                                               const config::EndpointPosition& position) {
    std::vector<std::string> ids;
    std::vector<HealthScope::Child> children;
    for (const Member& member : members) {
        if (member.port(secure) == 0) continue;
        ids.push_back((secure ? "https://" : "http://") + authorityOf(member.host, member.port(secure)));
        children.push_back({{}, {}, member.secondary});
    }
    config::numberRepeated(ids);
    for (std::size_t index = 0; index < ids.size(); ++index) {
        children[index].identity = position.identity + "/" + ids[index];
        children[index].name = std::move(ids[index]);
    }
    return children;
}

GroupEndpoint::Children memberLeaves(const Members& members,
                                     bool secure,
                                     bool keepState,
                                     const config::Element& group,
                                     HealthScope& scope,
                                     const config::EndpointPosition& position,
                                     config::Build& build) {
    GroupEndpoint::Children leaves;
    const auto children = watchedMembers(members, secure, position);
    for (const Member& member : members) {
        if (member.port(secure) == 0) continue;
        const auto& child = children[leaves.size()];
        MemberLeafOptions options;
        options.name = position.identity + " member " + child.name;
        options.inherited = EndpointDefaults::of(build);
        options.longestAttempt =
            longestAttemptWith(options.inherited.policy, options.inherited.timeout.get(), build.options());
        if (!options.inherited.limits.empty()) {
            options.counted = build.states().get<LimitState>(position.identity + " " + child.name);
        }
        options.state =
            build.states().get<MemberState>(position.identity + " " + child.name, member.host, member.port(secure));
        options.keepsState = keepState;
        options.switchedOff = member.switchedOff;
        try {
            scope.building(child);
            options.health =
                startCheck({nullptr, child.identity, options.name, originFor(urlOf(member, secure)), {}}, build);
            leaves.push_back(makeMemberLeaf(member, secure, std::move(options)));
        } catch (const std::runtime_error& error) {
            group.error(std::string("TLS for https backends cannot be set up: ") + error.what());
            break;
        }
    }
    return leaves;
}

}  // namespace myelin::endpoints
