#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

namespace {

/// Templates that use each other twice double with each of them.
constexpr std::size_t kMostExpansions = 20'000;
struct Expansions {
    std::size_t count = 0;
};

/// The values that a use gives. `name` and `uri` are attributes of the <endpoint>; everything else is a <parameter>.
void readValues(config::Element& endpoint,
                const std::string& name,
                const config::EndpointTemplate& definition,
                config::Substitution& values) {
    // A body that says name="$name" is anonymous where the use has no name, as any endpoint without one.
    values.give("name", endpoint.attribute("name", ""));
    if (auto uri = endpoint.attribute("uri")) values.give("uri", std::move(*uri));
    const std::vector<std::string_view> declared(definition.parameters.begin(), definition.parameters.end());
    std::vector<std::string> given;
    for (const auto& parameter : endpoint.childrenNamed("parameter")) {
        const std::string key(base::trim(parameter.required("name")));
        auto value = parameter.attribute("value");
        if (!value) parameter.error("<parameter> needs attribute \"value\"");
        if (key.empty() || !value) continue;
        if (std::find(declared.begin(), declared.end(), key) == declared.end()) {
            parameter.warningAt("name",
                                "template \"" + name + "\" has no parameter \"" + key +
                                    "\", so this value is not used" + config::didYouMean(key, declared));
            continue;
        }
        if (std::find(given.begin(), given.end(), key) != given.end()) {
            parameter.warningAt("name", "parameter \"" + key + "\" is given twice; the last value is used");
        }
        given.push_back(key);
        values.give(key, std::move(*value));
    }
}

/// Attributes and children that Synapse reads or takes for granted on a use, and that do nothing there.
void warnOfUnused(config::Element& endpoint) {
    if (endpoint.has("onError")) {
        endpoint.warningAt(
            "onError", "onError has no effect beside template", "put it on the <endpoint> in the template");
    }
    for (const auto& property : endpoint.childrenNamed("property")) {
        property.ignore();
        property.warning("a property has no effect beside template", "put it into the <endpoint> in the template");
    }
}

/// <endpoint name="n" uri="u" template="t">: the endpoint in the template's body with the values filled in. It is that
/// endpoint, with a state of its own at this place: nothing of the template is left when messages come
/// (synapse-endpoints 1.6, 7.3).
std::unique_ptr<message::Endpoint> makeFromTemplate(config::Element& endpoint,
                                                    config::Element&,
                                                    const config::EndpointPosition& position,
                                                    config::Build& build) {
    const std::string name(base::trim(endpoint.required("template")));
    warnOfUnused(endpoint);
    auto& templates = build.templates();
    const auto* definition = templates.endpoint(name);
    if (!definition) {
        endpoint.attribute("uri");
        for (const auto& parameter : endpoint.childrenNamed("parameter")) parameter.ignore();
        if (!name.empty() && !templates.declared(name)) {
            endpoint.errorAt("template",
                             "there is no template \"" + name + "\"" + config::didYouMean(name, templates.names()));
        }
        return nullptr;
    }
    config::Substitution values(name, endpoint.place(), definition->parameters);
    readValues(endpoint, name, *definition, values);
    const config::Templates::Use use(templates, name);
    if (!use.circle().empty()) {
        endpoint.errorAt("template",
                         "this use closes a circle of templates: " + use.circle(),
                         "a template cannot be used inside itself");
        return nullptr;
    }
    auto& made = build.shared<Expansions>().count;
    if (++made > kMostExpansions) {
        if (made == kMostExpansions + 1) {
            endpoint.errorAt("template",
                             "templates are used more than " + std::to_string(kMostExpansions) +
                                 " times in this configuration, counting each use inside of another one");
        }
        return nullptr;
    }
    auto body = definition->body.within(values);
    auto result = build.endpoint(body, position);
    for (const auto& parameter : values.missing()) {
        endpoint.warning("template \"" + name + "\" takes \"" + parameter + "\", which is not given here, so \"$" +
                             parameter + "\" stays as it is",
                         parameter == "uri" ? "write uri=\"...\" on this <endpoint>"
                                            : "add <parameter name=\"" + parameter + "\" value=\"...\"/>");
    }
    return result;
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "template", {&makeFromTemplate, 20, true, false}};

}  // namespace

}  // namespace myelin::endpoints
