#include "engine/config/build.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/config/retry_rules.hpp"
#include "engine/config/switched_off.hpp"

namespace myelin::config {

namespace {

struct EndpointKind {
    std::string_view name;
    const EndpointFactory* factory;
};

/// In Synapse's order of dispatch.
std::vector<EndpointKind> endpointKinds() {
    std::vector<EndpointKind> kinds;
    for (const auto name : endpointRegistry().names()) kinds.push_back({name, endpointRegistry().find(name)});
    std::stable_sort(
        kinds.begin(), kinds.end(), [](const auto& a, const auto& b) { return a.factory->rank < b.factory->rank; });
    return kinds;
}

std::string listOfKinds(const std::vector<EndpointKind>& kinds) {
    std::string text = "kinds of endpoint: ";
    bool first = true;
    for (const auto& kind : kinds) {
        if (kind.factory->alias) continue;
        if (!first) text += ", ";
        first = false;
        text += kind.factory->byAttribute ? std::string(kind.name) + "=\"...\"" : "<" + std::string(kind.name) + ">";
    }
    return text;
}

/// Elements that stand beside the one that tells the kind.
bool isCommonChild(std::string_view name) noexcept {
    return name == "property" || name == "session" || name == "operation";
}

void reportNoKind(Element& element, const std::vector<EndpointKind>& kinds) {
    bool reported = false;
    for (const auto& child : element.children()) {
        if (isCommonChild(child.name())) continue;
        std::vector<std::string_view> names;
        for (const auto& kind : kinds) {
            if (!kind.factory->byAttribute && !kind.factory->alias) names.push_back(kind.name);
        }
        const std::string suggestion = didYouMean(child.name(), names, "<", ">");
        child.ignore();
        child.error("endpoint kind <" + std::string(child.name()) + "> is not known or not supported yet" + suggestion,
                    listOfKinds(kinds));
        reported = true;
    }
    if (!reported) element.error("this <endpoint> does not say what it is", listOfKinds(kinds));
}

/// From an attribute's value to a character of the text that stands in it. False when that cannot be told from the
/// source line: the text has entities, values from elsewhere, or other characters than ASCII.
bool moveTo(Place& place, std::string_view text, std::size_t position) {
    const std::string_view line = place.sourceLine;
    const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!ascii || place.column == 0) return false;
    const std::size_t at = line.find(text, place.column - 1);
    if (at == std::string_view::npos) return false;
    place.column = at + position + 1;
    place.length = 1;
    return true;
}

}  // namespace

Registry<MediatorFactory>& mediatorRegistry() {
    static auto& registry = *new Registry<MediatorFactory>("mediator");
    return registry;
}

Registry<EndpointFactory>& endpointRegistry() {
    static auto& registry = *new Registry<EndpointFactory>("endpoint");
    return registry;
}

void StateStore::sweep() {
    std::erase_if(states_, [](const auto& entry) { return entry.second.expired(); });
}

Build::Build(Diagnostics& diagnostics, StateStore& states, const message::Artifacts& artifacts, plugin::Plugins plugins)
    : diagnostics_(&diagnostics), states_(&states), artifacts_(&artifacts), plugins_(std::move(plugins)) {}

Build::~Build() = default;

std::unique_ptr<message::Mediator> Build::mediator(Element& element) {
    const auto* factory = mediatorRegistry().find(element.name());
    if (!factory) {
        element.unknown(mediatorRegistry().names());
        return nullptr;
    }
    auto made = (*factory)(element, *this);
    element.finish();
    return made;
}

std::vector<std::unique_ptr<message::Mediator>> Build::mediators(Element& element) {
    std::vector<std::unique_ptr<message::Mediator>> result;
    for (auto& child : element.children()) {
        if (auto made = mediator(child)) result.push_back(std::move(made));
    }
    return result;
}

