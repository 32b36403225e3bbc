#include "mediators/core/send.hpp"

#include <Poco/Logger.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "endpoints/default.hpp"
#include "engine/config/build.hpp"
#include "engine/config/retry_rules.hpp"
#include "engine/message/unwanted_answer.hpp"
#include "mediators/answer.hpp"
#include "mediators/fault_flow.hpp"

namespace myelin::mediators {

namespace {

using message::Flow;
using message::MediationFault;
using message::MessageContext;
using message::Scope;

class Send final : public message::Mediator {
public:
    static std::unique_ptr<message::Mediator> make(config::Element& element, config::Build& build) {
        auto send = std::make_unique<Send>();
        send->rules_ = config::readRetryRules(element, "the send in " + build.artifact());
        send->readReceiving(element, build);
        // WSO2: whether the request's body is built before sending. It is built when somebody needs it.
        element.boolean("buildmessage", false);
        if (auto endpoint = element.child("endpoint")) {
            send->endpoint_ = build.inlineEndpoint(*endpoint);
        } else {
            send->implicit_ = true;
        }
        return send;
    }

    Flow mediate(MessageContext& context) const override {
        if (implicit_) {
            if (context.isResponse()) {
                answerClient(context);
                return Flow::Continue;
            }
            // wsa:To, for clients that address their messages themselves.
            context.addressingOfEnvelope();
        }
        const auto receiving = receivingFor(context);
        if (rules_.empty()) return sendTo(endpoint(), context, receiving);
        const message::RetryScope mine(context, rules_);
        return sendTo(endpoint(), context, receiving);
    }
    std::string_view name() const noexcept override { return "send"; }
    message::FlowBounds bounds(message::BoundsQuery& query) const override {
        if (implicit_ && query.response()) return {};
        auto most = query.send(endpoint());
        const std::size_t answers = endpoint().answers();
        if (answers > 1) most.beside += answers;
        most.answers[receivingExpression_ ? message::FlowBounds::anyTaker() : receivingSequence_] += answers;
        return most;
    }

private:
    void readReceiving(config::Element& element, config::Build& build) {
        auto receive = build.value(element, "receive");
        if (receive.expression) {
            receivingExpression_ = std::move(receive.expression);
        } else if (receive.present && !element.required("receive").empty() && !receive.text.empty()) {
            receiving_ = receive.text;
            build.referSequence(element, "receive", receiving_, &receivingSequence_);
        }
    }

    const message::Endpoint& endpoint() const {
        if (endpoint_) return *endpoint_;
        return endpoints::implicitEndpoint();
    }

    std::string_view receivingFor(MessageContext& context) const {
        if (!receivingExpression_) return receiving_;
        return context.arena().copy(context.evaluateText(*receivingExpression_).value_or(std::string()));
    }

    message::RetryRules rules_;
    std::unique_ptr<message::Endpoint> endpoint_;
    bool implicit_ = false;  // no endpoint: to the message's own To, or back to the client
    std::string receiving_;
    const message::Mediator* receivingSequence_ = nullptr;  // for checks at load only
    std::optional<xml::XPath> receivingExpression_;
};

const config::Registration<config::MediatorFactory> kRegistration{config::mediatorRegistry(), "send", &Send::make};

}  // namespace

Flow sendTo(const message::Endpoint& endpoint, MessageContext& context, std::string_view receiving) {
    auto& exchange = context.exchange();
    auto reply = exchange.makeReply();
    context.setReceiving(receiving);
    auto outcome = endpoint.send(context, reply->response, context.deadline());
    context.setReceiving({});
    const bool outOnly = context.properties(Scope::Default).isTrue("OUT_ONLY");
    if (!outcome.answered && outOnly && message::isBackendsFailure(outcome)) {
        // Nobody waits for what becomes of it, and Synapse does not tell (synapse-endpoints 2.6).
        Poco::Logger::get("myelin.mediators.send")
            .warning("a message without answer was lost: " + std::to_string(outcome.code) + ", " + outcome.text + " (" +
                     outcome.detail + ")");
        return Flow::Continue;
    }
    if (!outcome.answered) {
        MediationFault fault(outcome.code, std::move(outcome.text), std::move(outcome.detail));
        fault.withStatus(outcome.status).withRetryAfter(outcome.retryAfter);
        if (outcome.onError) return handleFault(context, fault, *outcome.onError);
        throw fault;
    }
    if (outcome.scattered) return Flow::Continue;
    if (outOnly) {
        message::readAndForget(reply->response, context.deadline());
        return Flow::Continue;
    }
    reply->inherited.inherit(context.properties(Scope::Default));
    reply->receiving = receiving;
    exchange.pending().push_back(std::move(reply));
    exchange.expectAnswer();
    return Flow::Continue;
}

}  // namespace myelin::mediators
