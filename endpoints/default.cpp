#include "endpoints/default.hpp"

#include <stdexcept>

#include "endpoints/leaf.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

namespace {

/// Sends to wherever the message says that it wants to go.
class DefaultEndpoint final : public LeafEndpoint {
public:
    using LeafEndpoint::LeafEndpoint;

protected:
    Target target(message::MessageContext& context, runtime::Deadline) const override { return targetOfTo(context); }
    std::string_view kind() const noexcept override { return "Default endpoint"; }
};

std::unique_ptr<message::Endpoint> makeDefault(config::Element& endpoint,
                                               config::Element& kind,
                                               const config::EndpointPosition& position,
                                               config::Build& build) {
    auto made = std::make_unique<DefaultEndpoint>(LeafDefinition::read(endpoint, kind, position, build),
                                                  leafState(build, position, "default"));
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, nullptr, {}, *made, build);
    return LeafEndpoint::withinLimits(std::move(made), build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "default", {&makeDefault, 50, false, false}};

}  // namespace

const message::Endpoint& implicitEndpoint() {
    static const auto& instance = *new DefaultEndpoint(
        [] {
            LeafDefinition definition;
            definition.position.identity = "the message's To";
            return definition;
        }(),
        nullptr);
    return instance;
}

}  // namespace myelin::endpoints
