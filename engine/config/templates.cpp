#include "engine/config/templates.hpp"

#include <algorithm>

namespace myelin::config {

namespace {

/// Of sequence templates; Synapse reads none of them in an endpoint template.
constexpr std::string_view kWithoutEffect[] = {"default", "defaultValue", "isMandatory", "optional"};

std::vector<std::string> readParameters(const Element& definition) {
    std::vector<std::string> names{"name", "uri"};
    for (const auto& parameter : definition.childrenNamed("parameter")) {
        std::string name(base::trim(parameter.required("name")));
        for (const std::string_view attribute : kWithoutEffect) {
            if (!parameter.has(attribute)) continue;
            parameter.warningAt(
                attribute,
                "attribute \"" + std::string(attribute) + "\" has no effect on a parameter of an endpoint template");
        }
        if (name.starts_with('$')) {
            parameter.errorAt("name", "a parameter is declared without the \"$\" with which it is used");
        } else if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

}  // namespace

void Templates::define(const std::string& name, Element& definition) {
    auto& declared = declared_[name];
    if (const auto sequence = definition.child("sequence")) {
        definition.ignore();
        sequence->error("a template of a sequence is not supported yet",
                        "only templates of endpoints are: <template name=\"...\"><endpoint>...</endpoint></template>");
        return;
    }
    auto parameters = readParameters(definition);
    if (auto body = definition.requiredChild("endpoint"))
        declared.endpoint = EndpointTemplate{*body, std::move(parameters)};
}

const EndpointTemplate* Templates::endpoint(std::string_view name) const noexcept {
    const auto found = declared_.find(name);
    return found == declared_.end() || !found->second.endpoint ? nullptr : &*found->second.endpoint;
}

std::vector<std::string_view> Templates::names() const {
    std::vector<std::string_view> names;
    for (const auto& entry : declared_) {
        if (entry.second.endpoint) names.emplace_back(entry.first);
    }
    return names;
}

void Templates::finish() const {
    for (const auto& entry : declared_) {
        if (entry.second.endpoint && !entry.second.used) entry.second.endpoint->body.rawNode();
    }
}

Templates::Use::Use(Templates& templates, const std::string& name) : templates_(&templates) {
    auto& inUse = templates.inUse_;
    for (auto step = std::find(inUse.begin(), inUse.end(), name); step != inUse.end(); ++step) {
        circle_ += *step + " -> ";
    }
    if (!circle_.empty()) circle_ += name;
    inUse.push_back(name);
    templates.declared_[name].used = true;
}

Templates::Use::~Use() {
    templates_->inUse_.pop_back();
}

}  // namespace myelin::config
