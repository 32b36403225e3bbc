#include <string>
#include <vector>

#include "endpoints/fixed_address.hpp"
#include "endpoints/leaf.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kKind = "Address endpoint";

/// An address with ${property} in it, filled in for each message from the default scope. A property that is not there
/// leaves its placeholder as it is, as in Synapse. All addresses share one state.
class DynamicAddressEndpoint final : public LeafEndpoint {
public:
    DynamicAddressEndpoint(LeafDefinition definition, std::shared_ptr<LeafState> state, std::string_view uri)
        : LeafEndpoint(std::move(definition), std::move(state)) {
        for (;;) {
            const auto open = uri.find("${");
            const auto close = open == std::string_view::npos ? open : uri.find('}', open);
            if (close == std::string_view::npos) break;
            parts_.push_back({std::string(uri.substr(0, open)), std::string(uri.substr(open + 2, close - open - 2))});
            uri.remove_prefix(close + 1);
        }
        rest_ = uri;
    }

protected:
    Target target(message::MessageContext& context, runtime::Deadline) const override {
        std::string text;
        for (const auto& part : parts_) {
            text += part.before;
            const auto value = context.property(message::Scope::Default, part.property);
            text += value ? message::toText(*value) : "${" + part.property + "}";
        }
        text += rest_;
        return targetAt(context.arena().copy(text), "");
    }
    std::string_view kind() const noexcept override { return kKind; }

private:
    struct Part {
        std::string before;
        std::string property;
    };
    std::vector<Part> parts_;
    std::string rest_;
};

std::unique_ptr<message::Endpoint> makeAddress(config::Element& endpoint,
                                               config::Element& kind,
                                               const config::EndpointPosition& position,
                                               config::Build& build) {
    auto definition = LeafDefinition::read(endpoint, kind, position, build);
    const std::string uri{base::trim(kind.required("uri"))};
    if (uri.empty()) return nullptr;
    std::unique_ptr<LeafEndpoint> made;
    FixedAddress checked;
    auto state = leafState(build, position, uri);
    if (uri.find("${") != std::string::npos) {
        made = std::make_unique<DynamicAddressEndpoint>(std::move(definition), std::move(state), uri);
    } else {
        auto address = FixedAddress::read(kind, "uri", uri);
        if (!address) return nullptr;
        checked = *address;
        made = makeFixedLeaf(kKind, std::move(definition), std::move(state), std::move(*address));
    }
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, checked.origin, checked.path, *made, build);
    return LeafEndpoint::withinLimits(std::move(made), build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "address", {&makeAddress, 30, false, false}};

}  // namespace

}  // namespace myelin::endpoints
