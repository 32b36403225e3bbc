#include "engine/config/element.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "engine/config/element_words.hpp"

namespace myelin::config {
namespace {

std::string shortest(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

bool isText(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

}  // namespace

Place Element::placeOfText() const {
    for (const pugi::xml_node child : node_.children()) {
        if (!isText(child)) continue;
        const std::string_view value = child.value();
        if (base::trim(value).empty() || child.offset_debug() < 0) continue;
        const std::string_view raw = file_->text().substr(static_cast<std::size_t>(child.offset_debug()));
        const std::size_t blanks = std::min(raw.find_first_not_of(" \t\r\n"), raw.size());
        const std::size_t end = std::min(raw.find_first_of("<\r\n", blanks), raw.size());
        return located(file_->place(static_cast<std::size_t>(child.offset_debug()) + blanks, end - blanks));
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
    if (const std::string* given = substitution_ ? substitution_->find(value) : nullptr) return *given;
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
        diagnostics_->beyondSynapse(place, "Synapse replaces no ${ENV:NAME}", "it takes $SYSTEM:NAME as a whole value");
        result.append(value, copied, at - copied);
        result += environment(value.substr(at + kOpen.size(), close - at - kOpen.size()));
        copied = close + 1;
    }
    return result.append(value, copied, std::string::npos);
}

std::optional<std::string> Element::read(std::string_view name) const {
    usage().attribute(name);
    const pugi::xml_attribute found = node_.attribute(std::string(name).c_str());
    if (!found) return std::nullopt;
    std::string value = found.value();
    if (value.find('$') != std::string::npos) value = expand(std::move(value), placeOfValue(name));
    given(name, value);
    return value;
}

void Element::given(std::string_view name, std::string_view value) const {
    if (recorded()) usage().attribute(name).value = value;
}

void Element::otherwiseGiven(std::string_view name, std::string_view value) const {
    if (!value.empty()) given(name, value);
}

void Element::resolved(std::string_view attribute, std::string_view value) const {
    if (!recorded()) return;
    auto& entry = usage().attribute(attribute);
    entry.value = value;
    entry.presenceMatters = false;
}

std::optional<std::string> Element::attribute(std::string_view name) const {
    auto value = read(name);
    usage().attribute(name).presenceMatters = true;
    return value;
}

std::string Element::attribute(std::string_view name, std::string_view otherwise) const {
    auto value = read(name);
    if (value) return std::move(*value);
    otherwiseGiven(name, otherwise);
    return std::string(otherwise);
}

bool Element::has(std::string_view name) const {
    usage().attribute(name).presenceMatters = true;
    return !node_.attribute(std::string(name).c_str()).empty();
}

std::string Element::required(std::string_view name) const {
    const std::size_t errors = diagnostics_->errorCount();
    auto value = read(name);
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
    return choice(name, {"true", "false"}, otherwise ? "true" : "false") == "true";
}

double Element::decimal(std::string_view name, double least, double most, double otherwise) const {
    const auto value = read(name);
    if (!value) {
        otherwiseGiven(name, shortest(otherwise));
        return otherwise;
    }
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
    constexpr double kNoBound = 1e30;  // the largest of a float and of a double are no news to anybody
    notANumber(subject,
               place,
               value,
               "a number",
               least <= -kNoBound ? "" : shortest(least),
               most >= kNoBound ? "" : shortest(most));
    return otherwise;
}

std::chrono::milliseconds Element::milliseconds(std::string_view name,
                                                std::chrono::milliseconds least,
                                                std::chrono::milliseconds most,
                                                std::chrono::milliseconds otherwise) const {
    const auto value = read(name);
    if (!value) {
        if (otherwise >= least && otherwise <= most) otherwiseGiven(name, std::to_string(otherwise.count()));
        return otherwise;
    }
    const auto number = base::parseNumber<std::int64_t>(base::trim(*value));
    if (number && *number >= least.count() && *number <= most.count()) {
        given(name, std::to_string(*number));
        return std::chrono::milliseconds(*number);
    }
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
    if (!least.empty()) text += " from " + least;
    if (!most.empty()) text += (least.empty() ? " up to " : " to ") + most;
    if (!least.empty() && most.empty()) text += " up";
    text += base::trim(value).empty() ? ", but is empty" : ", not " + quote(base::trim(value));
    diagnostics_->error(place, std::move(text));
}

std::string Element::choice(std::string_view name,
                            const std::vector<std::string_view>& allowed,
                            std::string_view otherwise) const {
    const auto value = read(name);
    if (!value) {
        otherwiseGiven(name, otherwise);
        return std::string(otherwise);
    }
    const std::string_view text = base::trim(*value);
    for (const std::string_view known : allowed) {
        if (!base::equalsIgnoreCase(known, text)) continue;
        given(name, known);
        return std::string(known);
    }
    wrongChoice(name, text, allowed);
    return std::string(otherwise);
}

void Element::wrongChoice(std::string_view name,
                          std::string_view value,
                          const std::vector<std::string_view>& allowed) const {
    diagnostics_->error(
        placeOfValue(name),
        subjectOf(name) + (value.empty() ? " is empty" : " cannot be " + quote(value)) + didYouMean(value, allowed),
        "it takes: " + listOf(allowed, "", ""));
}

std::string Element::text() const {
    usage().text = true;
    std::string result;
    for (const pugi::xml_node child : node_.children()) {
        if (isText(child)) result += child.value();
        if (child.type() == pugi::node_element && !file_->usage(child).opaque) {
            open(child).error("<" + std::string(child.name()) + "> stands where <" + std::string(name()) +
                              "> takes text only");
            open(child).ignore();
        }
    }
    std::string trimmed(base::trim(result));
    if (trimmed.find('$') != std::string::npos) trimmed = expand(std::move(trimmed), placeOfText());
    if (recorded()) usage().givenText = trimmed;
    return trimmed;
}

}  // namespace myelin::config
