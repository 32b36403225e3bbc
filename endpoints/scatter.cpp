#include "endpoints/scatter.hpp"

#include <Poco/Logger.h>

#include <optional>
#include <string>
#include <utility>

#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/unwanted_answer.hpp"

namespace myelin::endpoints {

namespace {

using message::MediationFault;
using message::Scope;

/// One copy on its way.
struct Copy {
    Recipient to;
    std::unique_ptr<message::MessageContext> message;
    const EndpointProperties* properties = nullptr;
    std::string_view name;
    runtime::Deadline deadline = runtime::Deadline::never();

    void send() {
        auto& exchange = message->exchange();
        auto reply = exchange.makeReply();
        const bool outOnly = message->properties(Scope::Default).isTrue("OUT_ONLY");
        auto fault = attempt(*reply);
        if (fault && outOnly && unheard) {
            Poco::Logger::get("myelin.endpoints")
                .warning("a message without answer was lost: " + std::to_string(fault->code()) + ", " +
                         fault->detail());
            return;
        }
        if (fault) {
            reply->failure = std::make_unique<MediationFault>(std::move(*fault));
            reply->looped = std::move(message);
            exchange.deliver(std::move(reply));
            return;
        }
        if (scattered) return;
        if (to.owner) exchange.setAnsweringEndpoint(name);
        if (outOnly) {
            message::readAndForget(reply->response, deadline);
            return;
        }
        reply->inherited.inherit(message->properties(Scope::Default));
        reply->receiving = message->receiving();
        exchange.expectAnswer();
        exchange.deliver(std::move(reply));
    }

private:
    /// Why it could not be delivered.
    std::optional<MediationFault> attempt(message::Exchange::PendingReply& reply) {
        std::optional<MediationFault> fault;
        try {
            std::optional<EndpointProperties::Applied> applied;
            if (!properties->empty()) applied.emplace(*properties, *message);
            auto outcome = to.endpoint->send(*message, reply.response, deadline);
            scattered = outcome.scattered;
            if (outcome.answered) return fault;
            unheard = message::isBackendsFailure(outcome);
            reply.onError = outcome.onError;
            fault.emplace(outcome.code, std::move(outcome.text), std::move(outcome.detail));
            fault->withStatus(outcome.status).withRetryAfter(outcome.retryAfter);
        } catch (const MediationFault& thrown) {
            fault = thrown;
        } catch (const std::exception& thrown) {
            fault.emplace(message::error_code::kMediation, thrown.what());
        }
        return fault;
    }

    bool scattered = false;
    bool unheard = false;
};

}  // namespace

message::SendOutcome scatter(std::vector<Recipient> recipients,
                             const EndpointProperties& properties,
                             std::string_view name,
                             message::MessageContext& context,
                             runtime::Deadline deadline) {
    const std::string total = "/" + std::to_string(recipients.size());
    std::size_t index = 0;
    for (Recipient& to : recipients) {
        auto copy = std::make_unique<Copy>();
        copy->to = std::move(to);
        copy->message = context.clone();
        copy->message->properties(Scope::Default).set("messageSequence", std::to_string(index++) + total);
        copy->properties = &properties;
        copy->name = name;
        copy->deadline = deadline;
        context.exchange().runBeside([copy = std::move(copy)] { copy->send(); });
    }
    auto outcome = message::SendOutcome::success();
    outcome.scattered = true;
    return outcome;
}

}  // namespace myelin::endpoints
