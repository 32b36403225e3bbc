#include "endpoints/child.hpp"

#include <optional>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/config/tenants.hpp"

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

}  // namespace

std::vector<config::Element> usedChildren(const config::Element& group, config::Build& build) {
    return config::forTenant(group.childrenNamed("endpoint"), build);
}

std::map<std::string, std::string> fixedProperties(const config::Element& endpoint) {
    std::map<std::string, std::string> properties;
    for (const auto& property : endpoint.childrenNamed("property")) {
        const auto value = property.attribute("value");
        if (value) properties.insert_or_assign(std::string(base::trim(property.attribute("name", ""))), *value);
    }
    return properties;
}

std::vector<plugin::Child> describeChildren(const config::Element& endpoint,
                                            const config::Element& group,
                                            config::Build& build) {
    const auto common = weightElement(endpoint);
    const std::uint32_t otherwise = common ? readWeight(*common) : 1;
    const auto inherited = fixedProperties(endpoint);
    std::vector<plugin::Child> children;
    const auto elements = usedChildren(group, build);
    auto ids = config::endpointIds(elements);
    for (const auto& element : elements) {
        plugin::Child child;
        child.id = std::move(ids[children.size()]);
        const auto own = weightElement(element);
        child.weight = own ? readWeight(*own) : otherwise;
        child.properties = fixedProperties(element);
        child.properties.insert(inherited.begin(), inherited.end());
        children.push_back(std::move(child));
    }
    return children;
}

std::vector<plugin::Child> describeMembers(const Members& members,
                                           bool secure,
                                           const std::map<std::string, std::string>& inherited) {
    std::vector<std::string> ids;
    std::vector<plugin::Child> children;
    for (const Member& member : members) {
        if (member.port(secure) == 0) continue;
        ids.push_back(authorityOf(member.host, member.port(secure)));
        children.push_back({{}, member.weight, inherited});
    }
    config::numberRepeated(ids);
    for (std::size_t index = 0; index < ids.size(); ++index) children[index].id = std::move(ids[index]);
    return children;
}

void warnOfWeights(const config::Element& endpoint,
                   const config::Element& group,
                   const std::string& algorithm,
                   bool zeroCounts,
                   config::Build& build) {
    const std::string what = "a weight has no effect with the algorithm " + algorithm;
    const auto warn = [&](const config::Element& property) {
        if (zeroCounts && base::trim(property.attribute("value", "")) == "0") return;
        property.warning(what);
    };
    if (const auto weight = weightElement(endpoint)) warn(*weight);
    for (const auto& element : usedChildren(group, build)) {
        if (const auto weight = weightElement(element)) warn(*weight);
    }
    for (const auto& element : config::forTenant(group.childrenNamed("member"), build)) {
        if (!element.has("weight") || (zeroCounts && base::trim(element.attribute("weight", "")) == "0")) continue;
        element.warningAt("weight", what);
    }
}

}  // namespace myelin::endpoints
