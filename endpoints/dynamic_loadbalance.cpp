#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "endpoints/by_scheme.hpp"
#include "endpoints/child.hpp"
#include "endpoints/dynamic_groups.hpp"
#include "endpoints/inspected.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/loadbalance.hpp"
#include "endpoints/membership/plugin.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// Survives a reload that describes the handler in the same way.
struct HandlerSlot {
    std::shared_ptr<MembershipHandler> handler;
};

/// A load-balance group whose members change (synapse-endpoints 3.8). A message stays with the group with which it
/// began, and so tries each member once at most; members that are gone finish what they have.
class DynamicLoadBalance final : public message::Endpoint, public Changing, public Inspected {
public:
    explicit DynamicLoadBalance(DynamicParts parts) : groups_(std::make_shared<DynamicGroups>(std::move(parts))) {
        groups_->start();
    }

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        if (off()) return noReadyChild(kDynamicKind, options().name, condition(runtime::now()));
        handler().await(deadline);
        const bool secure = handler().secure().value_or(context.exchange().server().secure());
        const auto groups = groups_->current();
        const auto& group = secure ? groups->https : groups->http;
        if (!group) return noReadyChild(kDynamicKind, options().name, handler().condition());
        auto outcome = group->send(context, reply, deadline);
        // The member may be gone when the access log is written.
        if (outcome.answered) context.exchange().setAnsweringEndpoint(name());
        return outcome;
    }

    /// Before anybody has asked for members, there may be some.
    bool ready(runtime::TimePoint now) const noexcept override {
        if (off()) return false;
        const auto groups = groups_->latest();
        if (!groups || groups->members != handler().current()) return true;
        const auto both = groups->both();
        return std::any_of(both.begin(), both.end(), [&](const auto* group) { return group->ready(now); });
    }
    std::string_view name() const noexcept override { return groups_->name(); }
    message::Bounds bounds() const noexcept override {
        const message::Bounds one{1, groups_->parts().longestAttempt};
        if (!options().failover) return one;
        const std::size_t allowed = options().retries ? options().retries->maxAttempts() : 0;
        return one.times(allowed == 0 ? kMostMembers : std::min(allowed, kMostMembers));
    }
    /// Members that come later are switched as well.
    void switchOff(runtime::TimePoint) const override { states().off = true; }
    void switchOn(runtime::TimePoint now) const override {
        states().off = false;
        if (const auto groups = groups_->latest()) {
            for (const auto* group : groups->both()) group->switchOn(now);
        }
    }
    std::string condition(runtime::TimePoint now) const override {
        if (off()) return "endpoint " + std::string(name()) + " is switched off by an operator";
        const auto groups = groups_->latest();
        if (!groups) return {};
        const auto both = groups->both();
        if (both.empty()) return handler().condition();
        std::string text;
        for (const auto* group : both) {
            const std::string one = group->condition(now);
            if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
        }
        return text;
    }
    std::shared_ptr<const void> visitNow(const std::function<void(const message::Endpoint&)>& visitor) const override {
        const auto groups = groups_->latest();
        if (groups) {
            for (const auto* group : groups->both()) group->visit(visitor);
        }
        return groups;
    }

    std::string_view stateName(base::TimePoint) const override { return off() ? "OFF" : "ACTIVE"; }
    std::string_view healthName() const override { return {}; }

private:
    const GroupEndpoint::Options& options() const noexcept { return groups_->parts().options; }
    MembershipHandler& handler() const noexcept { return *groups_->parts().handler; }
    MemberStates& states() const noexcept { return *groups_->parts().states; }
    bool off() const noexcept { return states().off.load(std::memory_order_relaxed); }

    std::shared_ptr<DynamicGroups> groups_;
};

void reportUnknownHandler(config::Element& element, const std::string& name, const config::PluginSource& source) {
    element.ignore();
    auto known = source.plugins.membershipHandlerNames();
    const std::string what = "unknown membership handler \"" + name + "\"";
    if (source.isFile()) {
        element.errorAt("class", what + config::didYouMean(name, known), source.has(known));
        return;
    }
    if (name.starts_with("org.apache.synapse.") || name.starts_with("org.apache.axis2.")) {
        element.errorAt("class",
                        "\"" + name + "\" needs an Axis2 cluster, which does not exist here",
                        R"(use class="myelin.dns" with the members' DNS names, or <loadbalance> with <member>s)");
        return;
    }
    const auto builtIn = membershipHandlerRegistry().names();
    known.insert(known.begin(), builtIn.begin(), builtIn.end());
    element.errorAt("class", what + config::didYouMean(name, known), config::listOf("known ones: ", known));
}

