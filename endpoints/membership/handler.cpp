#include "endpoints/membership/handler.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

MembershipProperties::MembershipProperties(config::Element& handler) : handler_(handler) {
    for (const auto& element : handler.childrenNamed("property")) {
        const std::string name{base::trim(element.required("name"))};
        (void)element.required("value");
        if (name.empty()) continue;
        if (!elements_.emplace(name, element).second) {
            element.errorAt("name", "the property \"" + name + "\" is given twice");
        }
    }
}

std::optional<std::string> MembershipProperties::find(const std::string& name) {
    const auto found = elements_.find(name);
    if (found == elements_.end()) return std::nullopt;
    asked_.push_back(found->first);
    return std::string(base::trim(found->second.attribute("value", "")));
}

std::string MembershipProperties::text(const std::string& name) {
    return find(name).value_or(std::string());
}

std::string MembershipProperties::required(const std::string& name) {
    const bool given = elements_.contains(name);
    if (!given) handler_.error("the membership handler needs the property \"" + name + "\"");
    return text(name);
}

double MembershipProperties::decimal(const std::string& name, double least, double most, double otherwise) {
    if (text(name).empty()) return otherwise;
    return elements_.at(name).decimal("value", least, most, otherwise);
}

void MembershipProperties::error(const std::string& name, std::string what, std::string help) const {
    const auto found = elements_.find(name);
    if (found != elements_.end()) found->second.errorAt("value", std::move(what), std::move(help));
}

void MembershipProperties::finish() const {
    for (const auto& [name, element] : elements_) {
        if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
        element.errorAt("name", "the membership handler has no property \"" + name + "\"");
    }
}

std::string MembershipProperties::fingerprint() const {
    std::string text;
    for (const auto& [name, element] : elements_) {
        text += ' ' + name + '=' + std::string(base::trim(element.attribute("value", "")));
    }
    return text;
}

config::Registry<MembershipFactory>& membershipHandlerRegistry() {
    static auto& registry = *new config::Registry<MembershipFactory>("membership handler");
    return registry;
}

}  // namespace myelin::endpoints