std::unique_ptr<message::Endpoint> Build::endpoint(Element& element, const EndpointPosition& position) {
    // Read by the kinds that have a use for them; none of them is a mistake on any kind.
    element.has("name");
    element.has("onError");
    if (!position.inGroup && element.has("tenants")) {
        element.errorAt("tenants",
                        "tenants has no meaning outside of a group: it says for whom a child is",
                        "write it at the children of a group");
    }
    const auto kinds = endpointKinds();
    std::optional<EndpointKind> chosen;
    std::optional<Element> kindElement;
    for (const auto& kind : kinds) {
        if (kind.factory->byAttribute) {
            if (!chosen && element.has(kind.name)) {
                chosen = kind;
                kindElement = element;
            }
            continue;
        }
        const auto child = element.child(kind.name);
        if (!child) continue;
        if (!chosen) {
            chosen = kind;
            kindElement = child;
            continue;
        }
        child->ignore();
        child->warning("this <" + std::string(kind.name) + "> is not used: " +
                       (chosen->factory->byAttribute ? "the attribute " + std::string(chosen->name)
                                                     : "<" + std::string(chosen->name) + ">") +
                       " decides what the endpoint is");
    }
    if (!chosen) {
        reportNoKind(element, kinds);
        element.finish();
        return nullptr;
    }
    const std::string name{base::trim(element.attribute("name", ""))};
    const std::string& owner = name.empty() ? position.identity : name;
    auto rules = readRetryRules(element, "endpoint " + owner);
    const bool off = readSwitchedOff(element);
    const std::size_t entry = list(element, position, chosen->name);
    const std::size_t around = std::exchange(inside_, entry);
    const base::ScopeExit back([&] { inside_ = around; });
    auto made = chosen->factory->make(element, *kindElement, position, *this);
    element.finish();
    // What a template comes to has said so already.
    if (!endpoints_[entry].made) endpoints_[entry].made = made.get();
    made = withRetryRules(std::move(made), std::move(rules));
    if (off) {
        made = switchedOff(std::move(made), owner);
        endpoints_[entry].switchedOff = true;
    }
    endpoints_[entry].endpoint = made.get();
    return made;
}

/// A use of a template and what it comes to are one endpoint.
std::size_t Build::list(const Element& element, const EndpointPosition& position, std::string_view kind) {
    std::size_t index = inside_;
    if (index == EndpointEntry::kNone || endpoints_[index].identity != position.identity) {
        index = endpoints_.size();
        endpoints_.emplace_back();
        endpoints_[index].identity = position.identity;
        endpoints_[index].parent = inside_;
    }
    auto& entry = endpoints_[index];
    entry.kind = kind;
    if (const auto name = element.attribute("name")) entry.name = base::trim(*name);
    return index;
}

std::unique_ptr<message::Endpoint> Build::inlineEndpoint(Element& element) {
    std::string identity = idOfName(artifact_) + "/" + endpointId(element);
    const unsigned before = inlineEndpoints_[identity]++;
    if (before != 0) identity += " #" + std::to_string(before + 1);
    return endpoint(element, {uniqueIdentity(std::move(identity), *this), false});
}

void Build::referSequence(Element& element,
                          std::string_view attribute,
                          std::string name,
                          const message::Mediator** slot) {
    *slot = nullptr;
    Reference reference{Reference::Kind::Sequence, artifact_, std::move(name), element.placeOfValue(attribute)};
    reference.sequence = slot;
    references_.push_back(std::move(reference));
}

void Build::referEndpoint(Element& element,
                          std::string_view attribute,
                          std::string name,
                          const message::Endpoint** slot) {
    *slot = nullptr;
    Reference reference{Reference::Kind::Endpoint, artifact_, std::move(name), element.placeOfValue(attribute)};
    reference.endpoint = slot;
    references_.push_back(std::move(reference));
}

std::optional<xml::XPath> Build::xpath(Element& element, std::string_view attribute) {
    const auto text = element.attribute(attribute);
    if (!text) return std::nullopt;
    return compile(element, attribute, *text);
}

std::optional<xml::XPath> Build::compile(Element& element, std::string_view attribute, std::string_view expression) {
    if (base::trim(expression).empty()) {
        element.errorAt(attribute, "attribute \"" + std::string(attribute) + "\" must not be an empty XPath");
        return std::nullopt;
    }
    try {
        return xml::XPath::compile(expression, element.namespacesInScope());
    } catch (const xml::XPathError& error) {
        Place place = element.placeOfValue(attribute);
        std::string help;
        if (!moveTo(place, expression, error.position())) {
            help = "the mistake is at character " + std::to_string(error.position() + 1) + " of the expression";
        }
        diagnostics_->error(place,
                            "the XPath \"" + std::string(expression) + "\" cannot be compiled: " + error.reason(),
                            std::move(help));
        return std::nullopt;
    }
}

Build::Value Build::value(Element& element, std::string_view attribute) {
    Value value;
    const auto text = element.attribute(attribute);
    if (!text) return value;
    value.present = true;
    const std::string_view trimmed = base::trim(*text);
    if (trimmed.size() >= 2 && trimmed.front() == '{' && trimmed.back() == '}') {
        value.expression = compile(element, attribute, trimmed.substr(1, trimmed.size() - 2));
    } else {
        value.text = *text;
    }
    return value;
}

const Place* Build::claim(const std::string& what, const Place& place) {
    const auto [first, added] = claims_.try_emplace(what, place);
    return added ? nullptr : &first->second;
}

void Build::beginArtifact(std::string kind, std::string name) {
    artifact_ = std::move(kind) + " " + std::move(name);
}

}  // namespace myelin::config
