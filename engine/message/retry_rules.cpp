#include "engine/message/retry_rules.hpp"

#include <new>
#include <string_view>
#include <utility>

#include "engine/message/forms.hpp"
#include "engine/message/soap.hpp"
#include "engine/xml/namespaces.hpp"

namespace myelin::message {

namespace {

struct Operation {
    std::string name;
    std::optional<std::string> namespaceUri;
};

/// The untouched body, from its first byte to its last; nothing when it broke off or is more than what is kept.
std::optional<std::string> keptBytes(Payload& payload, runtime::Deadline deadline) {
    const http::OutgoingBody body = payload.outgoing();
    if (body.kind != http::OutgoingBody::Kind::Source) return std::string(body.bytes);
    std::string bytes;
    for (;;) {
        const http::BodyPart part = body.source->next(deadline);
        if (part.status == http::BodyStatus::End) break;
        if (part.status != http::BodyStatus::Data || !payload.replayable()) return std::nullopt;
        bytes.append(part.bytes);
    }
    // Whoever sends it next begins with the first byte.
    (void)payload.outgoing();
    return bytes;
}

std::optional<Operation> operationIn(const xml::Document& envelope) {
    const auto content = soap::content(envelope);
    if (!content) return std::nullopt;
    return Operation{std::string(xml::localName(content)), std::string(xml::namespaceUri(content))};
}

std::optional<Operation> operationInBody(MessageContext& context, runtime::Deadline deadline) {
    Payload& payload = context.payload();
    if (const auto* built = payload.envelopeIfBuilt()) return operationIn(*built);
    if (!payload.readable() || payload.kind() == ContentKind::Json || payload.kind() == ContentKind::Opaque) {
        return std::nullopt;
    }
    const auto bytes = keptBytes(payload, deadline);
    if (!bytes || bytes->empty()) return std::nullopt;
    xml::Document envelope;
    const auto type = context.headers().get(http::HeaderId::ContentType).value_or(std::string_view());
    try {
        buildEnvelope(envelope, *bytes, payload.kind(), contentTypeParameter(type, "charset"));
    } catch (const MediationFault&) {
        // Not for us to complain about: the message is not read, only looked at.
        return std::nullopt;
    }
    return operationIn(envelope);
}

/// "urn:placeOrder", "http://example.org/Orders/placeOrder", "placeOrder": the last segment.
std::optional<Operation> operationInAction(MessageContext& context) {
    std::string_view action = context.addressing().action;
    while (!action.empty() && (action.back() == '/' || action.back() == '#')) action.remove_suffix(1);
    const auto at = action.find_last_of("/:#");
    if (at != std::string_view::npos) action.remove_prefix(at + 1);
    if (action.empty()) return std::nullopt;
    return Operation{std::string(action), std::nullopt};
}

/// What the message asks for, looked up when the first rule wants to know.
class OperationOf {
public:
    OperationOf(MessageContext& context, runtime::Deadline deadline) : context_(&context), deadline_(deadline) {}

    enum class Match { No, Yes, CannotBeTold };
    Match matches(const RetryRules::Operation& rule) {
        look();
        if (!found_) return hasBody_ ? Match::CannotBeTold : Match::No;
        if (found_->name != rule.name) return Match::No;
        if (!rule.namespaceUri || !found_->namespaceUri) return Match::Yes;
        return *rule.namespaceUri == *found_->namespaceUri ? Match::Yes : Match::No;
    }

private:
    void look() {
        if (std::exchange(looked_, true)) return;
        hasBody_ = !context_->payload().empty();
        if (hasBody_ && context_->payload().replayable()) found_ = operationInBody(*context_, deadline_);
        if (!found_) found_ = operationInAction(*context_);
    }

    MessageContext* context_;
    runtime::Deadline deadline_;
    bool looked_ = false;
    bool hasBody_ = false;
    std::optional<Operation> found_;
};

}  // namespace

RetryScope::RetryScope(MessageContext& context, const RetryRules& rules)
    : context_(&context), former_(context.retryWay()) {
    void* const place = context.arena().allocate(sizeof(RetryWay), alignof(RetryWay));
    context.setRetryWay(new (place) RetryWay{&rules, former_});
}

std::optional<std::string> whyNotRepeatable(MessageContext& context, const RetryWay* way, runtime::Deadline deadline) {
    bool allowed = context.exchange().options().repeatable;
    for (const auto* place = way; place; place = place->outer) {
        if (!place->rules->repeatable) continue;
        if (!*place->rules->repeatable) return "repeatable=\"false\" on " + place->rules->owner;
        allowed = true;
    }
    OperationOf operation(context, deadline);
    for (const auto* place = way; place; place = place->outer) {
        for (const auto& rule : place->rules->operations) {
            const auto match = operation.matches(rule);
            if (match == OperationOf::Match::No) continue;
            if (rule.repeatable) {
                if (match == OperationOf::Match::Yes) allowed = true;
                continue;
            }
            if (match == OperationOf::Match::Yes) {
                return "operation " + rule.name + " has repeatable=\"false\" on " + place->rules->owner;
            }
            return "it cannot be told whether this is operation " + rule.name + ", which has repeatable=\"false\" on " +
                   place->rules->owner;
        }
    }
    if (allowed) return std::nullopt;
    return "repeatable=\"false\" in the engine settings, and nothing on the way says otherwise";
}

}  // namespace myelin::message
