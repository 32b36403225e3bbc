#include "engine/xml/namespaces.hpp"

#include <algorithm>

namespace myelin::xml {

namespace {

constexpr std::string_view kXmlns = "xmlns";

// The prefix that an attribute name declares (empty: the default namespace), or nothing.
std::optional<std::string_view> declaredPrefix(std::string_view name) noexcept {
    if (!name.starts_with(kXmlns)) return std::nullopt;
    if (name.size() == kXmlns.size()) return std::string_view{};
    if (name[kXmlns.size()] != ':') return std::nullopt;
    return name.substr(kXmlns.size() + 1);
}

// pugixml gives names as zero-terminated text; most differ in the first byte.
bool isDeclarationOf(const char* name, std::string_view prefix) noexcept {
    if (*name != 'x') return false;
    const auto declared = declaredPrefix(name);
    return declared && *declared == prefix;
}

}  // namespace

NamespaceMap::NamespaceMap(std::initializer_list<std::pair<std::string_view, std::string_view>> bindings) {
    for (const auto& [prefix, uri] : bindings) add(prefix, uri);
}

NamespaceMap NamespaceMap::inScope(pugi::xml_node element) {
    NamespaceMap map;
    std::vector<std::string_view> seen;
    for (pugi::xml_node node = element; node; node = node.parent()) {
        for (const pugi::xml_attribute attribute : node.attributes()) {
            const auto prefix = declaredPrefix(attribute.name());
            if (!prefix || prefix->empty() || std::find(seen.begin(), seen.end(), *prefix) != seen.end()) continue;
            seen.push_back(*prefix);
            if (*attribute.value() != '\0') map.add(*prefix, attribute.value());
        }
    }
    return map;
}

void NamespaceMap::add(std::string_view prefix, std::string_view uri) {
    if (prefix.empty()) return;
    for (auto& binding : bindings_) {
        if (binding.first == prefix) {
            binding.second = uri;
            return;
        }
    }
    bindings_.emplace_back(prefix, uri);
}

std::optional<std::string_view> NamespaceMap::find(std::string_view prefix) const noexcept {
    for (const auto& binding : bindings_) {
        if (binding.first == prefix) return binding.second;
    }
    if (prefix == "xml") return kXmlNamespace;
    return std::nullopt;
}

std::string_view prefixOf(std::string_view qualifiedName) noexcept {
    const std::size_t colon = qualifiedName.find(':');
    return colon == std::string_view::npos ? std::string_view{} : qualifiedName.substr(0, colon);
}

std::string_view localPart(std::string_view qualifiedName) noexcept {
    const std::size_t colon = qualifiedName.find(':');
    return colon == std::string_view::npos ? qualifiedName : qualifiedName.substr(colon + 1);
}

bool isNamespaceDeclaration(std::string_view attributeName) noexcept {
    return declaredPrefix(attributeName).has_value();
}

std::string_view lookupNamespace(pugi::xml_node element, std::string_view prefix) noexcept {
    if (prefix == "xml") return kXmlNamespace;
    for (pugi::xml_node node = element; node; node = node.parent()) {
        for (pugi::xml_attribute a = node.first_attribute(); a; a = a.next_attribute()) {
            if (isDeclarationOf(a.name(), prefix)) return a.value();
        }
    }
    return {};
}

std::string_view namespaceUri(pugi::xml_node element) noexcept {
    if (element.type() != pugi::node_element) return {};
    return lookupNamespace(element, prefixOf(element.name()));
}

std::string_view namespaceUri(pugi::xml_node owner, pugi::xml_attribute attribute) noexcept {
    const std::string_view name = attribute.name();
    if (isNamespaceDeclaration(name)) return kXmlnsNamespace;
    const std::string_view prefix = prefixOf(name);
    return prefix.empty() ? std::string_view{} : lookupNamespace(owner, prefix);
}

bool is(pugi::xml_node node, std::string_view uri, std::string_view local) noexcept {
    return node.type() == pugi::node_element && localName(node) == local && namespaceUri(node) == uri;
}

pugi::xml_node child(pugi::xml_node parent, std::string_view uri, std::string_view local) noexcept {
    for (pugi::xml_node node = parent.first_child(); node; node = node.next_sibling()) {
        if (is(node, uri, local)) return node;
    }
    return {};
}

pugi::xml_node firstElement(pugi::xml_node parent) noexcept {
    pugi::xml_node node = parent.first_child();
    while (node && node.type() != pugi::node_element) node = node.next_sibling();
    return node;
}

pugi::xml_node nextElement(pugi::xml_node node) noexcept {
    do {
        node = node.next_sibling();
    } while (node && node.type() != pugi::node_element);
    return node;
}

std::optional<std::string_view> attribute(pugi::xml_node element,
                                          std::string_view uri,
                                          std::string_view local) noexcept {
    for (pugi::xml_attribute a = element.first_attribute(); a; a = a.next_attribute()) {
        if (localName(a) == local && namespaceUri(element, a) == uri) return a.value();
    }
    return std::nullopt;
}

std::optional<std::string_view> prefixFor(pugi::xml_node element, std::string_view uri, bool forAttribute) noexcept {
    if (uri == kXmlNamespace) return "xml";
    for (pugi::xml_node node = element; node; node = node.parent()) {
        for (pugi::xml_attribute a = node.first_attribute(); a; a = a.next_attribute()) {
            const auto prefix = declaredPrefix(a.name());
            if (!prefix || (forAttribute && prefix->empty()) || uri != a.value()) continue;
            if (node == element || lookupNamespace(element, *prefix) == uri) return prefix;
        }
    }
    return std::nullopt;
}

void declare(pugi::xml_node element, std::string_view prefix, std::string_view uri) {
    std::string name(kXmlns);
    if (!prefix.empty()) name.append(":").append(prefix);
    pugi::xml_attribute attribute = element.attribute(name.c_str());
    if (!attribute) attribute = element.append_attribute(name.c_str());
    attribute.set_value(std::string(uri).c_str());
}

}  // namespace myelin::xml
