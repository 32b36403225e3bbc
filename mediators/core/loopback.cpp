#include "engine/config/build.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::mediators {

namespace {

/// Takes the request as it is now to the out flow, as if a backend had answered with it, and ends the in flow. In a
/// response flow it only ends the flow (synapse-mediation 2.5).
class Loopback final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element&, config::Build&) {
        return std::make_unique<Loopback>();
    }

    message::Flow mediate(message::MessageContext& context) const override {
        if (context.isResponse()) return message::Flow::Stop;
        auto& exchange = context.exchange();
        auto reply = exchange.makeReply();
        reply->loopback = true;
        reply->looped = context.loopback();
        exchange.pending().push_back(std::move(reply));
        exchange.expectAnswer();
        return message::Flow::Stop;
    }
    std::string_view name() const noexcept override { return "loopback"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        message::FlowBounds result;
        if (!query.response()) result.answers[nullptr] = 1;
        return result;
    }
};

const config::Registration<config::MediatorFactory> kRegistration{
    config::mediatorRegistry(), "loopback", &Loopback::make};

}  // namespace

}  // namespace myelin::mediators
