#include "engine/config/build.hpp"
#include "mediators/list.hpp"

namespace myelin::mediators {

namespace {

/// `propertyGroup`: properties that belong together, set one after the other (WSO2's extension, synapse-mediation 4.2).
class PropertyGroup final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto group = std::make_unique<PropertyGroup>();
        for (auto& child : element.children()) {
            if (child.isNamed("property"))
                group->properties_.add(child, build);
            else
                child.unknown({"property"});
        }
        if (group->properties_.empty()) element.error("a <propertyGroup> needs at least one <property>");
        return group;
    }

    message::Flow mediate(message::MessageContext& context) const override { return properties_.run(context); }
    std::string_view name() const noexcept override { return "propertyGroup"; }

private:
    MediatorList properties_;
};

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "propertyGroup", &PropertyGroup::make};

}  // namespace

}  // namespace myelin::mediators
