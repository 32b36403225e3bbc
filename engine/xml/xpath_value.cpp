#include "engine/xml/xpath_value.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "engine/xml/writer.hpp"

namespace myelin::xml {

namespace {

template <typename... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

bool isBlank(std::string_view text) noexcept {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void appendPart(const pugi::xpath_node& node, std::string& out) {
    if (node.attribute()) {
        out.append(node.attribute().value());
        return;
    }
    const pugi::xml_node at = node.node();
    if (at.type() == pugi::node_document) {
        write(at, out);
        return;
    }
    if (at.type() != pugi::node_element) {
        out.append(at.value());
        return;
    }
    const std::size_t start = out.size();
    for (pugi::xml_node child = at.first_child(); child; child = child.next_sibling()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out.append(child.value());
    }
    if (!isBlank(std::string_view(out).substr(start))) return;
    out.resize(start);
    writeSubtree(at, out);
}

// XPath's string-value.
std::string stringValue(const pugi::xpath_node& node) {
    if (node.attribute()) return node.attribute().value();
    const pugi::xml_node top = node.node();
    if (top.type() != pugi::node_element && top.type() != pugi::node_document) return top.value();
    std::string out;
    pugi::xml_node at = top.first_child();
    while (at) {
        if (at.type() == pugi::node_pcdata || at.type() == pugi::node_cdata) out.append(at.value());
        if (at.first_child()) {
            at = at.first_child();
            continue;
        }
        while (at != top && !at.next_sibling()) at = at.parent();
        if (at == top) break;
        at = at.next_sibling();
    }
    return out;
}

double parseXPathNumber(std::string_view text) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return kNaN;
    text = text.substr(from, text.find_last_not_of(kBlank) - from + 1);
    const std::string_view digits = text.substr(text.front() == '-' ? 1 : 0);
    const bool plain = digits.find_first_not_of("0123456789.") == std::string_view::npos &&
                       digits.find_first_of("0123456789") != std::string_view::npos &&
                       digits.find('.') == digits.rfind('.');
    if (!plain) return kNaN;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error == std::errc::result_out_of_range) {
        const double huge = std::numeric_limits<double>::infinity();
        return digits.find_first_of("123456789") < digits.find('.') ? (text.front() == '-' ? -huge : huge) : 0.0;
    }
    return value;
}

}  // namespace

NodeSet nodeSetOf(pugi::xml_node node) {
    if (!node) return {};
    const pugi::xpath_node one(node);
    return NodeSet(&one, &one + 1);
}

std::string numberToText(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    if (number == 0) return "0";
    // Sixteen digits, as pugixml prints the results of its own expressions: 0.1 + 0.2 is 0.3.
    char scientific[32];
    const auto [end, error] =
        std::to_chars(scientific, scientific + sizeof scientific, std::fabs(number), std::chars_format::scientific, 15);
    const std::string_view text(scientific, static_cast<std::size_t>(end - scientific));
    const std::size_t e = text.find('e');
    int exponent = 0;
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end, exponent);
    std::string digits(1, text[0]);
    digits.append(text.substr(2, e - 2));
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();

    std::string out = number < 0 ? "-" : "";
    if (exponent < 0) {
        return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    }
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) return out.append(digits).append(whole - digits.size(), '0');
    return out.append(digits, 0, whole).append(".").append(digits, whole);
}

std::string toText(const Value& value) {
    return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                                 [](std::string_view text) { return std::string(text); },
                                 [](const std::string& text) { return text; },
                                 [](double number) { return numberToText(number); },
                                 [](bool truth) { return std::string(truth ? "true" : "false"); },
                                 [](const NodeSet& nodes) {
                                     std::string out;
                                     for (const pugi::xpath_node& node : nodes) appendPart(node, out);
                                     return out;
                                 }},
                      value);
}

bool toBoolean(const Value& value) {
    return std::visit(Overloaded{[](std::monostate) { return false; },
                                 [](std::string_view text) { return !text.empty(); },
                                 [](const std::string& text) { return !text.empty(); },
                                 [](double number) { return number != 0 && !std::isnan(number); },
                                 [](bool truth) { return truth; },
                                 [](const NodeSet& nodes) { return !nodes.empty(); }},
                      value);
}

double toNumber(const Value& value) {
    return std::visit(Overloaded{[](std::monostate) { return std::numeric_limits<double>::quiet_NaN(); },
                                 [](std::string_view text) { return parseXPathNumber(text); },
                                 [](const std::string& text) { return parseXPathNumber(text); },
                                 [](double number) { return number; },
                                 [](bool truth) { return truth ? 1.0 : 0.0; },
                                 [](const NodeSet& nodes) { return parseXPathNumber(stringValue(nodes.first())); }},
                      value);
}

}  // namespace myelin::xml
