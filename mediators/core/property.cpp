#include <optional>
#include <string>
#include <utility>

#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "mediators/regex.hpp"
#include "mediators/typed_value.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MediationFault;
using message::MessageContext;
using message::PropertyValue;
using message::Scope;

/// Sets or removes a property in one of the scopes (synapse-mediation 4.2).
class Property final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto property = std::make_unique<Property>();
        element.required("name");
        auto name = build.value(element, "name");
        property->name_ = std::move(name.text);
        property->nameExpression_ = std::move(name.expression);
        property->scope_ = element.choice<Scope>("scope",
                                                 {{"default", Scope::Default},
                                                  {"synapse", Scope::Default},
                                                  {"axis2", Scope::Axis2},
                                                  {"axis2-client", Scope::Axis2Client},
                                                  {"transport", Scope::Transport},
                                                  {"operation", Scope::Operation}},
                                                 Scope::Default);
        property->remove_ = element.choice("action", {"set", "remove"}, "set") == "remove";
        property->readValue(element, build);
        return property;
    }

    Flow mediate(MessageContext& context) const override {
        std::string computedName;
        if (nameExpression_) computedName = context.evaluateText(*nameExpression_).value_or(std::string());
        const std::string_view name = nameExpression_ ? std::string_view(computedName) : std::string_view(name_);
        if (remove_) {
            context.removeProperty(scope_, name);
        } else if (fixed_ && scope_ == Scope::Default && !nameExpression_ && name != "RESPONSE") {
            context.properties(scope_).setStatic(name, *fixed_);
        } else {
            set(context, name);
        }
        return Flow::Continue;
    }
    std::string_view name() const noexcept override { return "property"; }

private:
    void readValue(config::Element& element, config::Build& build) {
        const auto value = element.attribute("value");
        expression_ = build.xpath(element, "expression");
        const auto typeName = element.choice(
            "type", {"STRING", "BOOLEAN", "DOUBLE", "FLOAT", "INTEGER", "LONG", "SHORT", "OM"}, "STRING");
        type_ = valueTypeNamed(typeName).value_or(ValueType::String);
        readPattern(element);
        const bool given = value || element.has("expression");
        const pugi::xml_node child = given ? pugi::xml_node() : element.inlineXml();
        if (remove_) {
            if (given || child) element.warning("a property that is removed needs no value");
            return;
        }
        if (value && element.has("expression")) {
            element.error("a property has either \"value\" or \"expression\", not both");
        } else if (given && element.hasChildElements()) {
            element.error("a property has either \"value\", \"expression\" or an XML child, not two of them");
            element.ignore();
        } else if (!given && !child) {
            element.error("a property needs a \"value\", an \"expression\" or an XML child",
                          "to remove it, write action=\"remove\"");
        }
        if (value) fix(element, *value);
        if (child) xml_ = documentOf(child);
    }

    void readPattern(config::Element& element) {
        pattern_ = Regex::read(element, "pattern");
        group_ = element.integer<unsigned>("group", 0, 1000, 0);
        if (pattern_ && group_ > pattern_->groups()) {
            element.errorAt(
                "group",
                "the pattern has no group " + std::to_string(group_) + ", only " + std::to_string(pattern_->groups()));
        }
        if (element.has("group") && !element.has("pattern")) {
            element.warningAt("group", "\"group\" does nothing without a \"pattern\"");
        }
    }

    /// A value that is known now. XML is parsed now, and copied for each message.
    void fix(config::Element& element, const std::string& value) {
        text_ = value;
        if (pattern_ && type_ == ValueType::String) {
            const Regex::Match match = pattern_->match(text_, group_);
            text_ = match.group ? std::string(*match.group) : std::string();
        }
        auto converted = convert(text_, type_);
        if (!converted) {
            element.errorAt("value", "\"" + value + "\" is not a value of type " + std::string(nameOf(type_)));
            return;
        }
        if (auto* document = std::get_if<std::shared_ptr<xml::Document>>(&*converted)) {
            xml_ = std::move(*document);
        } else {
            fixed_ = std::move(converted);
        }
    }

    void set(MessageContext& context, std::string_view name) const {
        if (fixed_) {
            context.setProperty(scope_, name, *fixed_);
        } else if (xml_) {
            context.setProperty(scope_, name, documentOf(xml_->root()));
        } else if (type_ == ValueType::Xml) {
            setXml(context, name);
        } else if (const auto text = context.evaluateText(*expression_)) {
            setText(context, name, *text);
        }
    }

    void setText(MessageContext& context, std::string_view name, std::string_view text) const {
        if (pattern_ && type_ == ValueType::String) {
            const Regex::Match match = pattern_->match(text, group_);
            if (match.matched && !match.group) return;  // Java: null, which is no value
            text = match.group.value_or(std::string_view());
        }
        const auto value = convert(text, type_);
        if (!value) throw wrongType(name, text);
        context.setProperty(scope_, name, *value);
    }

    /// The first element that the expression selects; a result that is none is parsed as XML.
    void setXml(MessageContext& context, std::string_view name) const {
        const xml::Value result = context.evaluateValue(*expression_);
        if (const auto* nodes = std::get_if<xml::NodeSet>(&result)) {
            for (const pugi::xpath_node& found : *nodes) {
                if (found.node().type() != pugi::node_element) continue;
                context.setProperty(scope_, name, documentOf(found.node()));
                return;
            }
        }
        const std::string text = xml::toText(result);
        if (text.empty()) return;
        const auto value = convert(text, type_);
        if (!value) throw wrongType(name, text);
        context.setProperty(scope_, name, *value);
    }

    MediationFault wrongType(std::string_view name, std::string_view text) const {
        constexpr std::size_t kShown = 100;
        std::string shown(text.substr(0, kShown));
        if (text.size() > kShown) shown += "...";
        return {message::error_code::kMediation,
                "property " + std::string(name) + ": \"" + shown + "\" is not a value of type " +
                    std::string(nameOf(type_))};
    }

    std::string name_;
    std::optional<xml::XPath> nameExpression_;
    Scope scope_ = Scope::Default;
    bool remove_ = false;
    ValueType type_ = ValueType::String;
    std::string text_;                    // what fixed_ may view
    std::optional<PropertyValue> fixed_;  // a value known from the beginning
    std::shared_ptr<xml::Document> xml_;  // likewise; never handed out itself, since documents have one user
    std::optional<xml::XPath> expression_;
    std::optional<Regex> pattern_;
    unsigned group_ = 0;
};

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "property", &Property::make};

}  // namespace

}  // namespace myelin::mediators
