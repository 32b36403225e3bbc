#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::mediators {

namespace {

/// Ends the flow. Whether and how the client is answered then is the dispatcher's matter (synapse-mediation 2.6).
class Drop final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element&, config::Build&) {
        return std::make_unique<Drop>();
    }

    message::Flow mediate(message::MessageContext& context) const override {
        context.addressing().to = {};
        return message::Flow::Stop;
    }
    std::string_view name() const noexcept override { return "drop"; }
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "drop", &Drop::make};

}  // namespace

}  // namespace myelin::mediators
