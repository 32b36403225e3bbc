#include "engine/config/switched_off.hpp"

#include <utility>

#include "engine/message/fault.hpp"
#include "engine/message/forwarding_endpoint.hpp"

namespace myelin::config {

namespace {

/// Its health goes on beside it, so that a reload that switches it on again finds what is known.
class SwitchedOff final : public message::ForwardingEndpoint {
public:
    SwitchedOff(std::unique_ptr<message::Endpoint> endpoint, std::string owner)
        : endpoint_(std::move(endpoint)), owner_(std::move(owner)) {}

    message::SendOutcome send(message::MessageContext&, http::ClientResponse&, runtime::Deadline) const override {
        message::SendOutcome outcome;
        outcome.code = message::error_code::kLeafNotReady;
        outcome.status = 503;
        outcome.text = text();
        outcome.detail = outcome.text;
        outcome.onError = onError();
        outcome.conclusive = outcome.onError != nullptr;
        return outcome;
    }
    bool ready(runtime::TimePoint) const noexcept override { return false; }
    std::string condition(runtime::TimePoint) const override { return text(); }

protected:
    const message::Endpoint& target() const noexcept override { return *endpoint_; }

private:
    std::string text() const { return "endpoint " + owner_ + " is switched off in the configuration"; }

    std::unique_ptr<message::Endpoint> endpoint_;
    std::string owner_;
};

}  // namespace

bool readSwitchedOff(const Element& element) {
    if (!element.has("state")) return false;
    element.beyondSynapse("state");
    return element.choice("state", {"on", "off"}, "on") == "off";
}

std::unique_ptr<message::Endpoint> switchedOff(std::unique_ptr<message::Endpoint> endpoint, std::string owner) {
    if (!endpoint) return endpoint;
    return std::make_unique<SwitchedOff>(std::move(endpoint), std::move(owner));
}

}  // namespace myelin::config
