#include "endpoints/by_scheme.hpp"

#include <algorithm>

#include "engine/message/fault.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

BySchemeEndpoint::BySchemeEndpoint(std::string_view kind,
                                   std::string name,
                                   std::unique_ptr<message::Endpoint> http,
                                   std::unique_ptr<message::Endpoint> https)
    : kind_(kind), name_(std::move(name)), http_(std::move(http)), https_(std::move(https)) {}

message::SendOutcome BySchemeEndpoint::send(message::MessageContext& context,
                                            http::ClientResponse& reply,
                                            runtime::Deadline deadline) const {
    const bool secure = context.exchange().server().secure();
    const auto& group = secure ? https_ : http_;
    if (group) return group->send(context, reply, deadline);
    return noReadyChild(kind_, name_, secure ? "no member has an httpsPort" : "no member has an httpPort");
}

bool BySchemeEndpoint::ready(runtime::TimePoint now) const noexcept {
    return (http_ && http_->ready(now)) || (https_ && https_->ready(now));
}

message::Bounds BySchemeEndpoint::bounds() const noexcept {
    return message::Bounds::larger(http_ ? http_->bounds() : message::Bounds(),
                                   https_ ? https_->bounds() : message::Bounds());
}

std::size_t BySchemeEndpoint::answers() const noexcept {
    return std::max(http_ ? http_->answers() : 0, https_ ? https_->answers() : 0);
}

void BySchemeEndpoint::switchOff(runtime::TimePoint now) const {
    if (http_) http_->switchOff(now);
    if (https_) https_->switchOff(now);
}

void BySchemeEndpoint::switchOn(runtime::TimePoint now) const {
    if (http_) http_->switchOn(now);
    if (https_) https_->switchOn(now);
}

std::string BySchemeEndpoint::condition(runtime::TimePoint now) const {
    std::string text = http_ ? http_->condition(now) : std::string();
    const std::string other = https_ ? https_->condition(now) : std::string();
    if (!text.empty() && !other.empty()) text += ", ";
    return text + other;
}

void BySchemeEndpoint::visit(const std::function<void(const message::Endpoint&)>& visitor) const {
    for (const auto* group : {http_.get(), https_.get()}) {
        if (group) group->visit(visitor);
    }
}

message::SendOutcome noReadyChild(std::string_view kind, std::string_view name, const std::string& why) {
    message::SendOutcome outcome;
    outcome.code = message::error_code::kGroupNoneReady;
    outcome.status = 503;
    outcome.text = std::string(kind) + " : " + (name.empty() ? "AnonymousEndpoint" : std::string(name)) +
                   " - no ready child endpoints";
    outcome.detail = outcome.text + ": " + why;
    return outcome;
}

}  // namespace myelin::endpoints
