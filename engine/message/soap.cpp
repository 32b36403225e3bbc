#include "engine/message/soap.hpp"

#include "engine/message/soap_fault.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::message::soap {

namespace {

constexpr std::string_view kNextActor = "http://schemas.xmlsoap.org/soap/actor/next";
constexpr std::string_view kNextRole = "http://www.w3.org/2003/05/soap-envelope/role/next";

/// A child of the envelope's root in the envelope's own namespace.
pugi::xml_node part(const xml::Document& envelope, Version version, std::string_view local) noexcept {
    return xml::child(envelope.root(), namespaceOf(version), local);
}
pugi::xml_node part(const xml::Document& envelope, std::string_view local) noexcept {
    const auto version = versionOf(envelope);
    return version ? part(envelope, *version, local) : pugi::xml_node();
}

/// The name of an envelope element with the prefix that the root uses.
std::string qualified(const xml::Document& envelope, std::string_view local) {
    const std::string_view prefix = xml::prefixOf(envelope.root().name());
    std::string name(prefix);
    if (!prefix.empty()) name += ':';
    return name.append(local);
}

/// Binds the element's own declarations of one namespace to another.
void rebind(pugi::xml_node element, std::string_view from, std::string_view to) {
    for (pugi::xml_attribute a = element.first_attribute(); a; a = a.next_attribute()) {
        if (xml::isNamespaceDeclaration(a.name()) && from == a.value()) a.set_value(std::string(to).c_str());
    }
}

void rename(pugi::xml_attribute attribute, std::string_view local) {
    const std::string_view prefix = xml::prefixOf(attribute.name());
    std::string name(prefix);
    if (!prefix.empty()) name += ':';
    attribute.set_name(name.append(local).c_str());
}

/// The attributes that the versions spell differently. The element is still in the old namespace.
void convertBlockAttributes(pugi::xml_node block, Version to) {
    const std::string_view from = namespaceOf(to == Version::V11 ? Version::V12 : Version::V11);
    for (pugi::xml_attribute a = block.first_attribute(); a;) {
        const pugi::xml_attribute following = a.next_attribute();
        if (xml::namespaceUri(block, a) == from) {
            const std::string_view local = xml::localName(a);
            const std::string_view value = a.value();
            if (to == Version::V12 && local == "actor") {
                rename(a, "role");
                if (value == kNextActor) a.set_value(std::string(kNextRole).c_str());
            } else if (to == Version::V11 && local == "role") {
                rename(a, "actor");
                if (value == kNextRole) a.set_value(std::string(kNextActor).c_str());
            } else if (to == Version::V11 && local == "relay") {
                block.remove_attribute(a);
            } else if (local == "mustUnderstand") {
                // 1.1 knows 1 and 0 only; both mean the same in 1.2.
                a.set_value(value == "true" || value == "1" ? "1" : "0");
            }
        }
        a = following;
    }
}

void rebindSubtree(pugi::xml_node top, std::string_view from, std::string_view to) {
    // Iterative: the depth is the sender's choice.
    pugi::xml_node node = top;
    while (node) {
        if (node.type() == pugi::node_element) rebind(node, from, to);
        if (node.first_child()) {
            node = node.first_child();
            continue;
        }
        while (node != top && !node.next_sibling()) node = node.parent();
        if (node == top) return;
        node = node.next_sibling();
    }
}

}  // namespace

std::optional<Version> versionOf(const xml::Document& document) noexcept {
    const pugi::xml_node root = document.root();
    if (!root || xml::localName(root) != "Envelope") return std::nullopt;
    const std::string_view uri = xml::namespaceUri(root);
    if (uri == kSoap11Namespace) return Version::V11;
    if (uri == kSoap12Namespace) return Version::V12;
    return std::nullopt;
}

pugi::xml_node header(const xml::Document& envelope) noexcept {
    return part(envelope, "Header");
}
pugi::xml_node body(const xml::Document& envelope) noexcept {
    return part(envelope, "Body");
}
bool hasBody(const xml::Document& envelope, Version version) noexcept {
    return bool(part(envelope, version, "Body"));
}
pugi::xml_node content(const xml::Document& envelope) noexcept {
    return xml::firstElement(body(envelope));
}

pugi::xml_node ensureHeader(xml::Document& envelope) {
    if (const pugi::xml_node found = header(envelope)) return found;
    envelope.changed();
    return envelope.root().prepend_child(qualified(envelope, "Header").c_str());
}

pugi::xml_node ensureBody(xml::Document& envelope) {
    if (const pugi::xml_node found = body(envelope)) return found;
    envelope.changed();
    return envelope.root().append_child(qualified(envelope, "Body").c_str());
}

void makeEnvelope(xml::Document& document, Version version) {
    document.clear();
    pugi::xml_node root = document.tree().append_child("soapenv:Envelope");
    xml::declare(root, "soapenv", namespaceOf(version));
    root.append_child("soapenv:Header");
    root.append_child("soapenv:Body");
    document.changed();
}

void wrap(xml::Document& document, Version version) {
    pugi::xml_document& tree = document.tree();
    const pugi::xml_node content = document.root();
    pugi::xml_node root = tree.append_child("soapenv:Envelope");
    xml::declare(root, "soapenv", namespaceOf(version));
    root.append_child("soapenv:Header");
    pugi::xml_node body = root.append_child("soapenv:Body");
    if (content) body.append_move(content);
    for (pugi::xml_node node = tree.first_child(); node;) {
        const pugi::xml_node following = node.next_sibling();
        if (node != root) tree.remove_child(node);
        node = following;
    }
    document.changed();
}

void convert(xml::Document& envelope, Version to) {
    const auto from = versionOf(envelope);
    if (!from || *from == to) return;
    const std::string_view oldUri = namespaceOf(*from);
    const std::string_view newUri = namespaceOf(to);

    const bool fault = isFault(envelope);
    const pugi::xml_node head = header(envelope);
    const pugi::xml_node bodyNode = body(envelope);
    for (pugi::xml_node block = xml::firstElement(head); block; block = xml::nextElement(block)) {
        convertBlockAttributes(block, to);
    }
    // A fault is rebuilt from its parts; other content keeps its own declarations, which may be of a SOAP message
    // that it carries.
    if (fault) convertFault(envelope, to);
    rebind(envelope.root(), oldUri, newUri);
    if (head) rebindSubtree(head, oldUri, newUri);
    rebind(bodyNode, oldUri, newUri);
    envelope.changed();
}

void copyDocument(const xml::Document& from, xml::Document& to) {
    to.clear();
    to.tree().reset(from.tree());
    to.changed();
}

}  // namespace myelin::message::soap
