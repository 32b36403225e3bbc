#include "engine/xml/writer.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "engine/xml/namespaces.hpp"
#include "engine/xml/scope_needs.hpp"

namespace myelin::xml {

namespace {

constexpr std::uint8_t kInText = 1;
constexpr std::uint8_t kInAttribute = 2;

constexpr std::array<std::uint8_t, 256> makeSpecial() {
    std::array<std::uint8_t, 256> special{};
    special['&'] = kInText | kInAttribute;
    special['<'] = kInText | kInAttribute;
    special['>'] = kInText;
    special['\r'] = kInText | kInAttribute;
    special['\n'] = kInAttribute;
    special['\t'] = kInAttribute;
    special['"'] = kInAttribute;
    return special;
}
constexpr auto kSpecial = makeSpecial();

std::string_view replacement(char c) noexcept {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\r':
            return "&#13;";
        case '\n':
            return "&#10;";
        default:
            return "&#9;";
    }
}

void appendEscaped(const char* text, const char* end, std::uint8_t where, std::string& out) {
    for (;;) {
        const char* plain = text;
        while (text != end && (kSpecial[static_cast<unsigned char>(*text)] & where) == 0) ++text;
        out.append(plain, static_cast<std::size_t>(text - plain));
        if (text == end) return;
        out.append(replacement(*text++));
    }
}

void appendEscaped(const char* text, std::uint8_t where, std::string& out) {
    appendEscaped(text, text + std::strlen(text), where, out);
}

void appendDeclaration(std::string_view prefix, std::string_view uri, std::string& out) {
    out.append(" xmlns");
    if (!prefix.empty()) out.append(":").append(prefix);
    out.append("=\"");
    appendEscapedAttribute(uri, out);
    out.push_back('"');
}

// Declarations of the ancestors of `top` that its subtree needs and that it does not make itself.
void appendInherited(pugi::xml_node top, std::string& out) {
    const ScopeNeeds needs = scopeNeeds(top);
    const auto inherit = [&](std::string_view prefix) {
        const std::string_view uri = lookupNamespace(top.parent(), prefix);
        if (uri.empty() || prefix == "xml") return;
        for (pugi::xml_attribute a = top.first_attribute(); a; a = a.next_attribute()) {
            const std::string_view name = a.name();
            if (isNamespaceDeclaration(name) &&
                (prefix.empty() ? name.size() == 5 : localPart(name) == prefix && name.size() > 5))
                return;
        }
        appendDeclaration(prefix, uri, out);
    };
    for (const std::string_view prefix : needs.names) inherit(prefix);
    for (const std::string_view prefix : needs.values) {
        bool done = false;
        for (const std::string_view name : needs.names) done = done || name == prefix;
        if (!done) inherit(prefix);
    }
}

void appendCdata(std::string_view text, std::string& out) {
    // The end mark cannot stand in a section: it is divided between two.
    for (;;) {
        const std::size_t mark = text.find("]]>");
        out.append("<![CDATA[").append(text.substr(0, mark == std::string_view::npos ? mark : mark + 2)).append("]]>");
        if (mark == std::string_view::npos) return;
        text.remove_prefix(mark + 2);
    }
}

// True when the node's end tag is still to be written.
bool open(pugi::xml_node node, bool inherited, std::string& out) {
    switch (node.type()) {
        case pugi::node_element: {
            out.push_back('<');
            out.append(node.name());
            for (pugi::xml_attribute a = node.first_attribute(); a; a = a.next_attribute()) {
                out.push_back(' ');
                out.append(a.name());
                out.append("=\"", 2);
                appendEscaped(a.value(), kInAttribute, out);
                out.push_back('"');
            }
            if (inherited) appendInherited(node, out);
            if (!node.first_child()) {
                out.append("/>", 2);
                return false;
            }
            out.push_back('>');
            return true;
        }
        case pugi::node_document:
            return static_cast<bool>(node.first_child());
        case pugi::node_pcdata:
            appendEscaped(node.value(), kInText, out);
            return false;
        case pugi::node_cdata:
            appendCdata(node.value(), out);
            return false;
        case pugi::node_comment:
            out.append("<!--").append(node.value()).append("-->");
            return false;
        case pugi::node_pi:
            out.append("<?").append(node.name());
            if (*node.value() != '\0') out.append(" ").append(node.value());
            out.append("?>");
            return false;
        default:
            return false;
    }
}

void close(pugi::xml_node node, std::string& out) {
    if (node.type() != pugi::node_element) return;
    out.append("</", 2);
    out.append(node.name());
    out.push_back('>');
}

void writeNodes(pugi::xml_node top, bool inherited, std::string& out) {
    pugi::xml_node node = top;
    if (!node) return;
    for (;;) {
        if (open(node, inherited && node == top, out)) {
            node = node.first_child();
            continue;
        }
        while (node != top && !node.next_sibling()) {
            node = node.parent();
            close(node, out);
        }
        if (node == top) return;
        node = node.next_sibling();
    }
}

}  // namespace

void appendEscapedText(std::string_view text, std::string& out) {
    appendEscaped(text.data(), text.data() + text.size(), kInText, out);
}

void appendEscapedAttribute(std::string_view text, std::string& out) {
    appendEscaped(text.data(), text.data() + text.size(), kInAttribute, out);
}

void write(pugi::xml_node node, std::string& out) {
    writeNodes(node, false, out);
}

void writeSubtree(pugi::xml_node element, std::string& out) {
    writeNodes(element, element.type() == pugi::node_element && element.parent().type() == pugi::node_element, out);
}

pugi::xml_node importNode(pugi::xml_node parent, pugi::xml_node node) {
    pugi::xml_node copy = parent.append_copy(node);
    if (copy.type() != pugi::node_element) return copy;
    const ScopeNeeds needs = scopeNeeds(node);
    const auto bind = [&](std::string_view prefix, bool certain) {
        const std::string_view wanted = lookupNamespace(node, prefix);
        if (wanted == lookupNamespace(copy, prefix)) return;
        // Without a binding at the origin a prefix in a value is no prefix; only names can need undeclaring.
        if (wanted.empty() && (!certain || !prefix.empty())) return;
        declare(copy, prefix, wanted);
    };
    for (const std::string_view prefix : needs.names) bind(prefix, true);
    for (const std::string_view prefix : needs.values) bind(prefix, false);
    return copy;
}

}  // namespace myelin::xml
