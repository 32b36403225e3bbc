#include "endpoints/limits/admission.hpp"

#include <algorithm>
#include <utility>

#include "endpoints/limits/limited_endpoint.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

Admission::Admission(const message::MessageContext& context, std::shared_ptr<InFlight> at, InFlightPlace place)
    : context_(&context), at_(std::move(at)), place_(std::move(place)), next_(std::exchange(first_, this)) {}

Admission::~Admission() {
    Admission** link = &first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
}

InFlightPlace Admission::take(const message::MessageContext& context, const InFlight& at) noexcept {
    for (auto* one = first_; one; one = one->next_) {
        if (one->context_ == &context && one->at_.get() == &at && one->place_) return std::move(one->place_);
    }
    return nullptr;
}

bool Admission::leads(const message::Endpoint& child) const {
    bool found = false;
    visitLimits(child, [&](const LimitedEndpoint& limited) {
        found = found || limited.inFlight() == at_;
        return !found;
    });
    return found;
}

bool Admission::leadsInto(const message::MessageContext& context, const message::Endpoint& child) {
    for (auto* one = first_; one; one = one->next_) {
        if (one->context_ == &context && one->place_ && one->leads(child)) return true;
    }
    return false;
}

void Admission::keepOnly(const message::MessageContext& context, const message::Endpoint& child) {
    for (auto* one = first_; one; one = one->next_) {
        if (one->context_ == &context && one->place_ && !one->leads(child)) one->place_.reset();
    }
}

void Admission::giveUp(const message::MessageContext& context) noexcept {
    for (auto* one = first_; one; one = one->next_) {
        if (one->context_ == &context) one->place_.reset();
    }
}

AnswerPlace::AnswerPlace(message::MessageContext& context,
                         const http::ClientResponse& answer,
                         std::shared_ptr<InFlight> at,
                         InFlightPlace place)
    : exchange_(&context.exchange()),
      answer_(&answer),
      at_(std::move(at)),
      place_(std::move(place)),
      next_(std::exchange(first_, this)) {
    if (next_) next_->previous_ = this;
}

AnswerPlace::~AnswerPlace() {
    (previous_ ? previous_->next_ : first_) = next_;
    if (next_) next_->previous_ = previous_;
}

bool AnswerPlace::isOf(message::MessageContext& context) const noexcept {
    if (!place_ || exchange_ != &context.exchange()) return false;
    // Answers that nobody has looked at yet are in use all the same.
    const auto& pending = context.exchange().pending();
    return std::none_of(pending.begin(), pending.end(), [&](const auto& one) { return &one->response == answer_; });
}

InFlightPlace AnswerPlace::take(message::MessageContext& context, const InFlight& at) noexcept {
    if (!context.isResponse()) return nullptr;
    for (auto* one = first_; one; one = one->next_) {
        if (one->at_.get() == &at && one->isOf(context)) return std::move(one->place_);
    }
    return nullptr;
}

void AnswerPlace::giveUp(message::MessageContext& context) noexcept {
    if (!context.isResponse()) return;
    for (auto* one = first_; one; one = one->next_) {
        if (one->isOf(context)) one->place_.reset();
    }
}

}  // namespace myelin::endpoints
