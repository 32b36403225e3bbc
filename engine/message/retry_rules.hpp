#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/http/client.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::message {

/// What one place of a configuration (an <endpoint>, a <send>) says about sending a request again that a server may
/// have seen. It never matters for a request of which no byte has left.
struct RetryRules {
    struct Operation {
        std::string name;                         ///< local name of the first element in the SOAP body
        std::optional<std::string> namespaceUri;  ///< absent: any
        bool repeatable = true;
    };
    std::optional<bool> repeatable;  ///< absent: the place says nothing about messages in general
    std::vector<Operation> operations;
    std::string owner;  ///< "endpoint stock", for people

    bool empty() const noexcept { return !repeatable && operations.empty(); }
};

/// The places on the way of a message, the innermost first. In the arena of the exchange.
struct RetryWay {
    const RetryRules* rules = nullptr;
    const RetryWay* outer = nullptr;
};

/// While it lives, the rules count for what is sent of the message. They outlive the exchange.
class [[nodiscard]] RetryScope {
public:
    RetryScope(MessageContext& context, const RetryRules& rules);
    RetryScope(const RetryScope&) = delete;
    RetryScope& operator=(const RetryScope&) = delete;
    ~RetryScope() { context_->setRetryWay(former_); }

private:
    MessageContext* context_;
    const RetryWay* former_;
};

/// Why the message may not be sent again after a server may have seen it; nothing when it may. Any "no" on the way
/// wins, then any "yes", then the engine settings. Named operations are looked up only here, and only when there are
/// any: the operation is the first element in the SOAP body, read from the bytes that are kept (this may wait for the
/// rest of them), or the last segment of the action when the body cannot be read. A body whose operation cannot be told
/// may be any of them. Not to be called for a body that is gone.
std::optional<std::string> whyNotRepeatable(MessageContext& context, const RetryWay* way, runtime::Deadline deadline);

/// The same for the HTTP client, about the way on which the message is now.
class RepeatByRules final : public http::RepeatPermission {
public:
    RepeatByRules(MessageContext& context, runtime::Deadline deadline) : context_(&context), deadline_(deadline) {}

    /// Whether anybody has said anything: without that the client need not ask.
    bool matters() const noexcept { return context_->retryWay() || !context_->exchange().options().repeatable; }
    bool granted() const override { return !whyNotRepeatable(*context_, context_->retryWay(), deadline_); }

private:
    MessageContext* context_;
    runtime::Deadline deadline_;
};

}  // namespace myelin::message
