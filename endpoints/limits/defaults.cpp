#include "endpoints/limits/defaults.hpp"

#include <string>
#include <utility>
#include <vector>

#include "endpoints/limits/references.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::uint32_t kMostUnderWay = 1'000'000;
constexpr std::uint32_t kMostWaiting = 100'000;
constexpr base::Milliseconds kLeastTime{1};
constexpr base::Milliseconds kUsualWait{1000};
constexpr base::Milliseconds kLongestWait{3600 * 1000};
constexpr base::Milliseconds kUsualPeriod{1000};
constexpr base::Milliseconds kLongestPeriod{24 * 3600 * 1000};
constexpr std::uint32_t kMostCalls = 1'000'000;
constexpr base::Duration kLongestBurst = std::chrono::hours(30 * 24);

/// What is shared by all that is built for one configuration.
struct Scopes {
    struct Scope {
        const Inherited* values;
        bool defaults;  // whether it, or one around it, has <endpointDefaults>
    };
    std::vector<Scope> open;  // the innermost last

    bool defaults() const { return !open.empty() && open.back().defaults; }
};

Inherited engineDefaults(config::Build& build) {
    Inherited values;
    values.policy.initialDuration = build.options().suspendDuration;
    values.policy.factor = build.options().progressionFactor;
    return values;
}

std::optional<config::Element> durationOf(const config::Element& definition) {
    const auto timeout = definition.child("timeout");
    return timeout ? timeout->child("duration") : std::nullopt;
}

std::optional<InFlightLimit> readInFlight(const config::Element& element) {
    element.beyondSynapse();
    InFlightLimit limit;
    if (element.required("inFlight").empty()) {
        element.ignore();
        return std::nullopt;
    }
    limit.most = element.integer<std::uint32_t>("inFlight", 1, kMostUnderWay, 1);
    limit.queue = element.integer<std::uint32_t>("queue", 0, kMostWaiting, 0);
    if (limit.queue != 0) {
        limit.wait = element.milliseconds("wait", kLeastTime, kLongestWait, kUsualWait);
    } else if (element.has("wait")) {
        element.errorAt(
            "wait", "wait has no meaning without a queue", "give the length of a queue, too: queue=\"100\"");
    }
    return limit;
}

std::optional<RateLimit> readRate(const config::Element& element, config::Build& build) {
    element.beyondSynapse();
    RateLimit limit;
    if (element.required("calls").empty()) {
        element.ignore();
        return std::nullopt;
    }
    limit.calls = element.integer<std::uint32_t>("calls", 1, kMostCalls, 1);
    limit.per = element.milliseconds("per", kLeastTime, kLongestPeriod, kUsualPeriod);
    limit.burst = element.integer<std::uint32_t>("burst", 1, kMostCalls, limit.calls);
    if (limit.burst > kLongestBurst / limit.interval()) {
        element.errorAt("burst",
                        "a burst of " + std::to_string(limit.burst) + " messages is paid for only in more than 30 days",
                        "give a smaller burst, or more calls in less time");
        return std::nullopt;
    }
    if (element.has("by")) {
        limit.by = HashKey::parse(element, "by", build);
        limit.byText = base::trim(element.attribute("by", ""));
    }
    return limit;
}

/// For `myelin show`: what an endpoint has from elsewhere.
void showInherited(const config::Element& definition, const Limits& limits) {
    if (const auto& limit = limits.inFlight) {
        if (const auto shown = definition.childOrImplied("limit")) {
            shown->resolved("inFlight", std::to_string(limit->most));
            shown->resolved("queue", std::to_string(limit->queue));
            if (limit->queue != 0) shown->resolved("wait", std::to_string(limit->wait.count()));
        }
    }
    // An expression has a meaning only among the namespaces where it stands; without it the limit would be another one.
    if (const auto& limit = limits.rate; limit && !limit->byText.starts_with('{')) {
        if (const auto shown = definition.childOrImplied("rateLimit")) {
            shown->resolved("calls", std::to_string(limit->calls));
            shown->resolved("per", std::to_string(limit->per.count()));
            shown->resolved("burst", std::to_string(limit->burst));
            if (limit->by) shown->resolved("by", limit->byText);
        }
    }
}

