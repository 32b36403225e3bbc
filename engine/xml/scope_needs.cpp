#include "engine/xml/scope_needs.hpp"

#include <algorithm>

#include "engine/xml/namespaces.hpp"

namespace myelin::xml {

namespace {

void addOnce(std::vector<std::string_view>& list, std::string_view prefix) {
    if (std::find(list.begin(), list.end(), prefix) == list.end()) list.push_back(prefix);
}

constexpr bool isNameByte(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// What could be the prefix of a qualified name at the start of a value; empty when it does not look like one.
std::string_view valuePrefix(const char* value) noexcept {
    while (*value == ' ' || *value == '\t' || *value == '\n' || *value == '\r') ++value;
    const char* end = value;
    while (isNameByte(*end)) ++end;
    if (*end != ':' || !isNameByte(end[1])) return {};
    return {value, static_cast<std::size_t>(end - value)};
}

void addNode(ScopeNeeds& needs, pugi::xml_node node) {
    if (node.type() == pugi::node_pcdata) {
        if (const auto prefix = valuePrefix(node.value()); !prefix.empty()) addOnce(needs.values, prefix);
        return;
    }
    if (node.type() != pugi::node_element) return;
    addOnce(needs.names, prefixOf(node.name()));
    for (pugi::xml_attribute a = node.first_attribute(); a; a = a.next_attribute()) {
        const std::string_view name = a.name();
        if (isNamespaceDeclaration(name)) continue;
        if (const auto prefix = prefixOf(name); !prefix.empty() && prefix != "xml") addOnce(needs.names, prefix);
        if (const auto prefix = valuePrefix(a.value()); !prefix.empty()) addOnce(needs.values, prefix);
    }
}

}  // namespace

ScopeNeeds scopeNeeds(pugi::xml_node element) {
    ScopeNeeds needs;
    pugi::xml_node node = element;
    while (node) {
        addNode(needs, node);
        if (pugi::xml_node first = node.first_child()) {
            node = first;
            continue;
        }
        while (node != element && !node.next_sibling()) node = node.parent();
        if (node == element) break;
        node = node.next_sibling();
    }
    return needs;
}

}  // namespace myelin::xml
