#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/headers.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/payload.hpp"
#include "engine/message/properties.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::message {

/// WS-Addressing information of a message as Synapse shows it: changing it does not change the envelope.
struct Addressing {
    std::string_view to;         ///< request: path and query of the request line, or wsa:To; response: empty
    std::string_view from;
    std::string_view action;     ///< SOAPAction or wsa:Action, without quotes
    std::string_view replyTo;
    std::string_view faultTo;
    std::string_view messageId;
    std::string_view relatesTo;
};

/// A message on its way through mediation: what every mediator and endpoint is given.
class MessageContext {
public:
    /// The client's request.
    explicit MessageContext(Exchange& exchange);
    /// A backend's answer; inherits the default-scope properties that were kept with it.
    MessageContext(Exchange& exchange, Exchange::PendingReply& reply);
    MessageContext(const MessageContext&) = delete;
    MessageContext& operator=(const MessageContext&) = delete;
    ~MessageContext();

    Exchange& exchange() noexcept { return *exchange_; }
    base::Arena& arena() noexcept { return exchange_->arena(); }
    runtime::Deadline deadline() const noexcept { return exchange_->deadline(); }

    /// Direction: the response flag, or the default-scope property RESPONSE equal to "true" in any case.
    bool isResponse() const noexcept;
    void setResponse(bool response) noexcept { response_ = response; }

    /// Header fields of the current message (transport scope).
    http::Headers& headers() noexcept { return headers_; }
    const http::Headers& headers() const noexcept { return headers_; }
    Payload& payload() noexcept { return payload_; }
    const Payload& payload() const noexcept { return payload_; }
    /// The envelope view of the payload.
    xml::Document& envelope() { return payload_.envelope(deadline()); }

    /// HTTP method of the request line (axis2 HTTP_METHOD when a mediator set it).
    std::string_view method() const noexcept;
    /// Status of a backend's answer; 0 otherwise.
    int status() const noexcept { return status_; }
    bool fault() const noexcept { return fault_; }
    void setFault(bool fault) noexcept { fault_ = fault; }

    Addressing& addressing() noexcept { return addressing_; }
    const Addressing& addressing() const noexcept { return addressing_; }
    /// Part of the request target behind the service's or API's prefix (axis2 REST_URL_POSTFIX), query included.
    std::string_view restSuffix() const noexcept;
    /// Set by the dispatcher. A mediator overrides it through the axis2 property REST_URL_POSTFIX.
    void setRestSuffix(std::string_view suffix) noexcept { restSuffix_ = suffix; }

    /// Properties by scope; not for Scope::Transport (headers()).
    Properties& properties(Scope scope);
    const Properties& properties(Scope scope) const;

    /// One property in any scope, as `property`, get-property() and $ctx: see it: Transport reads a header field;
    /// special names (To, From, Action, FAULT, MESSAGE_FORMAT, SYSTEM_DATE, ...) are computed in the default scope
    /// (synapse-mediation 5.4), then set properties, then local entries. Nothing when there is none.
    std::optional<PropertyValue> property(Scope scope, std::string_view name);
    void setProperty(Scope scope, std::string_view name, const PropertyValue& value);
    void removeProperty(Scope scope, std::string_view name);

    /// Records ERROR_CODE, ERROR_MESSAGE, ERROR_DETAIL (default scope) for a fault sequence.
    void recordFault(const MediationFault& fault);

    /// Evaluations in this message. They build the envelope only when the expression needs it. A null result (variable
    /// or property that does not exist) is nothing.
    std::optional<std::string> evaluateText(const xml::XPath& expression);
    bool evaluateBoolean(const xml::XPath& expression);

private:
    class Variables;
    Exchange* exchange_;
    http::Headers headers_;
    Payload payload_;
    Properties default_;
    Properties axis2_;
    Properties axis2Client_;
    Addressing addressing_;
    std::string_view restSuffix_;
    int status_ = 0;
    bool response_ = false;
    bool fault_ = false;
};

/// What goes over the wire when a context's message is sent to a backend, given the endpoint's wishes: content type,
/// SOAPAction, converted body. Used by leaf endpoints; the context itself is left as it was.
enum class WireFormat { AsIs, Soap11, Soap12, Pox, Get, Rest };

}  // namespace myelin::message
