#include "engine/dispatch/flow.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/message/message_context.hpp"
#include "engine/observe/log.hpp"
#include "mediators/core/send.hpp"
#include "mediators/fault_flow.hpp"

namespace myelin::dispatch {

using message::Exchange;
using message::MediationFault;
using message::MessageContext;

namespace {

/// The path and query of a request target; an absolute one loses scheme and authority.
std::string_view originForm(std::string_view target) noexcept {
    if (target.starts_with('/') || target == "*") return target;
    const std::size_t authority = target.find("://");
    if (authority == std::string_view::npos) return target;
    const std::size_t path = target.find_first_of("/?", authority + 3);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

/// What `step` throws. Handlers run outside the catch clauses: a fiber must not suspend inside one.
template <typename Step>
std::optional<MediationFault> caught(Step&& step) {
    std::optional<MediationFault> fault;
    try {
        step();
    } catch (const MediationFault& thrown) {
        fault = thrown;
    } catch (const std::exception& thrown) {
        fault.emplace(message::error_code::kMediation, thrown.what());
    }
    return fault;
}

}  // namespace

void ExchangeFlow::run() {
    {
        MessageContext request(exchange_);
        if (!route(request)) return;
        if (faultSequence()) request.payload().keepForFaultHandler();
        guarded(request, [&] { inFlow(request); });
    }
    const std::size_t rounds = kMaximumOutFlows * (1 + exchange_.begunBeside());
    for (std::size_t round = 0;; ++round) {
        const auto reply = exchange_.nextReply();
        if (!reply) break;
        if (round == rounds) {
            observe::log(
                observe::Level::Error,
                "dispatch",
                std::string(route_.name) +
                    ": answers are sent on to endpoints without end; is <send> with an endpoint outside <in>?");
            exchange_.abandon();
            fault_ = std::make_unique<MediationFault>(message::error_code::kMediation,
                                                      "the out flow sends every answer to an endpoint again");
            break;
        }
        outFlow(*reply);
    }
    finish();
}

bool ExchangeFlow::route(MessageContext& request) {
    auto& server = exchange_.server();
    const std::string_view target = originForm(server.request().target);
    std::string_view suffix;
    if (const Proxy* proxy = router_.proxyFor(target, server.secure(), suffix)) {
        route_ = proxy->route();
        request.setRestSuffix(suffix);
        request.properties(message::Scope::Default).setStatic("proxy.name", std::string_view(proxy->name()));
        return true;
    }
    if (const Api* api = router_.apiFor(target, server.request().host, server.secure())) {
        return routeApi(request, target, *api);
    }
    if (!router_.main()) {
        exchange_.answerProblem(404, 0, "no proxy, API or main sequence takes " + std::string(target));
        return false;
    }
    request.setRestSuffix(target);
    route_ = {router_.main(), nullptr, router_.main(), nullptr, "main"};
    return true;
}

bool ExchangeFlow::routeApi(MessageContext& request, std::string_view target, const Api& api) {
    auto& server = exchange_.server();
    const auto choice = api.choose(
        target, server.request().method, request.headers(), server.requestBody() != nullptr, server.secure());
    if (choice.resource) {
        route_ = choice.resource->route(api.name());
        api.describe(request, choice);
        return true;
    }
    const std::string_view handler =
        choice.status == 405 ? "_method_not_allowed_handler_" : "_resource_mismatch_handler_";
    if (choice.status != 200) {
        if (const auto* sequence = router_.configuration().sequence(handler)) {
            route_ = {sequence, nullptr, nullptr, nullptr, handler};
            return true;
        }
    }
    if (choice.status == 404) {
        exchange_.answerProblem(404, 0, "no resource of API " + api.name() + " takes " + std::string(target));
        return false;
    }
    if (choice.status == 405) {
        exchange_.answerProblem(
            405,
            0,
            "API " + api.name() + " takes " + std::string(target) + " with " + choice.allow + " only",
            {},
            choice.allow);
        return false;
    }
    http::Headers headers(exchange_.arena());
    headers.add("Allow", choice.allow);
    http::OutgoingResponse response;
    response.status = choice.status;
    response.headers = &headers;
    server.answer(response);
    return false;
}

void ExchangeFlow::inFlow(MessageContext& request) {
    if (router_.preMediate() && router_.preMediate()->mediate(request) == message::Flow::Stop) return;
    if (route_.in && route_.in->mediate(request) == message::Flow::Stop) return;
    if (route_.target) mediators::sendTo(*route_.target, request, {});
}

void ExchangeFlow::outFlow(Exchange::PendingReply& reply) {
    if (reply.loopback) {
        guarded(*reply.looped, [&] { mediateOut(*reply.looped, {}); });
        return;
    }
    if (reply.failure) {
        faultFlow(reply);
        return;
    }
    MessageContext response(exchange_, reply);
    guarded(response, [&] { mediateOut(response, reply.receiving); });
}

void ExchangeFlow::faultFlow(Exchange::PendingReply& reply) {
    MessageContext& message = *reply.looped;
    MediationFault fault = *reply.failure;
    const MessageContext::FaultHandlers* outer = message.faultHandlers();
    const message::Mediator* handler = reply.onError;
    for (;;) {
        if (!handler) {
            if (!outer) break;
            handler = outer->sequence;
            outer = outer->outer;
        }
        message.setFaultHandlers(outer);
        auto next = caught([&] { mediators::handleFault(message, fault, *handler); });
        if (!next) return;
        fault = std::move(*next);
        handler = nullptr;
    }
    runFaultSequence(message, fault);
}

void ExchangeFlow::mediateOut(MessageContext& response, std::string_view receiving) {
    if (router_.preMediate() && router_.preMediate()->mediate(response) == message::Flow::Stop) return;
    const message::Mediator* sequence = route_.out;
    if (!receiving.empty()) {
        sequence = router_.configuration().sequence(receiving);
        if (!sequence) {
            throw MediationFault(message::error_code::kMediation,
                                 "the receiving sequence \"" + std::string(receiving) + "\" does not exist");
        }
    }
    if (sequence)
        sequence->mediate(response);
    else
        exchange_.answer(response);
}

template <typename Step>
void ExchangeFlow::guarded(MessageContext& context, Step&& step) {
    if (const auto fault = caught(std::forward<Step>(step))) runFaultSequence(context, *fault);
}

const message::Mediator* ExchangeFlow::faultSequence() const noexcept {
    return route_.fault ? route_.fault : router_.fault();
}

void ExchangeFlow::runFaultSequence(MessageContext& context, const MediationFault& fault) {
    if (!fault_) fault_ = std::make_unique<MediationFault>(fault);
    if (observe::enabled(observe::Level::Warning)) {
        observe::log(observe::Level::Warning, "dispatch", std::string(route_.name) + ": " + mediators::describe(fault));
    }
    context.recordFault(fault);
    const message::Mediator* sequence = faultSequence();
    if (!sequence) return;
    std::string failure;
    try {
        sequence->mediate(context);
        return;
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    observe::log(observe::Level::Error,
                 "dispatch",
                 std::string(route_.name) + ": the fault sequence failed in turn: " + failure);
}

void ExchangeFlow::finish() {
    if (!exchange_.answered()) {
        if (fault_) {
            exchange_.answerProblem(
                fault_->status(), fault_->code(), fault_->text(), fault_->detail(), {}, fault_->retryAfter());
        } else {
            exchange_.answerEmpty(202);
        }
    }
    if (exchange_.surplusAnswers() != 0 && observe::enabled(observe::Level::Debug)) {
        observe::log(observe::Level::Debug,
                     "dispatch",
                     std::string(route_.name) + ": " + std::to_string(exchange_.surplusAnswers()) +
                         " answers came after the one that the client got, and were thrown away");
    }
    if (!exchange_.trouble().empty()) {
        observe::log(observe::Level::Warning, "dispatch", std::string(route_.name) + ": " + exchange_.trouble());
    }
}

}  // namespace myelin::dispatch