void warnOfSuspension(const config::Element& defaults) {
    for (const std::string_view name : {"suspendOnFailure", "markForSuspension", "suspendDurationOnFailure"}) {
        const auto element = defaults.child(name);
        if (!element || !element->hasChildElements()) continue;
        element->warning("<" + std::string(name) + "> has no effect on members",
                         "a member that fails is out of service until it can be connected to");
    }
}

}  // namespace

EndpointDefaults::EndpointDefaults(config::Element& group, config::Build& build) : build_(&build), values_(of(build)) {
    auto& scopes = build.shared<Scopes>();
    auto element = group.child("endpointDefaults");
    if (element) {
        element->beyondSynapse();
        // First, for the policy adds to the element what is inherited.
        values_.timeout = readTimeoutExpression(*element, std::move(values_.timeout));
        values_.policy = FailurePolicy::read(*element, std::move(values_.policy));
        values_.limits = readLimits(*element, values_.limits, build);
        if (group.child("membershipHandler") || !group.childrenNamed("member").empty()) warnOfSuspension(*element);
    }
    scopes.open.push_back({&values_, element || scopes.defaults()});
}

EndpointDefaults::~EndpointDefaults() {
    build_->shared<Scopes>().open.pop_back();
}

Inherited EndpointDefaults::of(config::Build& build) {
    const auto& open = build.shared<Scopes>().open;
    return open.empty() ? engineDefaults(build) : *open.back().values;
}

Inherited EndpointDefaults::of(const config::Element& endpoint, config::Build& build) {
    const bool wanted = inherits(endpoint);
    if (endpoint.has("inherit") && build.shared<Scopes>().open.empty()) {
        endpoint.warningAt("inherit", "inherit has no effect: there is no group around this endpoint");
    }
    return wanted ? of(build) : engineDefaults(build);
}

void warnOfReference(const config::Element& endpoint, std::string_view attribute, config::Build& build) {
    if (!build.shared<Scopes>().defaults()) return;
    endpoint.warningAt(attribute,
                       "the <endpointDefaults> of the groups around do not reach the endpoint that this refers to",
                       "write into that endpoint what it shall have");
}

bool inherits(const config::Element& endpoint) {
    endpoint.beyondSynapse("inherit");
    return !endpoint.has("inherit") || endpoint.boolean("inherit", true);
}

Limits readLimits(const config::Element& definition, const Limits& inherited, config::Build& build) {
    Limits limits;
    if (const auto element = definition.child("limit")) limits.inFlight = readInFlight(*element);
    if (const auto element = definition.child("rateLimit")) limits.rate = readRate(*element, build);
    Limits others = inherited;
    if (limits.inFlight) others.inFlight.reset();
    if (limits.rate) others.rate.reset();
    showInherited(definition, others);
    if (!limits.inFlight) limits.inFlight = std::move(others.inFlight);
    if (!limits.rate) limits.rate = std::move(others.rate);
    return limits;
}

std::unique_ptr<message::Endpoint> withOwnLimits(std::unique_ptr<message::Endpoint> group,
                                                 const Limits& limits,
                                                 const config::EndpointPosition& position,
                                                 config::Build& build) {
    if (!group || limits.empty()) return group;
    return withLimits(std::move(group), limits, build.states().get<LimitState>(position.identity), position.inGroup);
}

std::shared_ptr<const xml::XPath> readTimeoutExpression(const config::Element& definition,
                                                        std::shared_ptr<const xml::XPath> inherited) {
    const auto duration = durationOf(definition);
    const std::string text = duration ? duration->text() : std::string();
    if (text.empty()) return inherited;
    if (text.front() != '{') return nullptr;
    if (text.back() != '}') {
        duration->error("the expression \"" + text + "\" does not end with \"}\"");
        return nullptr;
    }
    const std::string expression = text.substr(1, text.size() - 2);
    try {
        return std::make_shared<const xml::XPath>(xml::XPath::compile(expression, duration->namespacesInScope()));
    } catch (const xml::XPathError& error) {
        duration->error("the XPath \"" + expression + "\" cannot be compiled: " + error.reason());
        return nullptr;
    }
}

}  // namespace myelin::endpoints