std::shared_ptr<MembershipHandler> readHandler(config::Element& element,
                                               const config::EndpointPosition& position,
                                               config::Build& build) {
    const std::string name{base::trim(element.required("class"))};
    if (name.empty()) return nullptr;
    const auto source = config::PluginSource::of(element, build);
    if (!source) {
        element.ignore();
        return nullptr;
    }
    const auto* factory = source->isFile() ? nullptr : membershipHandlerRegistry().find(name);
    const auto plugged = factory ? std::nullopt : source->plugins.membershipHandler(name);
    if (!factory && !plugged) {
        reportUnknownHandler(element, name, *source);
        return nullptr;
    }
    element.beyondSynapse("class", "Synapse has no membership handler \"" + name + "\"");
    MembershipProperties properties(element);
    auto made = factory ? (*factory)(properties) : makePluginMembership(element, name, *plugged, properties);
    properties.finish();
    if (!made) return nullptr;
    // A handler of a library that has changed since is another one.
    const std::string library = plugged ? " " + std::to_string(plugged->library->serial()) : "";
    auto slot = build.states().get<HandlerSlot>(position.identity + " " + name + library + properties.fingerprint());
    if (!slot->handler) slot->handler = std::move(made);
    // Both live as long as one of them is used.
    return {slot, slot->handler.get()};
}

std::unique_ptr<message::Endpoint> makeDynamicLoadBalance(config::Element& endpoint,
                                                          config::Element& kind,
                                                          const config::EndpointPosition& position,
                                                          config::Build& build) {
    settleSpelling(kind, "dynamicLoadbalance");
    auto balancing = Balancing::read(endpoint, kind, position, build);
    const EndpointDefaults defaults(kind, build);
    const auto limits = readLimits(kind, {}, build);
    balancing.options.retries = RetryLimits::read(kind, position.identity, build);
    const HealthScope health(kind, position, build);
    auto element = kind.requiredChild("membershipHandler");
    auto handler = element ? readHandler(*element, position, build) : nullptr;
    if (!handler) return nullptr;
    if (balancing.known && !balancing.algorithm.weighted)
        warnOfWeights(endpoint, kind, balancing.algorithm.name, balancing.options.sessions != nullptr, build);
    tryAlgorithm(balancing, endpoint, kind);
    DynamicParts parts;
    parts.health = health.plan(balancing.options.name.empty() ? position.identity : balancing.options.name);
    parts.options = std::move(balancing.options);
    parts.handler = std::move(handler);
    parts.states = build.states().get<MemberStates>(position.identity);
    parts.algorithm = std::move(balancing.algorithm);
    parts.properties = fixedProperties(endpoint);
    parts.httpRotations = build.states().get<RotationSlot>(position.identity + " #http");
    parts.httpsRotations = build.states().get<RotationSlot>(position.identity + " #https");
    parts.inherited = EndpointDefaults::of(build);
    parts.longestAttempt = longestAttemptWith(parts.inherited.policy, parts.inherited.timeout.get(), build.options());
    if (parts.inherited.limits.inFlight) parts.longestAttempt += parts.inherited.limits.inFlight->wait;
    return withOwnLimits(std::make_unique<DynamicLoadBalance>(std::move(parts)), limits, position, build);
}

std::unique_ptr<message::Endpoint> refuseServiceDynamic(config::Element&,
                                                        config::Element& kind,
                                                        const config::EndpointPosition&,
                                                        config::Build&) {
    kind.ignore();
    kind.error("<serviceDynamicLoadbalance> needs an Axis2 cluster, which does not exist here",
               "use a <switch> on the Host header with one <dynamicLoadbalance> for each domain");
    return nullptr;
}

const config::Registration<config::EndpointFactory> kDynamic{
    config::endpointRegistry(), "dynamicLoadbalance", {&makeDynamicLoadBalance, 70, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "dynamicLoadBalance", {&makeDynamicLoadBalance, 71, false, true}};
const config::Registration<config::EndpointFactory> kService{
    config::endpointRegistry(), "serviceDynamicLoadbalance", {&refuseServiceDynamic, 75, false, true}};

}  // namespace

}  // namespace myelin::endpoints
