#include <set>
#include <utility>

#include "endpoints/child.hpp"
#include "endpoints/group.hpp"
#include "endpoints/health/scope.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/tenants.hpp"

namespace myelin::endpoints {

namespace {

std::string shownName(const config::Element& group) {
    return "<" + std::string(group.name()) + ">";
}

}  // namespace

bool checkChildren(config::Element& group, config::Build& build) {
    const auto members = group.childrenNamed("member");
    const auto elements = group.childrenNamed("endpoint");
    if (!members.empty() && !elements.empty()) {
        for (const auto& member : members) member.ignore();
        for (const auto& element : elements) element.ignore();
        members.front().error(shownName(group) + " has both <endpoint> and <member> children", "use one kind of them");
        return false;
    }
    if (members.empty() && elements.empty()) {
        group.error(shownName(group) + " has no children", "it needs at least one <endpoint>");
        return false;
    }
    if (!config::forTenant(members, build).empty() || !config::forTenant(elements, build).empty()) return true;
    config::reportNobodyLeft(group, members.empty() ? "endpoint" : "member", build);
    return false;
}

GroupEndpoint::Children readChildren(config::Element& group, HealthScope& scope, config::Build& build) {
    const std::string shown = shownName(group);
    auto elements = usedChildren(group, build);
    GroupEndpoint::Children children;
    std::set<std::string, std::less<>> keys;
    for (std::size_t index = 0; index < elements.size(); ++index) {
        auto& element = elements[index];
        // One that is computed may give another name each time.
        if (const auto key = element.attribute("key");
            key && !base::trim(*key).starts_with('{') && !keys.insert(std::string(base::trim(*key))).second) {
            element.errorAt("key",
                            "the endpoint \"" + *key + "\" is a child of this " + shown + " already",
                            "the same endpoint definition cannot be used by two siblings");
        }
        const auto& described = scope.endpointChildren()[index];
        scope.building(described);
        auto child = build.endpoint(element, {described.identity, true});
        if (child) children.push_back(std::move(child));
    }
    return children;
}

std::shared_ptr<const GroupHealth> watchedBy(const HealthScope& scope,
                                             const GroupEndpoint::Options& options,
                                             const GroupEndpoint::Children& children,
                                             const std::vector<std::uint32_t>& weights) {
    const auto& described = scope.endpointChildren();
    // Fewer endpoints than elements: it has been reported why.
    if (described.size() != children.size()) return nullptr;
    return scope.watch(options.name.empty() ? options.identity : options.name, described, weights);
}

void settleSpelling(const config::Element& kind, std::string_view name) {
    if (kind.name() == name) return;
    const std::string what = "Synapse refuses the spelling <" + std::string(kind.name()) + ">";
    const std::string help = "write <" + std::string(name) + ">";
    // The mark first: of two findings with one text at one place the first is kept.
    kind.beyondSynapse({}, what, help);
    kind.warning(what, help);
    kind.resolvedName(name);
}

void readBuildMessage(const config::Element& kind) {
    const auto value = kind.attribute("buildMessage");
    if (!value) return;
    for (const std::string_view known : {"true", "yes", "1", "false", "no", "0"}) {
        if (base::equalsIgnoreCase(base::trim(*value), known)) return;
    }
    kind.warningAt("buildMessage", "\"" + *value + "\" counts as false", "write true or false");
}

GroupEndpoint::Options readGroupOptions(config::Element& endpoint,
                                        const config::EndpointPosition& position,
                                        config::Build& build) {
    GroupEndpoint::Options options;
    options.name = endpoint.attribute("name", "");
    options.identity = position.identity;
    options.properties = EndpointProperties::read(endpoint, build);
    if (endpoint.has("inherit")) {
        endpoint.errorAt("inherit",
                         "inherit has no meaning on a group, which only hands on what the groups around it say",
                         "write inherit at the endpoints in it");
    }
    if (endpoint.has("onError")) {
        endpoint.warningAt("onError",
                           "onError has no effect on a group of endpoints",
                           "put it on the sequence around the send, or on the children");
    }
    return options;
}

}  // namespace myelin::endpoints
