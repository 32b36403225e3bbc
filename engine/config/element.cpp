#include "engine/config/element.hpp"

#include <algorithm>

#include "engine/config/element_words.hpp"

namespace myelin::config {
namespace {

/// Synapse's own namespace, and those beneath it that its extensions use (".../synapse/spring").
bool isSynapse(std::string_view uri) noexcept {
    if (!uri.starts_with(kSynapseNamespace)) return false;
    uri.remove_prefix(kSynapseNamespace.size());
    return uri.empty() || uri.front() == '/';
}

bool isElement(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_element;
}

std::vector<std::string_view> views(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

/// What goes into the help when no name is near: all the known ones, unless they are too many to read.
std::string knownNames(const std::vector<std::string_view>& known, std::string_view before, std::string_view after) {
    constexpr std::size_t kReadable = 12;
    if (known.empty() || known.size() > kReadable) return {};
    return "known here: " + listOf(known, before, after);
}

constexpr std::string_view kEverywhere[] = {"description", "statistics", "trace"};

}  // namespace

std::string didYouMean(std::string_view name,
                       const std::vector<std::string_view>& known,
                       std::string_view before,
                       std::string_view after) {
    const std::string_view nearest = base::nearestName(name, known);
    if (nearest.empty()) return {};
    return "; did you mean " + std::string(before) + std::string(nearest) + std::string(after) + "?";
}

Element::Element(pugi::xml_node node, SourceFile& file, Diagnostics& diagnostics, const Substitution* substitution)
    : node_(node), file_(&file), diagnostics_(&diagnostics), substitution_(substitution) {
    usage().opened = true;
}

Element Element::open(pugi::xml_node child) const {
    return {child, *file_, *diagnostics_, substitution_};
}

std::string_view Element::name() const noexcept {
    return xml::localName(node_);
}
std::string Element::namespaceUri() const {
    return std::string(xml::namespaceUri(node_));
}

Place Element::located(Place place) const {
    if (substitution_) place.within = substitution_->within();
    return place;
}

Place Element::place() const {
    return located(file_->place(node_));
}
Place Element::placeOf(std::string_view attribute) const {
    return located(file_->placeOfAttribute(node_, attribute));
}
Place Element::placeOfValue(std::string_view attribute) const {
    return located(file_->placeOfValue(node_, attribute));
}

bool Element::belongs(pugi::xml_node child, Namespaces namespaces) const {
    if (namespaces == Namespaces::Any) return true;
    const std::string_view uri = xml::namespaceUri(child);
    if (isSynapse(uri)) return true;
    if (!uri.empty()) return false;
    // One report for the outermost element is enough: those inside it lack the same declaration.
    if (!xml::namespaceUri(node_).empty()) {
        diagnostics_->error(located(file_->place(child)),
                            "element <" + std::string(child.name()) + "> is in no namespace",
                            "add xmlns=\"" + std::string(kSynapseNamespace) + "\"");
    }
    return true;
}

std::vector<Element> Element::children(Namespaces namespaces) const {
    std::vector<Element> result;
    for (const pugi::xml_node child : node_.children()) {
        if (!isElement(child) || !belongs(child, namespaces)) continue;
        if (xml::localName(child) == "description") continue;
        result.push_back(open(child));
    }
    return result;
}

std::vector<Element> Element::childrenNamed(std::string_view name, Namespaces namespaces) const {
    noteName(usage().children, name);
    std::vector<Element> result;
    for (const pugi::xml_node child : node_.children()) {
        if (!isElement(child) || xml::localName(child) != name || !belongs(child, namespaces)) continue;
        result.push_back(open(child));
    }
    return result;
}

std::optional<Element> Element::child(std::string_view name, Namespaces namespaces) const {
    const std::vector<Element> found = childrenNamed(name, namespaces);
    if (found.empty()) return std::nullopt;
    for (std::size_t i = 1; i < found.size(); ++i) {
        found[i].warning("only the first <" + std::string(name) + "> in <" + std::string(this->name()) + "> is used");
        found[i].ignore();
    }
    return found.front();
}

std::optional<Element> Element::childOrImplied(std::string_view name) const {
    auto found = child(name);
    if (found || !recorded()) return found;
    return imply(name);
}

Element Element::imply(std::string_view name) const {
    const std::string_view prefix = xml::prefixOf(node_.name());
    std::string qualified(prefix);
    if (!prefix.empty()) qualified += ':';
    qualified += name;
    return open(pugi::xml_node(node_).append_child(qualified.c_str()));
}

void Element::resolvedChild(std::string_view name, std::string_view text) const {
    if (!recorded()) return;
    auto found = child(name);
    if (!found) found = imply(name);
    ElementUsage& used = found->usage();
    used.text = true;
    if (used.givenText.value_or(std::string()).empty()) used.givenText = text;
}

void Element::superseded() const {
    if (recorded()) usage().ignored = true;
}

void Element::resolvedName(std::string_view name) const {
    usage().givenName = name;
}

void Element::beyondSynapse(std::string_view attribute) const {
    if (node_.attribute(std::string(attribute).c_str()).empty()) return;
    diagnostics_->beyondSynapse(placeOf(attribute),
                                "Synapse has no attribute " + quote(attribute) + " on <" + std::string(name()) + ">");
}

void Element::beyondSynapse() const {
    const std::string_view parent = xml::localName(node_.parent());
    diagnostics_->beyondSynapse(
        place(),
        "Synapse has no <" + std::string(name()) + ">" + (parent.empty() ? "" : " in <" + std::string(parent) + ">"));
}

void Element::beyondSynapse(std::string_view attribute, std::string what, std::string help) const {
    diagnostics_->beyondSynapse(
        attribute.empty() ? place() : placeOfValue(attribute), std::move(what), std::move(help));
}

std::optional<Element> Element::requiredChild(std::string_view name) const {
    auto found = child(name);
    if (!found) error("<" + std::string(this->name()) + "> needs a child <" + std::string(name) + ">");
    return found;
}

bool Element::hasChildElements() const noexcept {
    return std::any_of(node_.begin(), node_.end(), [](const pugi::xml_node& child) { return isElement(child); });
}

pugi::xml_node Element::rawNode() const {
    ElementUsage& used = usage();
    used.opened = used.opaque = true;
    return node_;
}

pugi::xml_node Element::inlineXml() const {
    for (const pugi::xml_node child : node_.children()) {
        if (!isElement(child)) continue;
        ElementUsage& used = file_->usage(child);
        used.opened = used.opaque = true;
        return child;
    }
    return {};
}

void Element::error(std::string what, std::string help) const {
    diagnostics_->error(place(), std::move(what), std::move(help));
}
void Element::warning(std::string what, std::string help) const {
    diagnostics_->warning(place(), std::move(what), std::move(help));
}
void Element::errorAt(std::string_view attribute, std::string what, std::string help) const {
    diagnostics_->error(placeOfValue(attribute), std::move(what), std::move(help));
}
void Element::warningAt(std::string_view attribute, std::string what, std::string help) const {
    diagnostics_->warning(placeOfValue(attribute), std::move(what), std::move(help));
}

void Element::unknown(const std::vector<std::string_view>& known, std::string help) const {
    ignore();
    const std::string_view parent = xml::localName(node_.parent());
    // What the element around it has asked for by name counts as well: <then> beside the mediators of a <filter>.
    std::vector<std::string_view> candidates = known;
    for (const std::string_view asked : views(file_->usage(node_.parent()).children)) candidates.push_back(asked);
    const std::string suggestion = didYouMean(name(), candidates, "<", ">");
    std::string what = "unknown element <" + std::string(node_.name()) + ">";
    if (!parent.empty()) what += " in <" + std::string(parent) + ">";
    if (suggestion.empty() && help.empty()) help = knownNames(known, "<", ">");
    error(what + suggestion, std::move(help));
}

void Element::ignore() const {
    ElementUsage& used = usage();
    used.opened = used.opaque = used.ignored = true;
}

void Element::leaveOut(std::string why) const {
    ElementUsage& used = usage();
    used.opened = used.opaque = true;
    // The body of a template may be another one for each use.
    if (substitution_) return;
    used.ignored = true;
    used.leftOut = std::move(why);
}

void Element::finish() const {
    ElementUsage& used = usage();
    if (used.finished || used.opaque) return;
    used.finished = true;
    finishAttributes();
    finishChildren();
}

void Element::finishAttributes() const {
    std::vector<std::string_view> known;
    for (const auto& entry : usage().attributes) known.push_back(entry.name);
    for (const pugi::xml_attribute attribute : node_.attributes()) {
        const std::string_view name = attribute.name();
        if (xml::isNamespaceDeclaration(name)) continue;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        if (std::find(std::begin(kEverywhere), std::end(kEverywhere), name) != std::end(kEverywhere)) continue;
        if (!xml::prefixOf(name).empty()) {
            if (!isSynapse(xml::namespaceUri(node_, attribute))) continue;
            diagnostics_->error(placeOf(name),
                                subjectOf(name) + " has a prefix; attributes here are written without one");
            continue;
        }
        const std::string suggestion = didYouMean(name, known);
        diagnostics_->error(placeOf(name),
                            "unknown attribute " + quote(name) + " of <" + std::string(this->name()) + ">" + suggestion,
                            suggestion.empty() ? knownNames(known, "", "") : std::string());
    }
}

void Element::finishChildren() const {
    const std::vector<std::string_view> known = views(usage().children);
    for (const pugi::xml_node child : node_.children()) {
        const bool isText = child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata;
        if (isText && !usage().text && !base::trim(child.value()).empty()) {
            diagnostics_->warning(placeOfText(), "text in <" + std::string(name()) + "> is ignored");
        }
        if (!isElement(child)) continue;
        const ElementUsage& used = file_->usage(child);
        if (used.opened) {
            open(child).finish();
            continue;
        }
        if (xml::localName(child) == "description") continue;
        const std::string_view uri = xml::namespaceUri(child);
        if (!uri.empty() && !isSynapse(uri)) {
            diagnostics_->error(located(file_->place(child)),
                                "element <" + std::string(child.name()) + "> of namespace " + quote(uri) +
                                    " is not known in <" + std::string(name()) + ">");
            continue;
        }
        if (belongs(child, Namespaces::Synapse)) open(child).unknown(known);
    }
}

}  // namespace myelin::config
