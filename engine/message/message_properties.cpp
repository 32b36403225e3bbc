#include <chrono>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/message/date_format.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/soap_fault.hpp"

namespace myelin::message {

namespace {

std::int64_t wallMilliseconds() noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Axis2 properties that exist without being set: removing one has to leave a mark.
bool isComputed(std::string_view name) noexcept {
    return name == "HTTP_SC" || name == "REST_URL_POSTFIX" || name == "messageType" || name == "ContentType" ||
           name == "NO_ENTITY_BODY" || name == "REMOTE_ADDR" || name == "REMOTE_HOST" || name == "TransportInURL";
}

bool isNothing(const PropertyValue& value) noexcept {
    return std::holds_alternative<std::monostate>(value);
}

}  // namespace

bool MessageContext::isFaultMessage() {
    if (fault_ || status_ >= 400) return true;
    return isSoap(payload_.kind()) && !payload_.gone() && soap::isFault(envelope());
}

std::string_view MessageContext::messageFormat() {
    switch (payload_.kind()) {
        case ContentKind::Soap11: {
            // Only the root tells SOAP from other text/xml.
            if (payload_.gone()) return "soap11";
            const auto version = soap::versionOf(envelope());
            return payload_.kind() == ContentKind::Pox ? "pox" : version == soap::Version::V12 ? "soap12" : "soap11";
        }
        case ContentKind::Soap12:
            return "soap12";
        case ContentKind::None:
            return method() == "GET" ? "get" : "pox";
        case ContentKind::Pox:
        case ContentKind::Json:
        case ContentKind::Form:
        case ContentKind::Text:
        case ContentKind::Opaque:
            break;
    }
    return "pox";
}

std::optional<PropertyValue> MessageContext::specialProperty(std::string_view name) {
    if (name.empty()) return std::nullopt;
    // By the first letter, so that an ordinary name costs one comparison.
    switch (name.front()) {
        case 'T':
            if (name == "To") return addressing().to;
            break;
        case 'F':
            if (name == "From") return addressing().from;
            if (name == "FaultTo") return addressing().faultTo;
            if (name == "FAULT") return std::string_view(isFaultMessage() ? "TRUE" : "");
            break;
        case 'A':
            if (name == "Action") return addressing().action;
            break;
        case 'R':
            if (name == "ReplyTo") return addressing().replyTo;
            if (name == "RelatesTo") return addressing().relatesTo;
            break;
        case 'M':
            if (name == "MessageID") return addressing().messageId;
            if (name == "MESSAGE_FORMAT") return messageFormat();
            break;
        case 'O':
            // Services without a WSDL have this one operation.
            if (name == "OperationName") return std::string_view("mediate");
            if (name == "OperationNamespace") return std::string_view();
            break;
        case 'S':
            if (name == "SYSTEM_DATE") return arena().copy(formatDate(kIsoDatePattern, wallMilliseconds()));
            if (name == "SYSTEM_TIME") return wallMilliseconds();
            if (name == "SERVER_IP" || name == "SERVER_HOST") return std::string_view(exchange_->options().serverHost);
            break;
        default:
            break;
    }
    return std::nullopt;
}

std::optional<PropertyValue> MessageContext::axis2Property(std::string_view name) const {
    if (name == "HTTP_METHOD") return method();
    if (name == "HTTP_SC") return status_ != 0 ? std::optional<PropertyValue>(std::int64_t{status_}) : std::nullopt;
    if (name == "REST_URL_POSTFIX")
        return restSuffix_.empty() ? std::nullopt : std::optional<PropertyValue>(restSuffix_);
    if (name == "messageType" || name == "ContentType") {
        const std::string_view type = name == "messageType"
                                          ? mediaType()
                                          : headers().get(http::HeaderId::ContentType).value_or(std::string_view());
        return type.empty() ? std::nullopt : std::optional<PropertyValue>(type);
    }
    if (name == "NO_ENTITY_BODY") return payload_.empty() ? std::optional<PropertyValue>(true) : std::nullopt;
    if (name == "REMOTE_ADDR" || name == "REMOTE_HOST") return exchange_->server().peerAddress();
    if (name == "TransportInURL") return exchange_->server().request().target;
    return std::nullopt;
}

std::optional<PropertyValue> MessageContext::property(Scope scope, std::string_view name) {
    if (scope == Scope::Transport) {
        const auto field = std::as_const(*this).headers().get(name);
        return field ? std::optional<PropertyValue>(*field) : std::nullopt;
    }
    if (scope == Scope::Default) {
        if (auto special = specialProperty(name)) return special;
    }
    if (const PropertyValue* value = properties(scope).get(name)) {
        return isNothing(*value) ? std::nullopt : std::optional<PropertyValue>(*value);
    }
    if (scope == Scope::Axis2) return axis2Property(name);
    if (scope == Scope::Default) {
        if (const std::string* entry = exchange_->artifacts().localEntry(name)) return std::string_view(*entry);
    }
    return std::nullopt;
}

void MessageContext::setProperty(Scope scope, std::string_view name, const PropertyValue& value) {
    if (scope == Scope::Transport) {
        setHeader(name, toText(value));
        return;
    }
    if (scope == Scope::Default) {
        if (isNothing(value)) return;
        default_.set(name, value);
        if (name == "RESPONSE") exchange_->expectAnswer();
        return;
    }
    properties(scope).set(name, value);
    if (scope != Scope::Axis2) return;
    if (name == "messageType" || name == "ContentType") {
        if (const std::string type = toText(value); !base::trim(type).empty()) setHeader("Content-Type", type);
    } else if (name == "NO_ENTITY_BODY") {
        noEntityBodySince_ = payload_.revision();
    }
}

void MessageContext::removeProperty(Scope scope, std::string_view name) {
    switch (scope) {
        case Scope::Transport:
            headers().remove(name);
            return;
        case Scope::Axis2:
            if (name == "TRANSPORT_HEADERS") {
                headers().clear();
            } else if (isComputed(name)) {
                axis2_.set(name, PropertyValue());
            } else {
                axis2_.remove(name);
            }
            return;
        case Scope::Axis2Client:
            axis2Client_.remove(name);
            axis2_.remove(name);
            return;
        case Scope::Default:
        case Scope::Operation:
            properties(scope).remove(name);
            return;
    }
}

}  // namespace myelin::message
