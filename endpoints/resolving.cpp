#include "endpoints/resolving.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "endpoints/limits/references.hpp"
#include "endpoints/properties.hpp"
#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

namespace {

using message::SendOutcome;

// The message is what a send() hands down the tree, so it carries how deep this one is.
constexpr std::string_view kDepthProperty = "myelin.resolvedEndpointDepth";

std::int64_t depthOf(const message::Properties& properties) {
    const auto* value = properties.get(kDepthProperty);
    const auto* depth = value ? std::get_if<std::int64_t>(value) : nullptr;
    return depth ? *depth : 0;
}

/// What any of the named endpoints can cost, as it may be any of them.
struct Cost {
    message::Bounds bounds;
    std::size_t tries = 1;
    std::size_t answers = 1;
    friend bool operator==(const Cost&, const Cost&) = default;
};

/// Set while costs are added up: what an endpoint with a computed name, found on the way, counts for.
thread_local const Cost* assumedCost = nullptr;

/// From the innermost out: at the depth limit a computed name costs no request. Ends as soon as another level adds
/// nothing, which is at once unless named endpoints have computed names in them.
Cost largestCost(const message::Artifacts& artifacts) {
    Cost below;
    for (int level = 0; level < kMaximumResolved; ++level) {
        assumedCost = &below;
        const base::ScopeExit back([] { assumedCost = nullptr; });
        Cost cost;
        artifacts.visitEndpoints([&](const std::string&, const message::Endpoint& endpoint) {
            cost.bounds = message::Bounds::larger(cost.bounds, endpoint.bounds());
            cost.tries = std::max(cost.tries, endpoint.tries());
            cost.answers = std::max(cost.answers, endpoint.answers());
        });
        if (cost == below) break;
        below = cost;
    }
    return below;
}

class ResolvingEndpoint final : public message::Endpoint {
public:
    ResolvingEndpoint(std::string name,
                      xml::XPath expression,
                      EndpointProperties properties,
                      const message::Artifacts& artifacts)
        : name_(std::move(name)),
          expression_(std::move(expression)),
          properties_(std::move(properties)),
          artifacts_(&artifacts) {}

    SendOutcome send(message::MessageContext& context,
                     http::ClientResponse& reply,
                     runtime::Deadline deadline) const override {
        const auto value = context.evaluateText(expression_);
        const std::string key(base::trim(value.value_or(std::string())));
        const auto* target = artifacts_->endpoint(key);
        if (!target) return unresolved("Couldn't find the endpoint with the key : " + key);
        auto& own = context.properties(message::Scope::Axis2Client);
        const auto depth = depthOf(own);
        if (depth >= kMaximumResolved) {
            return unresolved("endpoint " + key + " is reached too deep: endpoints with computed keys may lead to " +
                              "one another " + std::to_string(kMaximumResolved) + " times");
        }
        own.setStatic(kDepthProperty, depth + 1);
        const base::ScopeExit back([&] { own.setStatic(kDepthProperty, depth); });
        std::optional<EndpointProperties::Applied> applied;
        if (!properties_.empty()) applied.emplace(properties_, context);
        return target->send(context, reply, deadline);
    }

    bool ready(runtime::TimePoint) const noexcept override { return true; }
    std::string_view name() const noexcept override { return name_; }
    message::Bounds bounds() const noexcept override { return assumedCost ? assumedCost->bounds : cost().bounds; }
    std::size_t tries() const noexcept override { return assumedCost ? assumedCost->tries : cost().tries; }
    std::size_t answers() const noexcept override { return assumedCost ? assumedCost->answers : cost().answers; }
    /// All that it may lead to, once: a further one with a computed name leads nowhere else.
    void visit(const std::function<void(const message::Endpoint&)>& visitor) const override {
        visitor(*this);
        thread_local bool under = false;
        if (under) return;
        under = true;
        const base::ScopeExit back([] { under = false; });
        artifacts_->visitEndpoints(
            [&](const std::string&, const message::Endpoint& endpoint) { endpoint.visit(visitor); });
    }

private:
    SendOutcome unresolved(std::string why) const {
        SendOutcome outcome;
        outcome.code = message::error_code::kIndirectNotReady;
        outcome.status = 500;
        outcome.text = std::move(why);
        outcome.detail = "endpoint " + name_ + ", key {" + expression_.text() + "}: " + outcome.text;
        return outcome;
    }

    /// Once the configuration is complete. It is asked for by whoever sends, and the configuration is large.
    const Cost& cost() const {
        std::call_once(costKnown_, [this] { cost_ = largestCost(*artifacts_); });
        return cost_;
    }

    std::string name_;
    xml::XPath expression_;
    EndpointProperties properties_;
    const message::Artifacts* artifacts_;
    mutable std::once_flag costKnown_;
    mutable Cost cost_;
};

std::unique_ptr<message::Endpoint> makeFromExpression(config::Element& endpoint,
                                                      config::Element&,
                                                      const config::EndpointPosition& position,
                                                      config::Build& build) {
    auto expression = build.xpath(endpoint, "key-expression");
    if (!expression) return nullptr;
    warnOfReference(endpoint, "key-expression", build);
    return makeResolving(endpoint, std::move(*expression), position, build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "key-expression", {&makeFromExpression, 10, true, false}};

}  // namespace

std::unique_ptr<message::Endpoint> makeResolving(config::Element& endpoint,
                                                 xml::XPath expression,
                                                 const config::EndpointPosition& position,
                                                 config::Build& build) {
    if (endpoint.has("onError")) {
        endpoint.warningAt("onError",
                           "onError has no effect on an endpoint whose key is computed",
                           "put it on the endpoints that the key may name");
    }
    std::string name(base::trim(endpoint.attribute("name", "")));
    if (name.empty()) name = position.identity;
    return std::make_unique<ResolvingEndpoint>(
        std::move(name), std::move(expression), EndpointProperties::read(endpoint, build), build.artifacts());
}

}  // namespace myelin::endpoints
