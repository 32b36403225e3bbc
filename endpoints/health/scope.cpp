#include "endpoints/health/scope.hpp"

#include <stdexcept>

#include "endpoints/child.hpp"
#include "endpoints/limits/defaults.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/tls_client.hpp"
#include "endpoints/url.hpp"
#include "engine/config/endpoint_id.hpp"

namespace myelin::endpoints {

/// What is shared by all that is built for one configuration.
struct HealthScopes {
    std::vector<HealthScope*> open;         // the innermost last
    std::map<std::string, unsigned> known;  // how often each identity was asked for

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
    /// For what is kept: the tree to which a leaf belongs, or the leaf itself when it stands alone.
    const std::string& owner(const std::string& leaf) const { return open.empty() ? leaf : open.front()->identity_; }
    void add(const std::shared_ptr<HealthMonitor>& monitor) const {
        for (auto* scope : open) {
            scope->monitors_.emplace_back(scope->current_.identity, monitor);
        }
    }
    /// Of the leaf that is being built, without its number among those that are alike in its group, which says only
    /// where it stands.
    std::string leafId() const {
        const std::string& id = open.back()->current_.name;
        return id.substr(0, id.rfind(" #"));
    }
    /// The second of two in a configuration is "identity #2".
    std::string numbered(std::string identity) {
        const unsigned before = known[identity]++;
        return before == 0 ? identity : identity + " #" + std::to_string(before + 1);
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

HealthScope::HealthScope(const config::Element& group,
                         const config::EndpointPosition& position,
                         config::Build& build,
                         Group kind)
    : build_(&build), identity_(position.identity), check_(HealthCheck::read(group, build)) {
    auto outliers = group.child("outlierDetection");
    if (outliers) {
        outliers->beyondSynapse();
        policy_ = OutlierPolicy::read(*outliers);
    }
    if (kind == Group::OfChoices && group.has("minimumAvailable")) {
        minimum_ = group.integer<std::uint32_t>("minimumAvailable", 1, 100, 1);
        group.beyondSynapse("minimumAvailable");
        for (const std::string_view panic : {"panic", "whenPanic"}) {
            if (!outliers || !outliers->has(panic)) continue;
            outliers->warningAt(panic,
                                std::string(panic) + " has no effect beside minimumAvailable",
                                "below that share of the weight the group takes no messages");
        }
    }
    if (policy_ && policy_->panic != 0 && minimum_ == 0) panic_ = std::make_shared<LeafHealth::Flag>(false);
    const bool watches = policy_ || (check_ && *check_);
    if (kind == Group::OfChoices && (watches || group.has("slowStart"))) {
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
    const auto elements = usedChildren(group, *build_);
    auto ids = config::endpointIds(elements);
    const auto* around = build_->shared<HealthScopes>().inherited();
    const bool checked = check_ ? *check_ != nullptr : around && *around;
    for (const auto& element : elements) {
        auto& id = ids[children_.size()];
        Child child{config::uniqueIdentity(identity_ + "/" + id, *build_), std::move(id)};
        if (element.has("secondary")) child.secondary = element.boolean("secondary", false);
        element.beyondSynapse("secondary");
        primary = primary || !child.secondary;
        if (checked && element.has("key")) {
            element.warningAt("key",
                              "the health check of the groups around does not reach the endpoint that the key names",
                              "write the <healthCheck> into that endpoint");
        }
        children_.push_back(std::move(child));
    }
    if (!primary && !children_.empty()) {
        group.error("all children are secondary", "leave secondary out at those that get messages first");
    }
}

std::shared_ptr<const GroupHealth> HealthScope::watch(std::string_view name,
                                                      const std::vector<Child>& children,
                                                      const std::vector<std::uint32_t>& weights) const {
    bool secondary = false;
    auto& scopes = build_->shared<HealthScopes>();
    std::vector<GroupHealth::Child> watched;
    for (const auto& child : children) {
        GroupHealth::Child one{child.name, child.secondary, monitorsOf(child.identity), nullptr, 1};
        if (!weights.empty()) one.weight = weights[watched.size()];
        if (policy_) {
            const auto identity = scopes.numbered(scopes.owner(identity_) + " #outlier " + child.name);
            one.outliers = build_->states().get<OutlierState>(identity);
        }
        secondary = secondary || child.secondary;
        watched.push_back(std::move(one));
    }
    if (!policy_ && !secondary && slowStart_.count() == 0 && minimum_ == 0) return nullptr;
    return std::make_shared<const GroupHealth>(
        GroupHealth::Options{std::string(name), policy_, slowStart_, panic_, minimum_}, std::move(watched));
}

HealthPlan HealthScope::plan(std::string_view name) const {
    const auto& scopes = build_->shared<HealthScopes>();
    const auto* check = scopes.inherited();
    return {
        std::string(name), check ? **check : nullptr, policy_, slowStart_, minimum_, panic_ ? nullptr : scopes.panic()};
}

std::vector<std::shared_ptr<HealthMonitor>> HealthScope::monitorsOf(const std::string& identity) const {
    std::vector<std::shared_ptr<HealthMonitor>> found;
    for (const auto& [child, monitor] : monitors_) {
        if (child == identity) found.push_back(monitor);
    }
    return found;
}

std::string stateIdentity(config::Build& build, const config::EndpointPosition& position, std::string_view what) {
    auto& scopes = build.shared<HealthScopes>();
    if (scopes.open.empty() || !position.inGroup) return position.identity + " " + std::string(what);
    return scopes.numbered(scopes.owner({}) + " #leaf " + scopes.leafId() + " " + std::string(what));
}

std::shared_ptr<HealthMonitor> makeMonitor(std::string name,
                                           std::shared_ptr<const HealthCheck> check,
                                           std::shared_ptr<const http::Origin> origin,
                                           std::string path) {
    const CheckedLeaf leaf{nullptr, {}, {}, std::move(origin), std::move(path)};
    auto target = targetOf(*check, leaf);
    return std::make_shared<HealthMonitor>(std::move(name), std::move(check), std::move(target));
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
    auto monitor =
        build.states().get<HealthMonitor>(scopes.numbered(std::move(identity)), leaf.name, check, std::move(target));
    scopes.add(monitor);
    monitor->start();
    return std::make_unique<const LeafHealth>(std::move(monitor), scopes.panic());
}

}  // namespace myelin::endpoints
