#include <atomic>

#include "endpoints/group.hpp"
#include "endpoints/health/scope.hpp"
#include "engine/base/strings.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

std::size_t firstAvailable(const plugin::Candidates& candidates) noexcept {
    for (std::size_t index = 0; index < candidates.size(); ++index) {
        if (candidates.available(index)) return index;
    }
    return plugin::kNoCandidate;
}

/// The child that a static group stays on; survives a reload.
struct Current {
    std::atomic<std::size_t> index{0};
};

/// Dynamic: the first ready child in the order of declaration, for every attempt.
class DynamicFailover final : public GroupEndpoint {
public:
    using GroupEndpoint::GroupEndpoint;

protected:
    std::size_t choose(const plugin::Candidates& candidates) const override { return firstAvailable(candidates); }
    std::string_view kind() const noexcept override { return "Failover endpoint"; }
};

/// Static: the current child as long as it is ready, then the first ready one (not the next one) becomes current.
class StaticFailover final : public GroupEndpoint {
public:
    StaticFailover(Options options, Children children, std::shared_ptr<Current> current)
        : GroupEndpoint(std::move(options), std::move(children)), current_(std::move(current)) {}

protected:
    std::size_t choose(const plugin::Candidates& candidates) const override {
        std::size_t current = current_->index.load(std::memory_order_relaxed);
        const bool exists = current < candidates.size();
        if (exists && candidates.available(current)) return current;
        const std::size_t first = firstAvailable(candidates);
        if (first == plugin::kNoCandidate) return first;
        // A child that only this message may not use again stays current for the others.
        if (!exists || !childReady(current, runtime::now())) {
            current_->index.compare_exchange_strong(current, first, std::memory_order_relaxed);
        }
        return first;
    }
    std::string_view kind() const noexcept override { return "Failover endpoint"; }

private:
    std::shared_ptr<Current> current_;
};

std::unique_ptr<message::Endpoint> makeFailover(config::Element& endpoint,
                                                config::Element& kind,
                                                const config::EndpointPosition& position,
                                                config::Build& build) {
    auto options = readGroupOptions(endpoint, position, build);
    bool dynamic = true;
    if (const auto value = kind.attribute("dynamic")) {
        const auto text = base::trim(*value);
        dynamic = !base::equalsIgnoreCase(text, "false") && !base::equalsIgnoreCase(text, "no") && text != "0";
    }
    kind.resolved("dynamic", dynamic ? "true" : "false");
    readBuildMessage(kind);
    const auto members = kind.childrenNamed("member");
    for (const auto& member : members) member.ignore();
    if (!members.empty()) {
        members.front().error("<failover> has no <member> children",
                              R"(write <endpoint><address uri="http://host:port/path"/></endpoint> instead)");
        return nullptr;
    }
    const EndpointDefaults defaults(kind, build);
    const auto limits = readLimits(kind, {}, build);
    options.retries = RetryLimits::read(kind, position.identity, build);
    const HealthScope health(kind, position, build);
    if (!checkChildren(kind)) return nullptr;
    auto children = readChildren(kind, position, build);
    if (children.empty()) return nullptr;
    options.health = watchedBy(health, options, children);
    std::unique_ptr<message::Endpoint> made;
    if (dynamic) {
        made = std::make_unique<DynamicFailover>(std::move(options), std::move(children));
    } else {
        made = std::make_unique<StaticFailover>(
            std::move(options), std::move(children), build.states().get<Current>(position.identity));
    }
    return withOwnLimits(std::move(made), limits, position, build);
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "failover", {&makeFailover, 80, false, false}};

}  // namespace

}  // namespace myelin::endpoints
