#include "engine/config/endpoint_id.hpp"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"

namespace myelin::config {

namespace {

/// Of all that is built for one configuration.
struct TakenIdentities {
    std::set<std::string> all;
};

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

std::string idOfName(std::string_view name) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string id;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && c != '/' && c != '#' && c != '%') {
            id += c;
        } else {
            id += {'%', kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
        }
    }
    return id;
}

std::string endpointId(const Element& endpoint) {
    for (const std::string_view attribute : {"name", "key", "key-expression", "template"}) {
        const auto value = endpoint.attribute(attribute);
        if (!value || base::trim(*value).empty()) continue;
        if (attribute == "key-expression") return std::string(base::trim(*value));
        std::string id = idOfName(base::trim(*value));
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
    for (const auto& id : ids) seen.emplace(id, 0);
    for (auto& id : ids) {
        unsigned& count = seen[id];
        if (++count == 1) continue;
        std::string numbered = id + " #" + std::to_string(count);
        while (seen.contains(numbered)) numbered = id + " #" + std::to_string(++count);
        seen.emplace(numbered, 1);
        id = std::move(numbered);
    }
}

std::vector<std::string> endpointIds(const std::vector<Element>& endpoints) {
    std::vector<std::string> ids;
    for (const auto& endpoint : endpoints) ids.push_back(endpointId(endpoint));
    numberRepeated(ids);
    return ids;
}

std::string uniqueIdentity(std::string wanted, Build& build) {
    auto& taken = build.shared<TakenIdentities>().all;
    std::string identity = wanted;
    for (unsigned number = 2; !taken.insert(identity).second; ++number) {
        identity = wanted + " #" + std::to_string(number);
    }
    return identity;
}

}  // namespace myelin::config
