#include <Poco/Logger.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "endpoints/by_scheme.hpp"
#include "endpoints/child.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/loadbalance.hpp"
#include "endpoints/member.hpp"
#include "endpoints/membership/handler.hpp"
#include "endpoints/membership/plugin.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kKind = "Dynamic load balance endpoint";

/// Members beyond these get no messages, so that the cost of one message has a bound.
constexpr std::size_t kMostMembers = 32;

/// The health of members by address; survives a reload.
struct MemberStates {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<MemberState>> byAddress;
    std::map<std::string, std::shared_ptr<LimitState>> counted;
};

/// Survives a reload that describes the handler in the same way.
struct HandlerSlot {
    std::shared_ptr<MembershipHandler> handler;
};

/// What is the same whoever the members are.
struct Parts {
    GroupEndpoint::Options options;
    std::shared_ptr<MembershipHandler> handler;
    std::shared_ptr<MemberStates> states;
    RotationRecipe algorithm;
    std::map<std::string, std::string> properties;  ///< fixed ones, which every member inherits
    std::shared_ptr<RotationSlot> httpRotations;
    std::shared_ptr<RotationSlot> httpsRotations;
    Inherited inherited;
    base::Milliseconds longestAttempt{0};
};

/// A load-balance group whose members change (synapse-endpoints 3.8). For each set of members there is a group, made
/// when the first message comes after a change; a message stays with the group with which it began, and so tries each
/// member once at most.
class DynamicLoadBalance final : public message::Endpoint {
public:
    explicit DynamicLoadBalance(Parts parts) : parts_(std::move(parts)) {}

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override {
        parts_.handler->await(deadline);
        const bool secure = parts_.handler->secure().value_or(context.exchange().server().secure());
        const auto groups = groupsOf(parts_.handler->current());
        const auto& group = secure ? groups->https : groups->http;
        if (!group) return noReadyChild(kKind, parts_.options.name, parts_.handler->condition());
        auto outcome = group->send(context, reply, deadline);
        // The member may be gone when the access log is written.
        if (outcome.answered) context.exchange().setAnsweringEndpoint(name());
        return outcome;
    }

    /// Before anybody has asked for members, there may be some.
    bool ready(runtime::TimePoint now) const noexcept override {
        const auto groups = latest();
        if (!groups) return true;
        return (groups->http && groups->http->ready(now)) || (groups->https && groups->https->ready(now)) ||
               groups->members != parts_.handler->current();
    }
    std::string_view name() const noexcept override {
        return parts_.options.name.empty() ? parts_.options.identity : parts_.options.name;
    }
    message::Bounds bounds() const noexcept override {
        const message::Bounds one{1, parts_.longestAttempt};
        if (!parts_.options.failover) return one;
        const std::size_t allowed = parts_.options.retries ? parts_.options.retries->maxAttempts() : 0;
        return one.times(allowed == 0 ? kMostMembers : std::min(allowed, kMostMembers));
    }
    void switchOff(runtime::TimePoint now) const override {
        for (const auto& groups = latest(); const auto* group : both(groups.get())) {
            if (group) group->switchOff(now);
        }
    }
    void switchOn(runtime::TimePoint now) const override {
        for (const auto& groups = latest(); const auto* group : both(groups.get())) {
            if (group) group->switchOn(now);
        }
    }
    std::string condition(runtime::TimePoint now) const override {
        const auto groups = latest();
        std::string text;
        if (groups) {
            for (const auto* group : both(groups.get())) {
                const std::string one = group ? group->condition(now) : std::string();
                if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
            }
            if (!groups->http && !groups->https) text = parts_.handler->condition();
        }
        return text;
    }

private:
    struct Groups {
        std::shared_ptr<const Members> members;
        std::unique_ptr<message::Endpoint> http;
        std::unique_ptr<message::Endpoint> https;
    };

    static std::array<const message::Endpoint*, 2> both(const Groups* groups) noexcept {
        if (!groups) return {};
        return {groups->http.get(), groups->https.get()};
    }

    std::shared_ptr<const Groups> latest() const noexcept {
        const std::lock_guard lock(mutex_);
        return groups_;
    }

    std::shared_ptr<const Groups> groupsOf(const std::shared_ptr<const Members>& members) const {
        const std::lock_guard lock(mutex_);
        if (groups_ && groups_->members == members) return groups_;
        auto made = std::make_shared<Groups>();
        made->members = members;
        made->http = groupOf(*members, false);
        made->https = groupOf(*members, true);
        forgetOthers(*members);
        if (members->size() > kMostMembers) {
            Poco::Logger::get("myelin.endpoints")
                .warning(std::string(name()) + ": of " + std::to_string(members->size()) + " members only the first " +
                         std::to_string(kMostMembers) + " get messages");
        }
        groups_ = std::move(made);
        return groups_;
    }

