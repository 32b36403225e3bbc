#pragma once

#include <memory>

#include "endpoints/limits/in_flight.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/exchange.hpp"

namespace myelin::endpoints {

/// A place that a group has waited for, on its way to the endpoint that it is for. Of one message on one thread. Places
/// are taken from the outside inwards: whoever has to wait gives up what he has been given further in.
class Admission {
public:
    Admission(const message::MessageContext& context, std::shared_ptr<InFlight> at, InFlightPlace place);
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission();

    /// Whether any is on its way on this thread.
    static bool any() noexcept { return first_ != nullptr; }
    /// Takes the place that is on its way for that message to that endpoint; null when there is none.
    static InFlightPlace take(const message::MessageContext& context, const InFlight& at) noexcept;
    /// Whether a place is on its way to something in `child`.
    static bool leadsInto(const message::MessageContext& context, const message::Endpoint& child);
    /// The message goes to `child`: what leads elsewhere is for others.
    static void keepOnly(const message::MessageContext& context, const message::Endpoint& child);
    /// Gives up all that are on their way for that message.
    static void giveUp(const message::MessageContext& context) noexcept;

private:
    bool leads(const message::Endpoint& child) const;

    static inline constinit thread_local Admission* first_ = nullptr;
    const message::MessageContext* context_;
    std::shared_ptr<InFlight> at_;
    InFlightPlace place_;
    Admission* next_;  // of the thread
};

/// The place of a message that has been answered, held with the answer. When that is mediated and sent on, it must not
/// wait for itself: it takes the place along, or gives it up before it waits for another one. Of one thread.
class AnswerPlace {
public:
    AnswerPlace(message::MessageContext& context,
                const http::ClientResponse& answer,
                std::shared_ptr<InFlight> at,
                InFlightPlace place);
    AnswerPlace(const AnswerPlace&) = delete;
    AnswerPlace& operator=(const AnswerPlace&) = delete;
    ~AnswerPlace();

    /// The place at that endpoint of the answer that this message is; null when it is none, or has no place there.
    static InFlightPlace take(message::MessageContext& context, const InFlight& at) noexcept;
    /// Gives up all places of the answer that this message is.
    static void giveUp(message::MessageContext& context) noexcept;

private:
    bool isOf(message::MessageContext& context) const noexcept;

    static inline constinit thread_local AnswerPlace* first_ = nullptr;
    const message::Exchange* exchange_;
    const http::ClientResponse* answer_;
    std::shared_ptr<InFlight> at_;
    InFlightPlace place_;
    AnswerPlace* next_;  // of the thread
    AnswerPlace* previous_ = nullptr;
};

}  // namespace myelin::endpoints
