#include "engine/config/endpoint_id.hpp"

#include <map>
#include <string_view>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"

namespace myelin::config {

namespace {

/// Of the kind that comes first in the order of dispatch.
std::optional<Element> kindElement(const Element& endpoint) {
    std::optional<Element> found;
    int best = 0;
    for (const auto name : endpointRegistry().names()) {
        const auto* factory = endpointRegistry().find(name);
        if (factory->byAttribute || (found && factory->rank >= best)) continue;
        const auto children = endpoint.childrenNamed(name);
        if (children.empty()) continue;
        found = children.front();
        best = factory->rank;
    }
    return found;
}

}  // namespace

std::string endpointId(const Element& endpoint) {
    for (const std::string_view attribute : {"name", "key", "key-expression", "template"}) {
        const auto value = endpoint.attribute(attribute);
        if (!value || base::trim(*value).empty()) continue;
        std::string id(base::trim(*value));
        // Its uses differ by what they give.
        const auto uri = attribute == "template" ? endpoint.attribute("uri") : std::nullopt;
        return uri ? id + "(" + std::string(base::trim(*uri)) + ")" : id;
    }
    const auto kind = kindElement(endpoint);
    if (!kind) return "endpoint";
    static constexpr std::pair<std::string_view, std::string_view> kTelling[] = {
        {"address", "uri"}, {"http", "uri-template"}, {"wsdl", "uri"}, {"class", "name"}};
    for (const auto& [name, attribute] : kTelling) {
        if (!kind->isNamed(name)) continue;
        const auto value = kind->attribute(attribute);
        if (value && !base::trim(*value).empty()) return std::string(base::trim(*value));
    }
    return std::string(kind->name());
}

void numberRepeated(std::vector<std::string>& ids) {
    std::map<std::string, unsigned> seen;
    for (auto& id : ids) {
        if (const auto count = ++seen[id]; count > 1) id += " #" + std::to_string(count);
    }
}

std::vector<std::string> endpointIds(const std::vector<Element>& endpoints) {
    std::vector<std::string> ids;
    for (const auto& endpoint : endpoints) ids.push_back(endpointId(endpoint));
    numberRepeated(ids);
    return ids;
}

}  // namespace myelin::config
