#include <string>

#include "endpoints/resolving.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/build.hpp"
#include "engine/message/forwarding_endpoint.hpp"

namespace myelin::endpoints {

namespace {

/// <endpoint key="name"/>: another endpoint, found when the configuration is loaded; key="{xpath}" is another matter.
/// Not a node of its own: it has no state, and groups see the real endpoint through it (synapse-endpoints 7.2).
class IndirectEndpoint final : public message::ForwardingEndpoint {
public:
    const message::Endpoint** slot() noexcept { return &target_; }

protected:
    const message::Endpoint& target() const noexcept override { return *target_; }

private:
    const message::Endpoint* target_ = nullptr;
};

std::unique_ptr<message::Endpoint> makeIndirect(config::Element& endpoint,
                                                config::Element&,
                                                const config::EndpointPosition& position,
                                                config::Build& build) {
    auto value = build.value(endpoint, "key");
    if (value.expression) return makeResolving(endpoint, std::move(*value.expression), position, build);
    const std::string key{base::trim(value.text)};
    if (key.empty()) {
        endpoint.required("key");  // says so, unless the value is an expression with a mistake
        return nullptr;
    }
    for (const std::string_view unused : {"name", "onError"}) {
        // The name by which others refer to this one is in use.
        if (!endpoint.has(unused) || endpoint.attribute(unused) == position.identity) continue;
        endpoint.warningAt(
            unused, std::string(unused) + " has no effect beside key", "put it on the endpoint that the key names");
    }
    for (const auto& property : endpoint.childrenNamed("property")) {
        property.ignore();
        property.warning("a property has no effect beside key", "put it into the endpoint that the key names");
    }
    auto made = std::make_unique<IndirectEndpoint>();
    build.referEndpoint(endpoint, "key", key, made->slot());
    return made;
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "key", {&makeIndirect, 0, true, false}};

}  // namespace

}  // namespace myelin::endpoints
