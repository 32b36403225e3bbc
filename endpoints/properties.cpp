#include "endpoints/properties.hpp"

#include "endpoints/child.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

EndpointProperties EndpointProperties::read(config::Element& endpoint, config::Build& build) {
    std::vector<Property> properties;
    for (auto& element : endpoint.childrenNamed("property")) {
        Property property;
        property.name = base::trim(element.required("name"));
        using message::Scope;
        property.scope = element.choice<Scope>("scope",
                                               {{"default", Scope::Default},
                                                {"axis2", Scope::Axis2},
                                                {"axis2-client", Scope::Axis2Client},
                                                {"transport", Scope::Transport}},
                                               Scope::Default);
        const auto value = element.attribute("value");
        // With both, Synapse takes the value; the expression is compiled all the same to see its mistakes.
        auto expression = build.xpath(element, "expression");
        if (value) {
            if (base::trim(*value).empty())
                element.errorAt("value", "the value of an endpoint property must not be blank");
            property.value = *value;
        } else if (element.has("expression")) {
            property.expression = std::move(expression);
        } else {
            element.error("an endpoint property needs a value or an expression",
                          R"(write <property name="n" value="v"/> or <property name="n" expression="xpath"/>)");
        }
        // How to balance is nothing that a message has to know.
        if (!property.expression && property.name.starts_with(kBalancingPrefix)) continue;
        properties.push_back(std::move(property));
    }
    EndpointProperties result;
    if (!properties.empty()) result.properties_ = std::make_shared<const std::vector<Property>>(std::move(properties));
    return result;
}

EndpointProperties::Applied::Applied(const EndpointProperties& properties, message::MessageContext& context)
    : context_(&context) {
    if (properties.empty()) return;
    for (const auto& property : *properties.properties_) {
        if (property.expression) {
            const auto text = context.evaluateText(*property.expression);
            if (text) set(property.scope, property.name, *text);
        } else {
            set(property.scope, property.name, property.value);
        }
    }
}

void EndpointProperties::Applied::set(message::Scope scope, std::string_view name, std::string_view value) {
    if (scope == message::Scope::Transport) {
        if (!headersChanged_) {
            formerHeaders_.assign(context_->headers().begin(), context_->headers().end());
            headersChanged_ = true;
        }
        context_->headers().set(name, value);
        return;
    }
    auto& properties = context_->properties(scope);
    const auto* former = properties.get(name);
    former_.push_back({scope, name, former ? std::optional(*former) : std::nullopt});
    properties.set(name, message::PropertyValue(value));
}

EndpointProperties::Applied::~Applied() {
    // Backwards: a property that was set twice gets its first value back.
    for (auto former = former_.rbegin(); former != former_.rend(); ++former) {
        auto& properties = context_->properties(former->scope);
        if (former->value) {
            properties.setStatic(former->name, std::move(*former->value));
        } else {
            properties.remove(former->name);
        }
    }
    if (headersChanged_) {
        context_->headers().clear();
        for (const auto& field : formerHeaders_) context_->headers().addView(field.name, field.value, field.id);
    }
}

}  // namespace myelin::endpoints
