#include "endpoints/health/scope.hpp"

#include <stdexcept>

#include "endpoints/child.hpp"
#include "endpoints/limits/defaults.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/tls_client.hpp"
#include "endpoints/url.hpp"

namespace myelin::endpoints {

/// What is shared by all that is built for one configuration.
struct HealthScopes {
    std::vector<HealthScope*> open;         // the innermost last
    std::map<std::string, unsigned> known;  // how often each identity of a monitor was asked for

    const std::optional<std::shared_ptr<const HealthCheck>>* inherited() const {
        for (auto scope = open.rbegin(); scope != open.rend(); ++scope) {
            if ((*scope)->check_) return &(*scope)->check_;
        }
        return nullptr;
    }
    std::shared_ptr<const LeafHealth::Flag> panic() const {
        for (auto scope = open.rbegin(); scope != open.rend(); ++scope) {
            if ((*scope)->panic_) return (*scope)->panic_;
        }
        return nullptr;
    }
    /// Where a leaf belongs to, for its state: children that come and go before it must not give it another one.
    const std::string& owner(const std::string& leaf) const { return open.empty() ? leaf : open.front()->identity_; }
    void add(const std::string& leaf, const std::shared_ptr<HealthMonitor>& monitor) const {
        for (auto* scope : open) scope->monitors_.emplace_back(leaf, monitor);
    }
};

namespace {

constexpr base::Milliseconds kUsualStart{10'000};
constexpr base::Milliseconds kLongestStart{3600 * 1000};

ProbeTarget targetOf(const HealthCheck& check, const CheckedLeaf& leaf) {
    ProbeTarget target{leaf.origin, leaf.path};
    if (check.absolute()) {
        const auto parsed = parseUrl(check.path);
        target.origin = originFor(parsed.url);
        target.path = parsed.url.path;
    } else if (check.path.starts_with('/')) {
        target.path = check.path;
    } else if (!check.path.empty()) {
        target.path.resize(std::min(target.path.size(), target.path.find('?')));
        if (!target.path.ends_with('/')) target.path += '/';
        target.path += check.path;
    }
    if (!target.path.starts_with('/')) target.path.insert(0, "/");
    return target;
}

}  // namespace

HealthScope::HealthScope(const config::Element& group, const config::EndpointPosition& position, config::Build& build)
    : build_(&build), identity_(position.identity), check_(HealthCheck::read(group, build)) {
    if (auto element = group.child("outlierDetection")) {
        element->beyondSynapse();
        policy_ = OutlierPolicy::read(*element);
        if (policy_->panic != 0) panic_ = std::make_shared<LeafHealth::Flag>(false);
    }
    const bool watches = policy_ || (check_ && *check_);
    if (watches || group.has("slowStart")) {
        slowStart_ = group.milliseconds("slowStart", base::Milliseconds(0), kLongestStart, kUsualStart);
        group.beyondSynapse("slowStart");
    }
    readChildren(group);
    build.shared<HealthScopes>().open.push_back(this);
}

HealthScope::~HealthScope() {
    build_->shared<HealthScopes>().open.pop_back();
}

void HealthScope::readChildren(const config::Element& group) {
    bool primary = false;
    for (const auto& element : group.childrenNamed("endpoint")) {
        Child child{identity_ + "/" + std::to_string(children_.size()), childId(element)};
        if (element.has("secondary")) child.secondary = element.boolean("secondary", false);
        element.beyondSynapse("secondary");
        primary = primary || !child.secondary;
        if (check_ && *check_ && element.has("key")) {
            element.warningAt("key",
                              "the health check of this group does not reach the endpoint that the key names",
                              "write the <healthCheck> into that endpoint");
        }
        children_.push_back(std::move(child));
    }
    if (!primary && !children_.empty()) {
        group.error("all children are secondary", "leave secondary out at those that get messages first");
    }
}

std::shared_ptr<const GroupHealth> HealthScope::watch(std::string_view name, const std::vector<Child>& children) const {
    bool secondary = false;
    std::map<std::string, unsigned> known;
    std::vector<GroupHealth::Child> watched;
    for (const auto& child : children) {
        GroupHealth::Child one{child.name, child.secondary, monitorsBelow(child.identity), nullptr};
        if (const auto before = known[child.name]++; before != 0) one.name += " #" + std::to_string(before + 1);
        if (policy_) one.outliers = build_->states().get<OutlierState>(identity_ + " " + one.name);
        secondary = secondary || child.secondary;
        watched.push_back(std::move(one));
    }
    if (!policy_ && !secondary && slowStart_.count() == 0) return nullptr;
    return std::make_shared<const GroupHealth>(GroupHealth::Options{std::string(name), policy_, slowStart_, panic_},
                                               std::move(watched));
}

std::vector<std::shared_ptr<HealthMonitor>> HealthScope::monitorsBelow(const std::string& identity) const {
    std::vector<std::shared_ptr<HealthMonitor>> found;
    for (const auto& [leaf, monitor] : monitors_) {
        if (leaf == identity || leaf.starts_with(identity + "/")) found.push_back(monitor);
    }
    return found;
}

std::unique_ptr<const LeafHealth> startCheck(const CheckedLeaf& leaf, config::Build& build) {
    auto& scopes = build.shared<HealthScopes>();
    const auto own = leaf.element ? HealthCheck::read(*leaf.element, build) : std::nullopt;
    const auto* inherited = !leaf.element || inherits(*leaf.element) ? scopes.inherited() : nullptr;
    const auto check = own ? *own : inherited ? **inherited : nullptr;
    if (!check) return nullptr;
    if (!leaf.origin && !check->absolute()) {
        const std::string what = "there is nothing to check: where this endpoint sends to is only known with a message";
        const std::string help = R"(give it a <healthCheck path="http://host:port/path"/>, or enabled="false")";
        if (own)
            leaf.element->child("healthCheck")->error(what, help);
        else if (leaf.element)
            leaf.element->warning(what, help);
        return nullptr;
    }
    ProbeTarget target;
    try {
        target = targetOf(*check, leaf);
    } catch (const std::runtime_error& error) {
        if (leaf.element) leaf.element->error(std::string("TLS for https backends cannot be set up: ") + error.what());
        return nullptr;
    }
    std::string identity = scopes.owner(leaf.identity) + " " + target.text() + " " + check->written;
    if (target.origin->secure()) identity += std::to_string(tlsClientGeneration());
    const unsigned before = scopes.known[identity]++;
    if (before != 0) identity += "#" + std::to_string(before + 1);
    auto monitor = build.states().get<HealthMonitor>(identity, leaf.name, check, std::move(target));
    scopes.add(leaf.identity, monitor);
    monitor->start();
    return std::make_unique<const LeafHealth>(std::move(monitor), scopes.panic());
}

}  // namespace myelin::endpoints
