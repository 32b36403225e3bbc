#include <exception>
#include <string>
#include <vector>

#include "endpoints/leaf.hpp"
#include "endpoints/message_view.hpp"
#include "engine/base/strings.hpp"
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

std::vector<std::string_view> knownClasses(const plugin::Plugins& plugins) {
    std::vector<std::string_view> names;
    for (const auto& library : plugins.libraries()) {
        for (const auto& entry : library->endpoints()) names.push_back(entry.first);
    }
    return names;
}

std::string whereFrom(const std::vector<std::string_view>& known) {
    if (known.empty()) {
        return "classes come from plugins: see samples/plugins, and <plugins> in the engine settings (conf/myelin.xml)";
    }
    std::string text = "the plugins have ";
    for (const auto name : known) text += (name == known.front() ? "" : ", ") + std::string(name);
    return text;
}

/// Makes the plugin's object; null after reporting why not.
std::unique_ptr<plugin::Endpoint> makeObject(const config::Element& kind,
                                             plugin::EndpointFactory factory,
                                             const plugin::Options& options) {
    std::string failure = "its constructor failed";
    try {
        if (auto object = factory(options)) return object;
    } catch (const std::exception& error) {
        failure = error.what();
    } catch (...) {
        // Nothing more is known of what is no std::exception.
    }
    kind.errorAt("name", "cannot create class endpoint \"" + kind.attribute("name", "") + "\": " + failure);
    return nullptr;
}

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
    const auto found = build.plugins().endpoint(name);
    if (!found) {
        const auto known = knownClasses(build.plugins());
        kind.errorAt(
            "name", "there is no endpoint class \"" + name + "\"" + config::didYouMean(name, known), whereFrom(known));
        return nullptr;
    }
    auto object = makeObject(kind, found->factory, parameters);
    if (!object) return nullptr;
    for (const auto& unused : parameters.unused()) {
        kind.error("the class " + name + " has no parameter \"" + unused + "\"" +
                   config::didYouMean(unused, parameters.asked()));
    }
    auto made = std::make_unique<ClassEndpoint>(
        std::move(definition), leafState(build, position, "class " + name), found->library, std::move(object));
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, nullptr, {}, *made, build);
    return made;
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "class", {&makeClass, 95, false, false}};

}  // namespace

}  // namespace myelin::endpoints
