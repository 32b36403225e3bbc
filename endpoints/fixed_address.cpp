#include "endpoints/fixed_address.hpp"

#include <stdexcept>
#include <utility>

#include "endpoints/origins.hpp"
#include "endpoints/url.hpp"

namespace myelin::endpoints {

namespace {

class FixedLeaf final : public LeafEndpoint {
public:
    FixedLeaf(std::string_view kind, LeafDefinition definition, std::shared_ptr<LeafState> state, FixedAddress address)
        : LeafEndpoint(std::move(definition), std::move(state)), kind_(kind), address_(std::move(address)) {}

protected:
    Target target(message::MessageContext&, runtime::Deadline) const override {
        Target to;
        to.origin = address_.origin.get();
        to.path = address_.path;
        return to;
    }
    std::string_view kind() const noexcept override { return kind_; }

private:
    std::string_view kind_;
    FixedAddress address_;
};

}  // namespace

std::optional<FixedAddress> FixedAddress::read(const config::Element& kind,
                                               std::string_view attribute,
                                               const std::string& url,
                                               std::string shown) {
    const auto parsed = parseUrl(url);
    if (!parsed.ok()) {
        if (shown.empty()) shown = "\"" + url + "\"";
        kind.errorAt(attribute, std::move(shown) + " cannot be sent to: " + parsed.error);
        return std::nullopt;
    }
    try {
        return FixedAddress{originFor(parsed.url), std::string(parsed.url.path)};
    } catch (const std::runtime_error& error) {
        kind.errorAt(attribute, std::string("TLS for https backends cannot be set up: ") + error.what());
        return std::nullopt;
    }
}

std::unique_ptr<LeafEndpoint> makeFixedLeaf(std::string_view kind,
                                            LeafDefinition definition,
                                            std::shared_ptr<LeafState> state,
                                            FixedAddress address) {
    return std::make_unique<FixedLeaf>(kind, std::move(definition), std::move(state), std::move(address));
}

}  // namespace myelin::endpoints
