#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/message/message_context.hpp"
#include "engine/plugin/parameters.hpp"
#include "engine/xml/writer.hpp"
#include "mediators/integrate/mutable_message_view.hpp"
#include "mediators/typed_value.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MediationFault;

std::string textOf(const pugi::xml_node& element) {
    std::string text;
    xml::write(documentOf(element)->root(), text);
    return text;
}

/// The <property> children: a value, or an XML child, which is given as text (synapse-mediation 4.7).
plugin::Parameters readParameters(const config::Element& element) {
    plugin::Parameters parameters;
    std::set<std::string> seen;
    for (const auto& property : element.childrenNamed("property")) {
        const std::string name{base::trim(property.required("name"))};
        const auto value = property.attribute("value");
        const bool computed = property.has("expression");
        const pugi::xml_node child = value ? pugi::xml_node() : property.inlineXml();
        if (computed) {
            property.errorAt("expression",
                             "a property of a class is fixed",
                             "set a message property with <property> before it, which the class can read");
        } else if (!value && !child) {
            property.error("the property \"" + name + "\" needs a \"value\" or an XML child");
        }
        if (name.empty()) continue;
        if (!seen.insert(name).second) property.errorAt("name", "the property \"" + name + "\" is given twice");
        parameters.add(name, value ? *value : textOf(child));
    }
    return parameters;
}

/// <class name="...">: a mediator of a plugin. What it throws is a fault of the message that names the plugin.
class Class final : public message::Mediator {
public:
    Class(std::string title, std::shared_ptr<const plugin::Library> library, std::unique_ptr<plugin::Mediator> object)
        : title_(std::move(title)), library_(std::move(library)), object_(std::move(object)) {}

    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        const auto parameters = readParameters(element);
        const std::string name{base::trim(element.required("name"))};
        const auto source = config::PluginSource::of(element, build);
        if (name.empty() || !source) return nullptr;
        const auto found = source->plugins.mediator(name);
        if (!found) {
            const auto known = source->plugins.mediatorNames();
            element.errorAt("name",
                            "there is no mediator class \"" + name + "\"" + config::didYouMean(name, known),
                            source->has(known));
            return nullptr;
        }
        std::string failure;
        auto object = plugin::Plugins::make<plugin::MediatorFactory, plugin::Options>(*found, failure, parameters);
        if (!object) {
            element.errorAt("name", "cannot create mediator class \"" + name + "\": " + failure);
            return nullptr;
        }
        for (const auto& unused : parameters.unused()) {
            element.error("the class " + name + " has no property \"" + unused + "\"" +
                          config::didYouMean(unused, parameters.asked()));
        }
        return std::make_unique<Class>("class " + name + " of the plugin " + std::string(found->library->name()),
                                       found->library,
                                       std::move(object));
    }

    Flow mediate(message::MessageContext& context) const override {
        MutableMessageView view(context);
        try {
            return object_->mediate(view) ? Flow::Continue : Flow::Stop;
        } catch (const MediationFault&) {
            // The message's own trouble: its body could not be read.
            throw;
        } catch (const plugin::Fault& fault) {
            throw MediationFault(fault.code(), fault.what(), title_ + ": " + fault.what());
        } catch (const std::exception& failure) {
            throw MediationFault(message::error_code::kMediation, title_ + " failed: " + failure.what());
        } catch (...) {
            throw MediationFault(message::error_code::kMediation, title_ + " threw what is no std::exception");
        }
    }
    std::string_view name() const noexcept override { return "class"; }

private:
    std::string title_;
    std::shared_ptr<const plugin::Library> library_;  // first: it outlives the object
    std::unique_ptr<plugin::Mediator> object_;
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "class", &Class::make};

}  // namespace

}  // namespace myelin::mediators
