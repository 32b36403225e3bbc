#include "endpoints/loadbalance.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "endpoints/balancer.hpp"
#include "endpoints/by_scheme.hpp"
#include "endpoints/child.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/member.hpp"
#include "endpoints/sessions/session_balancer.hpp"
#include "endpoints/sessions/session_rules.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/plugin_source.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kDefaultAlgorithm = "roundRobin";

/// Synapse knows one policy, and takes the names of Java classes as algorithms.
void markBeyondSynapse(const config::Element& kind, std::string_view attribute, const std::string& name) {
    if (attribute == "policy" && name != kDefaultAlgorithm) {
        kind.beyondSynapse(attribute, "Synapse has no policy \"" + name + "\"", "it knows roundRobin only");
    } else if (attribute == "algorithm" && name.find('.') == std::string::npos) {
        kind.beyondSynapse(attribute, "Synapse has no algorithm \"" + name + "\"", "it takes the name of a Java class");
    }
}

/// Nothing when nobody has that name. A group that names a file wants what is in it, also under a name that comes with
/// Myelin.
std::optional<RotationRecipe> findAlgorithm(const std::string& name, const config::PluginSource& source) {
    RotationRecipe recipe;
    recipe.name = name;
    const auto* known = source.isFile() ? nullptr : algorithmRegistry().find(name);
    if (known) {
        recipe.factory = known->make;
        recipe.weighted = known->weighted;
    } else if (const auto plugged = source.plugins.algorithm(name)) {
        recipe.factory = plugged->factory;
        recipe.library = plugged->library;
    } else {
        return std::nullopt;
    }
    return recipe;
}

void reportUnknownAlgorithm(const config::Element& kind,
                            std::string_view attribute,
                            const std::string& name,
                            const config::PluginSource& source) {
    auto known = source.plugins.algorithmNames();
    std::string has;
    if (source.isFile()) {
        has = source.has(known);
    } else {
        const auto builtIn = algorithmRegistry().names();
        known.insert(known.begin(), builtIn.begin(), builtIn.end());
        has = config::listOf("known ones: ", known);
    }
    kind.errorAt(attribute, "unsupported algorithm \"" + name + "\"" + config::didYouMean(name, known), std::move(has));
}

/// The algorithm, whichever attribute names it; reported and the default when it is not known.
void readAlgorithm(const config::Element& kind, const config::Build& build, Balancing& balancing) {
    balancing.algorithm = defaultAlgorithm();
    balancing.known = false;
    const auto policy = kind.attribute("policy");
    const auto algorithm = kind.attribute("algorithm");
    const auto source = config::PluginSource::of(kind, build);
    if (policy && algorithm) {
        kind.errorAt("algorithm", "policy and algorithm cannot be used together", "leave one of them out");
        return;
    }
    if (!source) return;
    if (!policy && !algorithm) {
        if (source->isFile()) {
            kind.errorAt("library",
                         "this group uses nothing of " + source->library,
                         "name an algorithm of it: " + source->has(source->plugins.algorithmNames()));
        }
        kind.resolved("policy", kDefaultAlgorithm);
        balancing.known = true;
        return;
    }
    balancing.attribute = policy ? "policy" : "algorithm";
    const std::string name{base::trim(policy ? *policy : *algorithm)};
    if (auto found = findAlgorithm(name, *source)) {
        balancing.algorithm = std::move(*found);
        balancing.known = true;
        if (!source->isFile()) markBeyondSynapse(kind, balancing.attribute, name);
        return;
    }
    reportUnknownAlgorithm(kind, balancing.attribute, name, *source);
}

void reportUnusable(const Balancing& balancing, const config::Element& kind, const std::string& failure) {
    const std::string what = "the algorithm " + balancing.algorithm.title() + " cannot be used here: " + failure;
    if (balancing.attribute.empty())
        kind.error(what);
    else
        kind.errorAt(balancing.attribute, what);
}

