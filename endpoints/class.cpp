#include <exception>
#include <string>
#include <vector>

#include "endpoints/leaf.hpp"
#include "endpoints/message_view.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/message/message_context.hpp"
#include "engine/plugin/parameters.hpp"
#include "engine/plugin/plugins.hpp"

namespace myelin::endpoints {

namespace {

/// <class name="...">: a plugin says where each message goes; all else is as with an address. All addresses share one
/// state.
class ClassEndpoint final : public LeafEndpoint {
public:
    ClassEndpoint(LeafDefinition definition,
                  std::shared_ptr<LeafState> state,
                  std::shared_ptr<const plugin::Library> library,
                  std::unique_ptr<plugin::Endpoint> object)
        : LeafEndpoint(std::move(definition), std::move(state)),
          library_(std::move(library)),
          object_(std::move(object)) {}

protected:
    Target target(message::MessageContext& context, runtime::Deadline deadline) const override {
        Target to;
        std::string_view address;
        try {
            address = context.arena().copy(object_->addressFor(MessageView(context, deadline)));
        } catch (const message::MediationFault&) {
            // The message's own trouble: its body could not be read.
            throw;
        } catch (const std::exception& failure) {
            to.error = "the plugin " + std::string(library_->name()) + " failed: " + failure.what();
            return to;
        }
        return targetAt(address, "the plugin " + std::string(library_->name()) + " gave");
    }
    std::string_view kind() const noexcept override { return "Class endpoint"; }

private:
    std::shared_ptr<const plugin::Library> library_;  // first: it outlives the object
    std::unique_ptr<plugin::Endpoint> object_;
};

/// Synapse reads `parameter` in no namespace; in ours it is as good.
plugin::Parameters readParameters(const config::Element& kind) {
    plugin::Parameters parameters;
    for (const auto& element : kind.childrenNamed("parameter", config::Element::Namespaces::Any)) {
        const std::string name{base::trim(element.required("name"))};
        parameters.add(name, element.text());
    }
    return parameters;
}

/// Synapse's classes deal with all of this themselves.
void markDefinition(const config::Element& kind) {
    for (const std::string_view attribute : {"format", "optimize", "encoding", "statistics", "trace"}) {
        kind.beyondSynapse(attribute);
    }
    for (const std::string_view name : {"enableAddressing",
                                        "timeout",
                                        "markForSuspension",
                                        "suspendOnFailure",
                                        "suspendDurationOnFailure",
                                        "retryConfig"}) {
        if (const auto child = kind.child(name)) child->beyondSynapse();
    }
}

std::unique_ptr<message::Endpoint> makeClass(config::Element& endpoint,
                                             config::Element& kind,
                                             const config::EndpointPosition& position,
                                             config::Build& build) {
    auto definition = LeafDefinition::read(endpoint, kind, position, build);
    markDefinition(kind);
    const auto parameters = readParameters(kind);
    const std::string name{base::trim(kind.required("name"))};
    if (name.empty()) return nullptr;
    const auto source = config::PluginSource::of(kind, build);
    if (!source) return nullptr;
    const auto found = source->plugins.endpoint(name);
    if (!found) {
        const auto known = source->plugins.endpointNames();
        kind.errorAt("name",
                     "there is no endpoint class \"" + name + "\"" + config::didYouMean(name, known),
                     source->has(known));
        return nullptr;
    }
    std::string failure;
    auto object = plugin::Plugins::make<plugin::EndpointFactory, plugin::Options>(*found, failure, parameters);
    if (!object) {
        kind.errorAt("name", "cannot create class endpoint \"" + name + "\": " + failure);
        return nullptr;
    }
    for (const auto& unused : parameters.unused()) {
        kind.error("the class " + name + " has no parameter \"" + unused + "\"" +
                   config::didYouMean(unused, parameters.asked()));
    }
    auto made = std::make_unique<ClassEndpoint>(
        std::move(definition), leafState(build, position, "class " + name), found->library, std::move(object));
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, nullptr, {}, *made, build);
    return LeafEndpoint::withinLimits(std::move(made), build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "class", {&makeClass, 95, false, false}};

}  // namespace

}  // namespace myelin::endpoints
