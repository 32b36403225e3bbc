#include "engine/message/message_context.hpp"

#include <utility>

#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"

namespace myelin::message {

namespace {

using http::HeaderId;

std::string_view unquoted(std::string_view text) noexcept {
    text = base::trim(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    return text;
}

// What describes the body, in one pass.
struct BodyFields {
    explicit BodyFields(const http::Headers& headers) noexcept {
        for (const http::HeaderField& field : headers) {
            if (field.id == HeaderId::ContentType && !type.data()) type = field.value;
            if (field.id == HeaderId::ContentEncoding && !encoding.data()) encoding = field.value;
        }
    }
    std::string_view type;
    std::string_view encoding;
};

}  // namespace

MessageContext::MessageContext(Exchange& exchange)
    : exchange_(&exchange),
      received_(&exchange.server().request().headers),
      payload_(exchange.options().payload),
      default_(exchange.arena()),
      axis2_(exchange.arena()),
      axis2Client_(exchange.arena()) {
    if (http::BodySource* body = exchange.server().requestBody()) {
        const BodyFields fields(*received_);
        payload_.setSource(*body, classifyContent(fields.type), BodyOrigin::Client);
        payload_.describe(fields.type, fields.encoding);
    }
}

MessageContext::MessageContext(Exchange& exchange, Exchange::PendingReply& reply)
    : exchange_(&exchange),
      received_(&reply.response.head.headers),
      payload_(exchange.options().payload),
      default_(exchange.arena()),
      axis2_(exchange.arena()),
      axis2Client_(exchange.arena()),
      reason_(reply.response.head.reason),
      status_(reply.response.head.status),
      response_(true),
      fault_(reply.response.head.status >= 400) {
    default_.inherit(reply.inherited);
    if (http::BodySource* body = reply.response.body) {
        const BodyFields fields(*received_);
        payload_.setSource(*body, classifyContent(fields.type), BodyOrigin::Backend);
        payload_.describe(fields.type, fields.encoding);
    }
}

MessageContext::MessageContext(MessageContext& from, Looped)
    : exchange_(from.exchange_),
      received_(from.received_),
      own_(std::move(from.own_)),
      payload_(from.exchange_->options().payload),
      default_(std::move(from.default_)),
      axis2_(std::move(from.axis2_)),
      axis2Client_(std::move(from.axis2Client_)),
      addressing_(from.addressing()),
      receivedAction_(from.receivedAction_),
      restSuffix_(from.restSuffix_),
      reason_(from.reason_),
      status_(from.status_),
      response_(true),
      fault_(from.fault_),
      failed_(from.failed_),
      transportAddressingRead_(true),
      envelopeAddressingRead_(from.envelopeAddressingRead_) {
    payload_.take(from.payload_);
    addressing_.to = {};
    // Counted from here: the body is the one that the flag was about, unless it was changed since.
    noEntityBodySince_ = from.noEntityBody() ? payload_.revision() : payload_.revision() - 1;
}

MessageContext::MessageContext(MessageContext& from, Cloned)
    : exchange_(from.exchange_),
      received_(from.received_),
      payload_(from.exchange_->options().payload),
      default_(from.arena()),
      axis2_(from.arena()),
      axis2Client_(from.arena()),
      addressing_(from.addressing()),
      receivedAction_(from.receivedAction_),
      retryWay_(from.retryWay_),
      restSuffix_(from.restSuffix_),
      reason_(from.reason_),
      receiving_(from.receiving_),
      faultHandlers_(from.faultHandlers_),
      status_(from.status_),
      response_(from.response_),
      fault_(from.fault_),
      failed_(from.failed_),
      transportAddressingRead_(true),
      envelopeAddressingRead_(from.envelopeAddressingRead_) {
    default_.inherit(from.default_);
    axis2_.inherit(from.axis2_);
    axis2Client_.inherit(from.axis2Client_);
    payload_.share(from.payload_, from.deadline());
    noEntityBodySince_ = from.noEntityBody() ? payload_.revision() : payload_.revision() - 1;
    if (status_ == 0) {
        if (from.own_) {
            own_.emplace(arena());
            for (const http::HeaderField& field : *from.own_)
                own_->addView(field.name, field.value, field.id, field.verbatim);
        }
        return;
    }
    // The head of a backend's answer goes when that has been dealt with.
    own_.emplace(arena());
    for (const http::HeaderField& field : std::as_const(from).headers()) own_->add(field.name, field.value);
    received_ = &*own_;
    for (std::string_view* text : {&receivedAction_, &reason_, &addressing_.action}) *text = arena().copy(*text);
    // Mediators may have set another type since.
    payload_.describe(arena().copy(payload_.receivedType()),
                      own_->get(HeaderId::ContentEncoding).value_or(std::string_view()));
}

MessageContext::~MessageContext() = default;

std::unique_ptr<MessageContext> MessageContext::clone() {
    return std::unique_ptr<MessageContext>(new MessageContext(*this, Cloned{}));
}

std::unique_ptr<MessageContext> MessageContext::loopback() {
    return std::unique_ptr<MessageContext>(new MessageContext(*this, Looped{}));
}

bool MessageContext::isResponse() const noexcept {
    return response_ || default_.isTrue("RESPONSE");
}

http::Headers& MessageContext::headers() {
    if (!own_) {
        own_.emplace(exchange_->arena());
        for (const http::HeaderField& field : *received_)
            own_->addView(field.name, field.value, field.id, field.verbatim);
    }
    return *own_;
}

void MessageContext::setHeader(std::string_view name, std::string_view value) {
    if (!http::isToken(name)) {
        throw MediationFault(error_code::kMediation, "\"" + std::string(name) + "\" is no name of a header field");
    }
    value = base::trim(value);
    std::string safe(value);
    for (char& c : safe) {
        if (http::isForbiddenInValue(c)) c = ' ';
    }
    headers().set(name, safe);
}

std::string_view MessageContext::mediaType() const noexcept {
    const std::string_view type = headers().get(HeaderId::ContentType).value_or(std::string_view());
    return base::trim(type.substr(0, type.find(';')));
}

std::string_view MessageContext::method() const noexcept {
    const std::string_view set = axis2_.text("HTTP_METHOD");
    if (!set.empty()) return set;
    if (status_ != 0) return "POST";
    return exchange_->server().request().method;
}

std::string_view MessageContext::restSuffix() const noexcept {
    if (axis2_.get("REST_URL_POSTFIX")) return axis2_.text("REST_URL_POSTFIX");
    return restSuffix_;
}

void MessageContext::readTransportAddressing() {
    transportAddressingRead_ = true;
    if (auto field = received_->get(HeaderId::SoapAction)) receivedAction_ = unquoted(*field);
    if (receivedAction_.empty()) {
        const std::string_view type = received_->get(HeaderId::ContentType).value_or(std::string_view());
        receivedAction_ = contentTypeParameter(type, "action");
    }
    addressing_.action = receivedAction_;
    if (status_ == 0) addressing_.to = exchange_->server().request().target;
}

Addressing& MessageContext::addressing() {
    if (!transportAddressingRead_) readTransportAddressing();
    const xml::Document* built = payload_.envelopeIfBuilt();
    if (!envelopeAddressingRead_ && built && isSoap(payload_.kind())) {
        envelopeAddressingRead_ = true;
        const Addressing found = readAddressing(*built, arena());
        // What a mediator has set meanwhile stays.
        const bool ownTo = status_ == 0 && addressing_.to.data() == exchange_->server().request().target.data();
        if (!found.to.empty() && ownTo) addressing_.to = found.to;
        if (!found.action.empty() && addressing_.action == receivedAction_) {
            addressing_.action = found.action;
            receivedAction_ = found.action;
        }
        if (addressing_.from.empty()) addressing_.from = found.from;
        if (addressing_.replyTo.empty()) addressing_.replyTo = found.replyTo;
        if (addressing_.faultTo.empty()) addressing_.faultTo = found.faultTo;
        if (addressing_.messageId.empty()) addressing_.messageId = found.messageId;
        if (addressing_.relatesTo.empty()) addressing_.relatesTo = found.relatesTo;
    }
    return addressing_;
}

Addressing& MessageContext::addressingOfEnvelope() {
    if (!envelopeAddressingRead_ && isSoap(payload_.kind())) envelope();
    return addressing();
}

bool MessageContext::actionChanged() {
    // Nobody can have changed what nobody has asked for.
    return transportAddressingRead_ && addressing_.action != receivedAction_;
}

Properties& MessageContext::properties(Scope scope) {
    return const_cast<Properties&>(std::as_const(*this).properties(scope));
}

const Properties& MessageContext::properties(Scope scope) const {
    switch (scope) {
        case Scope::Axis2:
            return axis2_;
        case Scope::Axis2Client:
            return axis2Client_;
        case Scope::Operation:
            return exchange_->operationProperties();
        case Scope::Default:
        case Scope::Transport:
            break;
    }
    return default_;
}

bool MessageContext::noEntityBody() const noexcept {
    return axis2_.isTrue("NO_ENTITY_BODY") && noEntityBodySince_ == payload_.revision();
}

std::optional<int> MessageContext::httpStatus() const noexcept {
    const PropertyValue* set = axis2_.get("HTTP_SC");
    if (set == nullptr) {
        // After a failure in the out flow the backend's status no longer speaks for the message.
        return status_ != 0 && !failed_ ? std::optional<int>(status_) : std::nullopt;
    }
    std::optional<std::int64_t> code;
    if (const auto* number = std::get_if<std::int64_t>(set)) code = *number;
    if (const auto* number = std::get_if<double>(set)) code = static_cast<std::int64_t>(*number);
    if (const auto* text = std::get_if<std::string_view>(set))
        code = base::parseNumber<std::int64_t>(base::trim(*text));
    // 1xx and what is no status cannot be an answer.
    if (!code || *code < 200 || *code > 599) return std::nullopt;
    return static_cast<int>(*code);
}

void MessageContext::recordFault(const MediationFault& fault) {
    default_.set("ERROR_CODE", std::int64_t{fault.code()});
    default_.set("ERROR_MESSAGE", std::string_view(fault.text()));
    default_.set("ERROR_DETAIL", std::string_view(fault.detail()));
    fault_ = true;
    failed_ = true;
    if (payload_.gone() || fault.code() == error_code::kMessageParsing) payload_.lose();
}

}  // namespace myelin::message