/// Null after reporting what the algorithm has against its options or its children.
std::shared_ptr<Rotation> rotationFor(const Balancing& balancing,
                                      std::vector<plugin::Child> children,
                                      const std::string& identity,
                                      const config::Element& kind,
                                      config::Build& build) {
    const auto& recipe = balancing.algorithm;
    // What is kept for a group has to live as long as what it has made.
    auto slot = build.states().get<RotationSlot>(identity);
    std::string failure = "its constructor failed";
    try {
        auto rotation = slot->get(recipe, std::move(children));
        return {std::make_shared<std::pair<std::shared_ptr<RotationSlot>, std::shared_ptr<Rotation>>>(slot, rotation),
                rotation.get()};
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        // Nothing more is known of what is no std::exception.
    }
    reportUnusable(balancing, kind, failure);
    return nullptr;
}

/// Those that the algorithm looks at; empty when it looks at none.
std::vector<std::uint32_t> weightsOf(const RotationRecipe& algorithm, const std::vector<plugin::Child>& children) {
    std::vector<std::uint32_t> weights;
    for (const auto& child : children) {
        if (algorithm.weighted) weights.push_back(child.weight);
    }
    return weights;
}

/// <member> children: a group for each scheme that at least one of them has a port for.
std::unique_ptr<message::Endpoint> balanceMembers(const Balancing& balancing,
                                                  const config::Element& endpoint,
                                                  config::Element& kind,
                                                  HealthScope& health,
                                                  const config::EndpointPosition& position,
                                                  config::Build& build) {
    const auto members = readMembers(kind, build);
    if (members.empty()) return nullptr;
    std::unique_ptr<message::Endpoint> groups[2];
    for (const bool secure : {false, true}) {
        const auto watched = watchedMembers(members, secure, position);
        auto leaves = memberLeaves(members, secure, balancing.options.failover, kind, health, position, build);
        if (leaves.empty()) continue;
        auto described = describeMembers(members, secure, fixedProperties(endpoint));
        // Fewer leaves than members: it has been reported why.
        if (described.size() != leaves.size()) return nullptr;
        auto options = balancing.options;
        options.sessions = SessionRules::forScheme(options.sessions, secure);
        options.health = health.watch(
            options.name.empty() ? options.identity : options.name, watched, weightsOf(balancing.algorithm, described));
        auto rotation = rotationFor(
            balancing, std::move(described), position.identity + (secure ? " #https" : " #http"), kind, build);
        if (!rotation) return nullptr;
        groups[secure ? 1 : 0] = makeBalancer(std::move(options), std::move(leaves), std::move(rotation));
    }
    const auto& options = balancing.options;
    return std::make_unique<BySchemeEndpoint>(kLoadBalanceKind,
                                              options.name.empty() ? options.identity : options.name,
                                              std::move(groups[0]),
                                              std::move(groups[1]));
}

std::unique_ptr<message::Endpoint> makeLoadBalance(config::Element& endpoint,
                                                   config::Element& kind,
                                                   const config::EndpointPosition& position,
                                                   config::Build& build) {
    settleSpelling(kind, "loadbalance");
    auto balancing = Balancing::read(endpoint, kind, position, build);
    const EndpointDefaults defaults(kind, build);
    const auto limits = readLimits(kind, {}, build);
    balancing.options.retries = RetryLimits::read(kind, position.identity, build);
    HealthScope health(kind, position, build);
    if (!checkChildren(kind, build)) return nullptr;
    if (balancing.known && !balancing.algorithm.weighted)
        warnOfWeights(endpoint, kind, balancing.algorithm.name, balancing.options.sessions != nullptr, build);
    std::unique_ptr<message::Endpoint> made;
    if (!kind.childrenNamed("member").empty()) {
        made = balanceMembers(balancing, endpoint, kind, health, position, build);
    } else {
        auto described = describeChildren(endpoint, kind, build);
        auto children = readChildren(kind, health, build);
        // Fewer endpoints than elements: it has been reported why.
        if (children.size() != described.size()) return nullptr;
        const auto weights = weightsOf(balancing.algorithm, described);
        auto rotation = rotationFor(balancing, std::move(described), position.identity, kind, build);
        if (!rotation) return nullptr;
        balancing.options.health = watchedBy(health, balancing.options, children, weights);
        made = makeBalancer(std::move(balancing.options), std::move(children), std::move(rotation));
    }
    if (made && balancing.known) reportUnusedOptions(endpoint, balancing.algorithm);
    return withOwnLimits(std::move(made), limits, position, build);
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "loadbalance", {&makeLoadBalance, 60, false, false}};
const config::Registration<config::EndpointFactory> kOddSpelling{
    config::endpointRegistry(), "loadBalance", {&makeLoadBalance, 61, false, true}};

}  // namespace

