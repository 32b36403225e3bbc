#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace myelin::xml {

constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsNamespace = "http://www.w3.org/2000/xmlns/";

/// Prefixes and what they stand for where an expression is written. Filled at configuration time, then read by anyone.
/// The default namespace is no part of it: it never applies in XPath.
class NamespaceMap {
public:
    NamespaceMap() = default;
    /// For literals in tests and code: {{"m0", "http://services.samples"}}.
    NamespaceMap(std::initializer_list<std::pair<std::string_view, std::string_view>> bindings);

    /// What is in scope at an element of a configuration file.
    static NamespaceMap inScope(pugi::xml_node element);

    /// Binds; an existing binding of the prefix is replaced. The empty prefix is ignored.
    void add(std::string_view prefix, std::string_view uri);
    /// Nothing when the prefix is not bound. `xml` always is.
    std::optional<std::string_view> find(std::string_view prefix) const noexcept;
    const std::vector<std::pair<std::string, std::string>>& bindings() const noexcept { return bindings_; }

private:
    std::vector<std::pair<std::string, std::string>> bindings_;
};

/// The part of a node's name before the colon; empty without one. Views into the node.
std::string_view prefixOf(std::string_view qualifiedName) noexcept;
std::string_view localPart(std::string_view qualifiedName) noexcept;
inline std::string_view localName(pugi::xml_node node) noexcept {
    return localPart(node.name());
}
inline std::string_view localName(pugi::xml_attribute attribute) noexcept {
    return localPart(attribute.name());
}

/// True for xmlns and xmlns:p.
bool isNamespaceDeclaration(std::string_view attributeName) noexcept;

/// What `prefix` (empty: the default namespace) is bound to at `element`; empty when to nothing.
std::string_view lookupNamespace(pugi::xml_node element, std::string_view prefix) noexcept;
/// The namespace an element is in; empty for none. A view into the document.
std::string_view namespaceUri(pugi::xml_node element) noexcept;
/// Of an attribute of `owner`: no prefix, no namespace.
std::string_view namespaceUri(pugi::xml_node owner, pugi::xml_attribute attribute) noexcept;

/// Whether the node is an element of that expanded name. Compares the local name first, which is cheap.
bool is(pugi::xml_node node, std::string_view uri, std::string_view local) noexcept;
/// First child element of that expanded name, or a null node.
pugi::xml_node child(pugi::xml_node parent, std::string_view uri, std::string_view local) noexcept;
/// First child that is an element, next sibling that is one; null nodes when there is none.
pugi::xml_node firstElement(pugi::xml_node parent) noexcept;
pugi::xml_node nextElement(pugi::xml_node node) noexcept;
/// Value of an attribute of that expanded name (uri empty: no namespace), or nothing.
std::optional<std::string_view> attribute(pugi::xml_node element,
                                          std::string_view uri,
                                          std::string_view local) noexcept;

/// A prefix bound to `uri` at `element` and not hidden on the way; nothing when there is none. May be the empty prefix
/// unless `forAttribute`.
std::optional<std::string_view> prefixFor(pugi::xml_node element,
                                          std::string_view uri,
                                          bool forAttribute = false) noexcept;
/// Binds `prefix` at `element`, replacing its own declaration of that prefix.
void declare(pugi::xml_node element, std::string_view prefix, std::string_view uri);

}  // namespace myelin::xml
