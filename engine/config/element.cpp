#include "engine/config/element.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace myelin::config {
namespace {

std::string_view localName(std::string_view name) noexcept {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// The URI bound to a prefix ("" for the default namespace) where `node` stands.
std::string_view lookUp(pugi::xml_node node, std::string_view prefix) {
    if (prefix == "xml") return "http://www.w3.org/XML/1998/namespace";
    const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
    for (; node; node = node.parent()) {
        const pugi::xml_attribute binding = node.attribute(name.c_str());
        if (binding) return binding.value();
    }
    return {};
}

std::string_view uriOf(pugi::xml_node node) {
    const std::string_view name = node.name();
    const std::size_t colon = name.find(':');
    return lookUp(node, colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon));
}

/// Synapse's own namespace, and those beneath it that its extensions use (".../synapse/spring").
bool isSynapse(std::string_view uri) noexcept {
    if (!uri.starts_with(kSynapseNamespace)) return false;
    uri.remove_prefix(kSynapseNamespace.size());
    return uri.empty() || uri.front() == '/';
}

bool isElement(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_element;
}

void note(std::vector<std::string>& names, std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

std::vector<std::string_view> views(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
}

std::string quote(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

std::string listOf(const std::vector<std::string_view>& names, std::string_view before, std::string_view after) {
    std::string text;
    for (const std::string_view name : names) {
        if (!text.empty()) text += ", ";
        text.append(before).append(name).append(after);
    }
    return text;
}

/// What goes into the help when no name is near: all the known ones, unless they are too many to read.
std::string knownNames(const std::vector<std::string_view>& known, std::string_view before, std::string_view after) {
    constexpr std::size_t kReadable = 12;
    if (known.empty() || known.size() > kReadable) return {};
    return "known here: " + listOf(known, before, after);
}

constexpr std::string_view kEverywhere[] = {"description", "statistics", "trace"};

std::string shortest(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

}  // namespace

std::string didYouMean(std::string_view name,
                       const std::vector<std::string_view>& known,
                       std::string_view before,
                       std::string_view after) {
    const std::string_view nearest = base::nearestName(name, known);
    if (nearest.empty()) return {};
    return "; did you mean " + std::string(before) + std::string(nearest) + std::string(after) + "?";
}

Element::Element(pugi::xml_node node, SourceFile& file, Diagnostics& diagnostics)
    : node_(node), file_(&file), diagnostics_(&diagnostics) {
    usage().opened = true;
}

Element Element::open(pugi::xml_node child) const {
    return {child, *file_, *diagnostics_};
}

std::string_view Element::name() const noexcept {
    return localName(node_.name());
}
std::string Element::namespaceUri() const {
    return std::string(uriOf(node_));
}

Place Element::place() const {
    return file_->place(node_);
}
Place Element::placeOf(std::string_view attribute) const {
    return file_->placeOfAttribute(node_, attribute);
}
Place Element::placeOfValue(std::string_view attribute) const {
    return file_->placeOfValue(node_, attribute);
}

Place Element::placeOfText() const {
    for (const pugi::xml_node child : node_.children()) {
        if (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata) continue;
        const std::string_view value = child.value();
        if (base::trim(value).empty() || child.offset_debug() < 0) continue;
        const std::string_view raw = file_->text().substr(static_cast<std::size_t>(child.offset_debug()));
        const std::size_t blanks = std::min(raw.find_first_not_of(" \t\r\n"), raw.size());
        const std::size_t end = std::min(raw.find_first_of("<\r\n", blanks), raw.size());
        return file_->place(static_cast<std::size_t>(child.offset_debug()) + blanks, end - blanks);
    }
    return place();
}

std::string Element::subjectOf(std::string_view attribute) const {
    return "attribute " + quote(attribute) + " of <" + std::string(name()) + ">";
}
std::string Element::subjectOfText() const {
    return "the text of <" + std::string(name()) + ">";
}

std::string Element::expand(std::string value, const Place& place) const {
    const auto environment = [&](const std::string& variable) -> std::string {
        const char* const found = std::getenv(variable.c_str());
        if (!found) {
            diagnostics_->error(place, "the environment variable " + quote(variable) + " is not set");
            return {};
        }
        return found;
    };
    constexpr std::string_view kSystem = "$SYSTEM:";
    const std::string_view trimmed = base::trim(value);
    if (trimmed.starts_with(kSystem)) return environment(std::string(trimmed.substr(kSystem.size())));
    constexpr std::string_view kOpen = "${ENV:";
    std::size_t at = value.find(kOpen);
    if (at == std::string::npos) return value;
    std::string result;
    std::size_t copied = 0;
    for (; at != std::string::npos; at = value.find(kOpen, copied)) {
        const std::size_t close = value.find('}', at);
        if (close == std::string::npos) {
            diagnostics_->error(place, "\"${ENV:\" is not closed", "write ${ENV:NAME}");
            break;
        }
        result.append(value, copied, at - copied);
        result += environment(value.substr(at + kOpen.size(), close - at - kOpen.size()));
        copied = close + 1;
    }
    return result.append(value, copied, std::string::npos);
}

std::optional<std::string> Element::attribute(std::string_view name) const {
    note(usage().attributes, name);
    const pugi::xml_attribute found = node_.attribute(std::string(name).c_str());
    if (!found) return std::nullopt;
    const std::string_view value = found.value();
    if (value.find('$') == std::string_view::npos) return std::string(value);
    return expand(std::string(value), placeOfValue(name));
}

std::string Element::attribute(std::string_view name, std::string_view otherwise) const {
    auto value = attribute(name);
    return value ? std::move(*value) : std::string(otherwise);
}

bool Element::has(std::string_view name) const {
    note(usage().attributes, name);
    return !node_.attribute(std::string(name).c_str()).empty();
}

std::string Element::required(std::string_view name) const {
    const std::size_t errors = diagnostics_->errorCount();
    auto value = attribute(name);
    if (!value) {
        error("<" + std::string(this->name()) + "> needs attribute " + quote(name));
        return {};
    }
    if (base::trim(*value).empty()) {
        // An unset environment variable has been reported already.
        if (diagnostics_->errorCount() == errors) diagnostics_->error(placeOf(name), subjectOf(name) + " is empty");
        return {};
    }
    return std::move(*value);
}

bool Element::boolean(std::string_view name, bool otherwise) const {
    const auto value = attribute(name);
    if (!value) return otherwise;
    const std::string_view text = base::trim(*value);
    if (base::equalsIgnoreCase(text, "true")) return true;
    if (base::equalsIgnoreCase(text, "false")) return false;
    wrongChoice(name, text, {"true", "false"});
    return otherwise;
}

double Element::decimal(std::string_view name, double least, double most, double otherwise) const {
    const auto value = attribute(name);
    if (!value) return otherwise;
    return checkedDecimal(subjectOf(name), placeOfValue(name), *value, least, most, otherwise);
}

double Element::textAsDecimal(double least, double most, double otherwise) const {
    const std::string value = text();
    return checkedDecimal(subjectOfText(), placeOfText(), value, least, most, otherwise);
}

double Element::checkedDecimal(std::string_view subject,
                               const Place& place,
                               std::string_view value,
                               double least,
                               double most,
                               double otherwise) const {
    const auto number = base::parseNumber<double>(base::trim(value));
    if (number && std::isfinite(*number) && *number >= least && *number <= most) return *number;
    notANumber(subject, place, value, "a number", shortest(least), most >= 1e300 ? "" : shortest(most));
    return otherwise;
}

std::chrono::milliseconds Element::milliseconds(std::string_view name,
                                                std::chrono::milliseconds least,
                                                std::chrono::milliseconds most,
                                                std::chrono::milliseconds otherwise) const {
    const auto value = attribute(name);
    if (!value) return otherwise;
    const auto number = base::parseNumber<std::int64_t>(base::trim(*value));
    if (number && *number >= least.count() && *number <= most.count()) return std::chrono::milliseconds(*number);
    notANumber(subjectOf(name),
               placeOfValue(name),
               *value,
               "a whole number of milliseconds",
               std::to_string(least.count()),
               most == std::chrono::milliseconds::max() ? "" : std::to_string(most.count()));
    return otherwise;
}

void Element::notANumber(std::string_view subject,
                         const Place& place,
                         std::string_view value,
                         std::string_view what,
                         const std::string& least,
                         const std::string& most) const {
    std::string text = std::string(subject) + " must be " + std::string(what);
    text += most.empty() ? " from " + least + " up" : " from " + least + " to " + most;
    text += base::trim(value).empty() ? ", but is empty" : ", not " + quote(base::trim(value));
    diagnostics_->error(place, std::move(text));
}

std::string Element::choice(std::string_view name,
                            const std::vector<std::string_view>& allowed,
                            std::string_view otherwise) const {
    const auto value = attribute(name);
    if (!value) return std::string(otherwise);
    const std::string_view text = base::trim(*value);
    for (const std::string_view known : allowed) {
        if (base::equalsIgnoreCase(known, text)) return std::string(known);
    }
    wrongChoice(name, text, allowed);
    return std::string(otherwise);
}

void Element::wrongChoice(std::string_view name,
                          std::string_view value,
                          const std::vector<std::string_view>& allowed) const {
    diagnostics_->error(
        placeOfValue(name),
        subjectOf(name) + (value.empty() ? " is empty" : " is " + quote(value)) + didYouMean(value, allowed),
        "it takes: " + listOf(allowed, "", ""));
}

std::string Element::text() const {
    usage().text = true;
    std::string result;
    for (const pugi::xml_node child : node_.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) result += child.value();
        if (isElement(child) && !file_->usage(child).opaque) {
            open(child).error("<" + std::string(child.name()) + "> stands where <" + std::string(name()) +
                              "> takes text only");
            open(child).ignore();
        }
    }
    std::string trimmed(base::trim(result));
    if (trimmed.find('$') == std::string::npos) return trimmed;
    return expand(std::move(trimmed), placeOfText());
}

bool Element::belongs(pugi::xml_node child, Namespaces namespaces) const {
    if (namespaces == Namespaces::Any) return true;
    const std::string_view uri = uriOf(child);
    if (isSynapse(uri)) return true;
    if (!uri.empty()) return false;
    // One report for the outermost element is enough: those inside it lack the same declaration.
    if (!uriOf(node_).empty()) {
        diagnostics_->error(file_->place(child),
                            "element <" + std::string(child.name()) + "> is in no namespace",
                            "add xmlns=\"" + std::string(kSynapseNamespace) + "\"");
    }
    return true;
}

std::vector<Element> Element::children(Namespaces namespaces) const {
    std::vector<Element> result;
    for (const pugi::xml_node child : node_.children()) {
        if (!isElement(child) || !belongs(child, namespaces)) continue;
        if (localName(child.name()) == "description") continue;
        result.push_back(open(child));
    }
    return result;
}

std::vector<Element> Element::childrenNamed(std::string_view name, Namespaces namespaces) const {
    note(usage().children, name);
    std::vector<Element> result;
    for (const pugi::xml_node child : node_.children()) {
        if (!isElement(child) || localName(child.name()) != name || !belongs(child, namespaces)) continue;
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

std::optional<Element> Element::requiredChild(std::string_view name) const {
    auto found = child(name);
    if (!found) error("<" + std::string(this->name()) + "> needs a child <" + std::string(name) + ">");
    return found;
}

bool Element::hasChildElements() const noexcept {
    return std::any_of(node_.begin(), node_.end(), [](const pugi::xml_node& child) { return isElement(child); });
}

pugi::xml_node Element::rawNode() const {
    ignore();
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

std::vector<std::pair<std::string, std::string>> Element::namespacesInScope() const {
    std::vector<std::pair<std::string, std::string>> result;
    for (pugi::xml_node node = node_; node; node = node.parent()) {
        for (const pugi::xml_attribute attribute : node.attributes()) {
            std::string_view name = attribute.name();
            if (name != "xmlns" && !name.starts_with("xmlns:")) continue;
            name.remove_prefix(std::min<std::size_t>(name.size(), 6));
            const bool inner =
                std::any_of(result.begin(), result.end(), [&](const auto& known) { return known.first == name; });
            if (!inner) result.emplace_back(name, attribute.value());
        }
    }
    // xmlns="" takes the default namespace away.
    std::erase_if(result, [](const auto& binding) { return binding.second.empty(); });
    return result;
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
    const std::string_view parent = localName(node_.parent().name());
    const std::string suggestion = didYouMean(name(), known, "<", ">");
    std::string what = "unknown element <" + std::string(node_.name()) + ">";
    if (!parent.empty()) what += " in <" + std::string(parent) + ">";
    if (suggestion.empty() && help.empty()) help = knownNames(known, "<", ">");
    error(what + suggestion, std::move(help));
}

void Element::ignore() const {
    ElementUsage& used = usage();
    used.opened = used.opaque = true;
}

void Element::finish() const {
    ElementUsage& used = usage();
    if (used.finished || used.opaque) return;
    used.finished = true;
    finishAttributes();
    finishChildren();
}

void Element::finishAttributes() const {
    const std::vector<std::string_view> known = views(usage().attributes);
    for (const pugi::xml_attribute attribute : node_.attributes()) {
        const std::string_view name = attribute.name();
        if (name == "xmlns" || name.starts_with("xmlns:")) continue;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        if (std::find(std::begin(kEverywhere), std::end(kEverywhere), name) != std::end(kEverywhere)) continue;
        const std::size_t colon = name.find(':');
        if (colon != std::string_view::npos) {
            if (!isSynapse(lookUp(node_, name.substr(0, colon)))) continue;
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
        if (localName(child.name()) == "description") continue;
        const std::string_view uri = uriOf(child);
        if (!uri.empty() && !isSynapse(uri)) {
            diagnostics_->error(file_->place(child),
                                "element <" + std::string(child.name()) + "> of namespace " + quote(uri) +
                                    " is not known in <" + std::string(name()) + ">");
            continue;
        }
        if (belongs(child, Namespaces::Synapse)) open(child).unknown(known);
    }
}

}  // namespace myelin::config