Balancing Balancing::read(config::Element& endpoint,
                          config::Element& kind,
                          const config::EndpointPosition& position,
                          config::Build& build) {
    Balancing result{readGroupOptions(endpoint, position, build), {}, {}, true};
    readAlgorithm(kind, build, result);
    for (auto& [name, value] : fixedProperties(endpoint)) result.algorithm.options.add(name, value);
    result.options.key = HashKey::read(endpoint, build);
    // Only "false" switches it off; Synapse leaves it on for "no" and "0" too, which surprises.
    if (const auto failover = kind.attribute("failover")) {
        const auto value = base::trim(*failover);
        result.options.failover = !base::equalsIgnoreCase(value, "false");
        if (result.options.failover && !base::equalsIgnoreCase(value, "true")) {
            kind.warningAt("failover", "failover stays on: only \"false\" switches it off");
        }
    }
    if (endpoint.child("session")) {
        result.options.sessions = SessionRules::read(endpoint, position.identity, build);
        if (const auto failover = kind.attribute("failover"); failover && result.options.failover) {
            kind.warningAt("failover",
                           "failover has no effect on the messages of a session, which stay with their child",
                           "leave it out; put <failover> groups into this one to have servers stand in for each other");
        }
        kind.resolved("failover", "false");
        // Nothing is lost yet when the first message of a session goes to another child.
        result.options.failover = true;
    } else {
        kind.resolved("failover", result.options.failover ? "true" : "false");
    }
    readBuildMessage(kind);
    if (const auto session = kind.child("session")) {
        session->ignore();
        session->warning("a <session> in here has no effect, as in Synapse",
                         "it belongs beside <" + std::string(kind.name()) + ">, in the <endpoint>");
    }
    return result;
}

void reportUnusedOptions(const config::Element& endpoint, const RotationRecipe& recipe) {
    for (const auto& property : endpoint.childrenNamed("property")) {
        const std::string name{base::trim(property.attribute("name", ""))};
        if (!name.starts_with(kBalancingPrefix) || name == kWeightProperty) continue;
        const auto asked = recipe.options.asked();
        if (std::find(asked.begin(), asked.end(), name) != asked.end()) continue;
        property.errorAt(
            "name",
            "the algorithm " + recipe.name + " has no option \"" + name + "\"" + config::didYouMean(name, asked));
    }
}

void tryAlgorithm(const Balancing& balancing, const config::Element& endpoint, const config::Element& kind) {
    if (!balancing.known) return;
    constexpr std::uint32_t kHalf = 50;
    const auto& recipe = balancing.algorithm;
    std::string failure = "its constructor failed";
    try {
        const auto properties = fixedProperties(endpoint);
        const std::vector<plugin::Child> children = {{"192.0.2.1:80", kHalf, properties},
                                                     {"192.0.2.2:80", kHalf, properties}};
        if (recipe.factory(recipe.options, children)) return reportUnusedOptions(endpoint, recipe);
        failure = "it made nothing";
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        // Nothing more is known of what is no std::exception.
    }
    reportUnusable(balancing, kind, failure);
}

RotationRecipe defaultAlgorithm() {
    return findAlgorithm(std::string(kDefaultAlgorithm), {}).value();
}

std::unique_ptr<message::Endpoint> makeBalancer(GroupEndpoint::Options options,
                                                GroupEndpoint::Children children,
                                                std::shared_ptr<Rotation> rotation) {
    if (options.sessions) {
        return std::make_unique<SessionBalancer>(std::move(options), std::move(children), std::move(rotation));
    }
    return std::make_unique<Balancer>(std::move(options), std::move(children), std::move(rotation));
}

}  // namespace myelin::endpoints
