#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"
#include "mediators/answer.hpp"

namespace myelin::mediators {

namespace {

/// Answers the client with the current message, in any flow, and ends the flow (synapse-mediation 2.5).
class Respond final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element&, config::Build&) {
        return std::make_unique<Respond>();
    }

    message::Flow mediate(message::MessageContext& context) const override {
        context.addressing().to = {};
        context.setResponse(true);
        answerClient(context);
        return message::Flow::Stop;
    }
    std::string_view name() const noexcept override { return "respond"; }
};

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "respond", &Respond::make};

}  // namespace

}  // namespace myelin::mediators
