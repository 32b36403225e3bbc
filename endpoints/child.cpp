#include "endpoints/child.hpp"

#include <optional>
#include <utility>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

std::optional<config::Element> weightElement(const config::Element& endpoint) {
    for (const auto& property : endpoint.childrenNamed("property")) {
        if (base::trim(property.attribute("name", "")) == kWeightProperty) return property;
    }
    return std::nullopt;
}

/// 1 after reporting what is wrong with it.
std::uint32_t readWeight(const config::Element& property) {
    if (!property.has("value")) {
        property.error("a weight is a fixed number", R"(write <property name="loadbalance.weight" value="2"/>)");
        return 1;
    }
    return property.integer<std::uint32_t>("value", 0, kGreatestWeight, 1);
}

/// The second of two with one name is "name #2".
void makeUnique(std::vector<plugin::Child>& children) {
    std::map<std::string, int> seen;
    for (auto& child : children) {
        const int count = ++seen[child.id];
        if (count > 1) child.id += " #" + std::to_string(count);
    }
}

}  // namespace

std::string childId(const config::Element& endpoint) {
    for (const std::string_view attribute : {"name", "key", "key-expression", "template"}) {
        const auto value = endpoint.attribute(attribute);
        if (value && !base::trim(*value).empty()) return std::string(base::trim(*value));
    }
    for (const std::string_view kind : {"address", "http", "wsdl"}) {
        const auto child = endpoint.child(kind);
        if (!child) continue;
        for (const std::string_view attribute : {"uri", "uri-template"}) {
            if (const auto value = child->attribute(attribute)) return std::string(base::trim(*value));
        }
    }
    return "child";
}

std::map<std::string, std::string> fixedProperties(const config::Element& endpoint) {
    std::map<std::string, std::string> properties;
    for (const auto& property : endpoint.childrenNamed("property")) {
        const auto value = property.attribute("value");
        if (value) properties.insert_or_assign(std::string(base::trim(property.attribute("name", ""))), *value);
    }
    return properties;
}

std::vector<plugin::Child> describeChildren(const config::Element& endpoint, const config::Element& group) {
    const auto common = weightElement(endpoint);
    const std::uint32_t otherwise = common ? readWeight(*common) : 1;
    const auto inherited = fixedProperties(endpoint);
    std::vector<plugin::Child> children;
    for (const auto& element : group.childrenNamed("endpoint")) {
        plugin::Child child;
        child.id = childId(element);
        const auto own = weightElement(element);
        child.weight = own ? readWeight(*own) : otherwise;
        child.properties = fixedProperties(element);
        child.properties.insert(inherited.begin(), inherited.end());
        children.push_back(std::move(child));
    }
    makeUnique(children);
    return children;
}

std::vector<plugin::Child> describeMembers(const Members& members,
                                           bool secure,
                                           const std::map<std::string, std::string>& inherited) {
    std::vector<plugin::Child> children;
    for (const Member& member : members) {
        if (member.port(secure) == 0) continue;
        children.push_back({authorityOf(member.host, member.port(secure)), member.weight, inherited});
    }
    makeUnique(children);
    return children;
}

void warnOfWeights(const config::Element& endpoint, const config::Element& group, const std::string& algorithm) {
    const std::string what = "a weight has no effect with the algorithm " + algorithm;
    if (const auto weight = weightElement(endpoint)) weight->warning(what);
    for (const auto& element : group.childrenNamed("endpoint")) {
        if (const auto weight = weightElement(element)) weight->warning(what);
    }
    for (const auto& element : group.childrenNamed("member")) {
        if (element.has("weight")) element.warningAt("weight", what);
    }
}

}  // namespace myelin::endpoints
