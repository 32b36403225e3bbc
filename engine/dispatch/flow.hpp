#pragma once

#include <cstddef>
#include <string_view>

#include "engine/dispatch/router.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/fault.hpp"

namespace myelin::dispatch {

/// Out flows for each message that the in flow sends at once: a main sequence that sends responses to an endpoint again
/// gets the answers of that again, without end.
inline constexpr std::size_t kMaximumOutFlows = 32;

/// One client call from request to answer: in flow, sends, out flows, fault flows, and an answer in every case
/// (synapse-mediation 2.2, 2.6). A straight function over the exchange; lives on the handler's stack.
class ExchangeFlow {
public:
    ExchangeFlow(const Router& router, message::Exchange& exchange) : router_(router), exchange_(exchange) {}

    void run();

private:
    bool route(message::MessageContext& request);
    bool routeApi(message::MessageContext& request, std::string_view target, const Api& api);
    void inFlow(message::MessageContext& request);
    void outFlow(message::Exchange::PendingReply& reply);
    /// For a copy of a message that could not be delivered: its handlers in turn, then the route's fault sequence.
    void faultFlow(message::Exchange::PendingReply& reply);
    void mediateOut(message::MessageContext& response, std::string_view receiving);
    template <typename Step>
    void guarded(message::MessageContext& context, Step&& step);
    /// Of the route, else the one for all; null without one.
    const message::Mediator* faultSequence() const noexcept;
    void runFaultSequence(message::MessageContext& context, const message::MediationFault& fault);
    void finish();

    const Router& router_;
    message::Exchange& exchange_;
    Route route_;
    std::unique_ptr<message::MediationFault> fault_;  // the first one, for the answer of last resort
};

}  // namespace myelin::dispatch
