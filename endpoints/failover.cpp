#include <algorithm>
#include <atomic>
#include <functional>

#include "endpoints/group.hpp"
#include "endpoints/health/scope.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
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

/// The child that a static group stays on; survives a reload, also one that gives the child another place.
struct Current {
    std::atomic<std::size_t> mark{0};  // 0: the first child
};

/// What a child is known by in Current.
std::size_t markOf(const std::string& name) {
    return std::hash<std::string>{}(name) | 1U;
}

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
    StaticFailover(Options options, Children children, std::vector<std::size_t> marks, std::shared_ptr<Current> current)
        : GroupEndpoint(std::move(options), std::move(children)),
          marks_(std::move(marks)),
          current_(std::move(current)) {}

protected:
    std::size_t choose(const plugin::Candidates& candidates) const override {
        std::size_t mark = current_->mark.load(std::memory_order_relaxed);
        const auto found = mark == 0 ? marks_.begin() : std::find(marks_.begin(), marks_.end(), mark);
        const auto current = static_cast<std::size_t>(found - marks_.begin());
        const bool exists = found != marks_.end();
        if (exists && candidates.available(current)) return current;
        const std::size_t first = firstAvailable(candidates);
        if (first == plugin::kNoCandidate) return first;
        // A child that only this message may not use again stays current for the others, and so does one that has
        // enough to do for the moment.
        const BeyondLimits look;
        if (!exists || !childReady(current, runtime::now())) {
            current_->mark.compare_exchange_strong(mark, marks_[first], std::memory_order_relaxed);
        }
        return first;
    }
    std::string_view kind() const noexcept override { return "Failover endpoint"; }

private:
    std::vector<std::size_t> marks_;  // of the children
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
    HealthScope health(kind, position, build);
    if (!checkChildren(kind, build)) return nullptr;
    auto children = readChildren(kind, health, build);
    if (children.empty()) return nullptr;
    options.health = watchedBy(health, options, children);
    std::vector<std::size_t> marks;
    for (const auto& child : health.endpointChildren()) marks.push_back(markOf(child.name));
    if (marks.size() != children.size()) return nullptr;
    std::unique_ptr<message::Endpoint> made;
    if (dynamic) {
        made = std::make_unique<DynamicFailover>(std::move(options), std::move(children));
    } else {
        made = std::make_unique<StaticFailover>(
            std::move(options), std::move(children), std::move(marks), build.states().get<Current>(position.identity));
    }
    return withOwnLimits(std::move(made), limits, position, build);
}

const config::Registration<config::EndpointFactory> kKind{
    config::endpointRegistry(), "failover", {&makeFailover, 80, false, false}};

}  // namespace

}  // namespace myelin::endpoints
