#include "engine/config/show.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/scope_exit.hpp"
#include "engine/base/strings.hpp"

namespace myelin::config {

namespace {

constexpr std::string_view kHidden = "*****";
constexpr std::string_view kKeptEverywhere[] = {"description", "statistics", "trace"};

/// Names of attributes, elements and properties whose values nobody should find in a terminal or a ticket.
bool looksSecret(std::string_view name) {
    constexpr std::string_view kMarks[] = {
        "password", "passwd", "passphrase", "secret", "refreshtoken", "accesstoken", "apikey", "authorization"};
    std::string plain;
    for (const char c : name) {
        if (c != '-' && c != '_' && c != '.') plain += base::toLowerAscii(c);
    }
    return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) {
        return plain.find(mark) != std::string::npos;
    });
}

/// What an OAuth endpoint sends to get a token: credentials under names of anybody's choice.
bool isSecretList(std::string_view element) noexcept {
    return element == "requestParameters" || element == "customHeaders";
}

std::string escaped(std::string_view text, bool attribute) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += attribute ? "&quot;" : "\"";
                break;
            case '\r':
                result += "&#13;";
                break;
            case '\n':
                result += attribute ? "&#10;" : "\n";
                break;
            case '\t':
                result += attribute ? "&#9;" : "\t";
                break;
            default:
                result += c;
        }
    }
    return result;
}

using Attributes = std::vector<std::pair<std::string, std::string>>;
/// By prefix; the empty one is the default namespace.
using Namespaces = std::map<std::string, std::string, std::less<>>;

class Writer {
public:
    Writer(bool secrets, std::ostream& out) : secrets_(secrets), out_(out) {}

    void write(const ConfigurationSources& sources) {
        std::string inside;
        const Namespaces outer{{"", std::string(kSynapseNamespace)}};
        for (const Artifact* artifact : inLoadOrder(sources.artifacts)) {
            file_ = &artifact->element.file();
            std::ostringstream text;
            std::swap(text_, text);
            element(artifact->element.node(), outer, 1);
            inside += text_.str();
        }
        out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<definitions xmlns=\"" << kSynapseNamespace << "\"";
        out_ << (inside.empty() ? "/>\n" : ">\n" + inside + "</definitions>\n");
    }

private:
    static std::vector<const Artifact*> inLoadOrder(const std::vector<Artifact>& artifacts) {
        std::vector<const Artifact*> order;
        for (const auto& artifact : artifacts) order.push_back(&artifact);
        std::stable_sort(order.begin(), order.end(), [](const Artifact* a, const Artifact* b) {
            return loadRank(a->kind) < loadRank(b->kind);
        });
        return order;
    }

    void element(pugi::xml_node node, const Namespaces& outer, int depth) {
        const ElementUsage& used = file_->usage(node);
        if (used.ignored) return leftOut(node, used, depth);
        if (used.opaque) return payload(node, outer, depth);
        const std::string name = used.givenName.empty() ? std::string(xml::localName(node)) : used.givenName;
        Namespaces inside = outer;
        const bool hiddenOutside = hidden_;
        hidden_ = hidden_ || isSecretList(name);
        const base::ScopeExit back([&] { hidden_ = hiddenOutside; });
        indent(depth) << '<' << name;
        declare(node, depth, inside);
        const Attributes shown = attributesOf(node, used);
        for (const auto& [attribute, value] : shown) {
            text_ << ' ' << attribute << "=\"" << escaped(hides(attribute, name, shown) ? kHidden : value, true) << '"';
        }
        if (used.text) {
            // Without what it came to, it is the body of a template, which comes to something else for each use.
            const std::string text = used.givenText.value_or(written(node));
            if (text != written(node)) checkLoadable(text, "the text of <" + name + ">");
            if (text.empty()) return void(text_ << "/>\n");
            text_ << '>' << escaped(hides({}, name, shown) ? kHidden : text, false) << "</" << name << ">\n";
            return;
        }
        std::ostringstream start;
        std::swap(text_, start);
        for (const pugi::xml_node child : node.children()) {
            if (child.type() != pugi::node_element) continue;
            if (xml::localName(child) == "description" && !file_->usage(child).opened) {
                description(child, depth + 1);
            } else {
                element(child, inside, depth + 1);
            }
        }
        std::swap(text_, start);
        const std::string children = start.str();
        if (children.empty()) return void(text_ << "/>\n");
        text_ << ">\n" << children;
        indent(depth) << "</" << name << ">\n";
    }