    static std::string addressOf(const Member& member, bool secure) {
        return (secure ? "https://" : "http://") + authorityOf(member.host, member.port(secure));
    }

    /// Null when none has a port for the scheme.
    std::unique_ptr<message::Endpoint> groupOf(const Members& members, bool secure) const {
        GroupEndpoint::Children leaves;
        Members used;
        for (const Member& member : members) {
            if (leaves.size() == kMostMembers) break;
            if (member.port(secure) == 0) continue;
            const std::string address = addressOf(member, secure);
            MemberLeafOptions options;
            options.name = std::string(name()) + " member " + address;
            options.longestAttempt = parts_.longestAttempt;
            options.inherited = parts_.inherited;
            if (!options.inherited.limits.empty()) options.counted = countedAt(address);
            if (parts_.options.failover) options.state = stateOf(address, member, secure);
            try {
                leaves.push_back(makeMemberLeaf(member, secure, std::move(options)));
                used.push_back(member);
            } catch (const std::runtime_error& error) {
                Poco::Logger::get("myelin.endpoints")
                    .error(std::string(name()) + ": TLS for https backends cannot be set up: " + error.what());
                break;
            } catch (const std::invalid_argument& error) {
                Poco::Logger::get("myelin.endpoints")
                    .error(std::string(name()) + ": member " + address + ": " + error.what());
            }
        }
        if (leaves.empty()) return nullptr;
        return makeBalancer(
            parts_.options, std::move(leaves), rotationFor(describeMembers(used, secure, parts_.properties), secure));
    }

    /// Members that the algorithm does not want (percentages that do not add up) take turns.
    std::shared_ptr<Rotation> rotationFor(const std::vector<plugin::Child>& children, bool secure) const {
        const auto& slot = secure ? parts_.httpsRotations : parts_.httpRotations;
        std::string failure = "its constructor failed";
        try {
            return slot->get(parts_.algorithm, children);
        } catch (const std::exception& error) {
            failure = error.what();
        } catch (...) {
            // Nothing more is known of what is no std::exception.
        }
        Poco::Logger::get("myelin.endpoints")
            .error(std::string(name()) + ": the algorithm " + parts_.algorithm.title() +
                   " cannot be used for these members, which take turns: " + failure);
        return slot->get(defaultAlgorithm(), children);
    }

    std::shared_ptr<MemberState> stateOf(const std::string& address, const Member& member, bool secure) const {
        const std::lock_guard lock(parts_.states->mutex);
        auto& state = parts_.states->byAddress[address];
        if (!state) state = std::make_shared<MemberState>(member.host, member.port(secure));
        return state;
    }

    std::shared_ptr<LimitState> countedAt(const std::string& address) const {
        const std::lock_guard lock(parts_.states->mutex);
        auto& counted = parts_.states->counted[address];
        if (!counted) counted = std::make_shared<LimitState>();
        return counted;
    }

    void forgetOthers(const Members& members) const {
        const std::lock_guard lock(parts_.states->mutex);
        const auto gone = [&](const auto& entry) {
            for (const Member& member : members) {
                if (entry.first == addressOf(member, false) || entry.first == addressOf(member, true)) return false;
            }
            return true;
        };
        std::erase_if(parts_.states->byAddress, gone);
        std::erase_if(parts_.states->counted, gone);
    }

    Parts parts_;
    mutable std::mutex mutex_;  // never held while waiting
    mutable std::shared_ptr<const Groups> groups_;
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
    auto element = kind.requiredChild("membershipHandler");
    auto handler = element ? readHandler(*element, position, build) : nullptr;
    if (!handler) return nullptr;
    Parts parts;
    if (balancing.known && !balancing.algorithm.weighted) warnOfWeights(endpoint, kind, balancing.algorithm.name);
    parts.options = std::move(balancing.options);
    parts.handler = std::move(handler);
    parts.states = build.states().get<MemberStates>(position.identity);
    parts.algorithm = std::move(balancing.algorithm);
    parts.properties = fixedProperties(endpoint);
    parts.httpRotations = build.states().get<RotationSlot>(position.identity + " http");
    parts.httpsRotations = build.states().get<RotationSlot>(position.identity + " https");
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