    /// Who it was: the first attribute that tells, of the element or of one in it.
    void leftOut(pugi::xml_node node, const ElementUsage& used, int depth) {
        if (used.leftOut.empty()) return;
        std::string who(node.name());
        const auto told = [&](pugi::xml_node at) {
            for (const char* attribute : {"name", "key", "uri", "uri-template", "hostName"}) {
                if (const auto found = at.attribute(attribute)) {
                    who += ' ' + std::string(found.value());
                    return true;
                }
            }
            return false;
        };
        if (!told(node)) (void)std::any_of(node.begin(), node.end(), told);
        std::string text = who + ": left out, " + used.leftOut;
        // Two hyphens would end the comment.
        for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos;) text.insert(at + 1, 1, ' ');
        indent(depth) << "<!-- " << text << " -->\n";
    }

    static std::string written(pugi::xml_node node) {
        std::string text;
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
        }
        return std::string(base::trim(text));
    }

    /// The prefixes that are declared here, for the expressions inside; of an artifact also those around it in its
    /// file. The default namespace is always Synapse's, or that of an extension.
    void declare(pugi::xml_node node, int depth, Namespaces& inside) {
        const std::string uri(xml::namespaceUri(node));
        if (const auto known = inside.find(""); known->second != uri) {
            known->second = uri;
            text_ << " xmlns=\"" << escaped(uri, true) << '"';
        }
        Namespaces declared;
        for (pugi::xml_node at = node; at; at = depth == 1 ? at.parent() : pugi::xml_node()) {
            for (const pugi::xml_attribute attribute : at.attributes()) {
                const std::string_view name = attribute.name();
                if (name.starts_with("xmlns:")) declared.try_emplace(std::string(name.substr(6)), attribute.value());
            }
        }
        for (const auto& [prefix, bound] : declared) {
            const auto known = inside.find(prefix);
            if (known != inside.end() && known->second == bound) continue;
            inside[prefix] = bound;
            text_ << " xmlns:" << prefix << "=\"" << escaped(bound, true) << '"';
        }
    }

    /// In the order in which they are written, then the defaults in the order in which they were asked for.
    static Attributes attributesOf(pugi::xml_node node, const ElementUsage& used) {
        Attributes shown;
        for (const pugi::xml_attribute attribute : node.attributes()) {
            const std::string_view name = attribute.name();
            const auto asked = std::find_if(
                used.attributes.begin(), used.attributes.end(), [&](const auto& entry) { return entry.name == name; });
            if (asked != used.attributes.end()) {
                const std::string value = asked->value.value_or(attribute.value());
                if (value != attribute.value()) checkLoadable(value, "the attribute " + std::string(name));
                shown.emplace_back(name, value);
            } else if (std::find(std::begin(kKeptEverywhere), std::end(kKeptEverywhere), name) !=
                       std::end(kKeptEverywhere)) {
                shown.emplace_back(name, attribute.value());
            }
        }
        for (const auto& asked : used.attributes) {
            if (!asked.value || asked.presenceMatters || node.attribute(asked.name.c_str())) continue;
            shown.emplace_back(asked.name, *asked.value);
        }
        return shown;
    }

    /// A value by its attribute's name; the value of a property, parameter or header by the name that it gives.
    bool hides(std::string_view attribute, std::string_view element, const Attributes& shown) const {
        if (secrets_ || attribute == "name") return false;
        if (hidden_) return true;
        if (looksSecret(attribute.empty() ? element : attribute)) return true;
        if (!attribute.empty() && attribute != "value") return false;
        return std::any_of(shown.begin(), shown.end(), [](const auto& entry) {
            return entry.first == "name" && looksSecret(entry.second);
        });
    }

    void description(pugi::xml_node node, int depth) {
        const std::string text(base::trim(node.text().get()));
        if (!text.empty()) indent(depth) << "<description>" << escaped(text, false) << "</description>\n";
    }

    /// As it was written: its blanks are somebody's content. Prefixes are declared around it as they were; an element
    /// without a prefix must not fall into Synapse's namespace.
    void payload(pugi::xml_node node, const Namespaces& outer, int depth) {
        pugi::xml_document copy;
        pugi::xml_node root = copy.append_copy(node);
        const std::string uri(xml::lookupNamespace(node, {}));
        if (!root.attribute("xmlns") && outer.find("")->second != uri) xml::declare(root, {}, uri);
        std::ostringstream raw;
        root.print(raw, "", pugi::format_raw | pugi::format_no_declaration);
        indent(depth) << raw.str() << '\n';
    }

    std::ostream& indent(int depth) { return text_ << std::string(static_cast<std::size_t>(depth) * 4, ' '); }

    /// What came from the environment is text, and would be taken for another reference.
    static void checkLoadable(const std::string& value, const std::string& what) {
        if (value.find("${ENV:") == std::string::npos && !value.starts_with("$SYSTEM:")) return;
        throw std::runtime_error(what + " comes to \"" + value +
                                 "\", which cannot be written so that it loads to the same thing");
    }

    bool secrets_;
    bool hidden_ = false;  // inside of a list of secrets
    std::ostream& out_;
    std::ostringstream text_;
    SourceFile* file_ = nullptr;
};

}  // namespace

void showConfiguration(const ConfigurationSources& sources, bool secrets, std::ostream& out) {
    Writer(secrets, out).write(sources);
}

}  // namespace myelin::config
