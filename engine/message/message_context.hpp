#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/headers.hpp"
#include "engine/message/addressing.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/payload.hpp"
#include "engine/message/properties.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::message {

struct RetryWay;
struct SessionTrail;

/// A message on its way through mediation: what every mediator and endpoint is given.
class MessageContext {
public:
    /// The client's request.
    explicit MessageContext(Exchange& exchange);
    /// A backend's answer; inherits the default-scope properties that were kept with it.
    MessageContext(Exchange& exchange, Exchange::PendingReply& reply);
    /// For `loopback`: this message as it is goes to the out flow. A response with no To; the context it came from has
    /// an empty body afterwards. To be put into a PendingReply.
    std::unique_ptr<MessageContext> loopback();
    /// A copy for a message that goes to several places: the same properties, header fields and body, which is read
    /// whole for that (faults of Payload::bytes()). It may outlive this one, but not the exchange.
    std::unique_ptr<MessageContext> clone();
    MessageContext(const MessageContext&) = delete;
    MessageContext& operator=(const MessageContext&) = delete;
    ~MessageContext();

    Exchange& exchange() noexcept { return *exchange_; }
    base::Arena& arena() noexcept { return exchange_->arena(); }
    runtime::Deadline deadline() const noexcept { return exchange_->deadline(); }

    /// Direction: the response flag, or the default-scope property RESPONSE equal to "true" in any case.
    bool isResponse() const noexcept;
    void setResponse(bool response) noexcept { response_ = response; }

    /// Header fields of the current message (transport scope). The first call of the non-const one copies the list (not
    /// the text), so that the head as received stays as it was; who only reads uses the const one.
    http::Headers& headers();
    const http::Headers& headers() const noexcept { return own_ ? *own_ : *received_; }
    /// Sets a field from text that may come from a message: line breaks and other control characters become blanks.
    /// Throws MediationFault when the name is not a token.
    void setHeader(std::string_view name, std::string_view value);
    Payload& payload() noexcept { return payload_; }
    const Payload& payload() const noexcept { return payload_; }
    /// The envelope view of the payload.
    xml::Document& envelope() { return payload_.envelope(deadline()); }

    /// What the Content-Type field says, without parameters; empty without one.
    std::string_view mediaType() const noexcept;

    /// HTTP method of the request line, POST for a backend's answer; axis2 HTTP_METHOD when a mediator set it.
    std::string_view method() const noexcept;
    /// Status of a backend's answer; 0 otherwise.
    int status() const noexcept { return status_; }
    /// Its reason phrase.
    std::string_view reason() const noexcept { return reason_; }
    bool fault() const noexcept { return fault_; }
    void setFault(bool fault) noexcept { fault_ = fault; }

    /// Read on first use: To and Action from the request line and the SOAPAction field, and, once the envelope was
    /// built, all of it from its WS-Addressing headers.
    Addressing& addressing();
    /// The same after building the envelope if it is SOAP: for those who send to the message's own To. Throws as
    /// envelope() does.
    Addressing& addressingOfEnvelope();
    /// Whether the action differs from what the message came with.
    bool actionChanged();
    /// Part of the request target behind the service's or API's prefix (axis2 REST_URL_POSTFIX), query included.
    std::string_view restSuffix() const noexcept;
    /// Set by the dispatcher. A mediator overrides it through the axis2 property REST_URL_POSTFIX.
    void setRestSuffix(std::string_view suffix) noexcept { restSuffix_ = suffix; }

    /// The onError sequences around the step that runs now, innermost first. In the arena: a copy of the message that
    /// could not be delivered is given to them after that step is over.
    struct FaultHandlers {
        const Mediator* sequence;
        const FaultHandlers* outer;
    };
    const FaultHandlers* faultHandlers() const noexcept { return faultHandlers_; }
    void setFaultHandlers(const FaultHandlers* handlers) noexcept { faultHandlers_ = handlers; }
    /// Name of the sequence that gets the answers of the send under way; empty when there is none. For endpoints that
    /// queue answers themselves; lives as long as the exchange.
    std::string_view receiving() const noexcept { return receiving_; }
    void setReceiving(std::string_view sequence) noexcept { receiving_ = sequence; }

    /// Properties by scope; not for Scope::Transport (headers()).
    Properties& properties(Scope scope);
    const Properties& properties(Scope scope) const;

    /// One property in any scope, as `property`, get-property() and $ctx: see it: Transport reads a header field;
    /// special names (To, From, Action, FAULT, MESSAGE_FORMAT, SYSTEM_DATE, ...) are computed in the default scope
    /// (synapse-mediation 5.4), then set properties, then local entries. In the axis2 scope HTTP_SC, HTTP_METHOD,
    /// REST_URL_POSTFIX, messageType, ContentType, NO_ENTITY_BODY, REMOTE_ADDR, REMOTE_HOST and TransportInURL are
    /// there without being set. Nothing when there is none. FAULT and MESSAGE_FORMAT may build the envelope.
    std::optional<PropertyValue> property(Scope scope, std::string_view name);
    /// Null in the default scope is ignored. RESPONSE (default) announces an answer; messageType and ContentType
    /// (axis2) set the Content-Type field; the transport scope is the header fields.
    void setProperty(Scope scope, std::string_view name, const PropertyValue& value);
    /// TRANSPORT_HEADERS (axis2) removes all header fields; axis2-client removes the axis2 property as well.
    void removeProperty(Scope scope, std::string_view name);

    /// The axis2 property NO_ENTITY_BODY, if it was set and the body was not changed since (synapse-mediation 3.8).
    bool noEntityBody() const noexcept;
    /// The axis2 property HTTP_SC, else the status of the backend's answer; nothing when there is none or it was
    /// removed.
    std::optional<int> httpStatus() const noexcept;

    /// Records ERROR_CODE, ERROR_MESSAGE, ERROR_DETAIL (default scope) for a fault sequence. From now on the message
    /// is a fault: its answer has status 500 unless HTTP_SC is set (synapse-mediation 7.1). A body that was streamed
    /// out and is gone, or that could not be parsed, is empty from now on, so that the fault sequence can look at it.
    void recordFault(const MediationFault& fault);

    /// Who has spoken about repeating this message, from the innermost endpoint outwards (retry_rules.hpp). Null:
    /// nobody.
    const RetryWay* retryWay() const noexcept { return retryWay_; }
    void setRetryWay(const RetryWay* way) noexcept { retryWay_ = way; }
    /// The session in which the message is being sent (session_trail.hpp). Null: none. A clone has none.
    SessionTrail* sessionTrail() const noexcept { return sessionTrail_; }
    void setSessionTrail(SessionTrail* trail) noexcept { sessionTrail_ = trail; }

    /// Evaluations in this message. They build the envelope only when the expression needs it. A null result (variable
    /// or property that does not exist) is nothing.
    std::optional<std::string> evaluateText(const xml::XPath& expression);
    bool evaluateBoolean(const xml::XPath& expression);
    /// In document order; the nodes belong to the envelope or to a property. Throws MediationFault when the result is
    /// no node set, or when the expression cannot be evaluated.
    xml::NodeSet evaluateNodes(const xml::XPath& expression);
    /// Whatever the expression gives. Nodes are valid as long as the payload is not changed.
    xml::Value evaluateValue(const xml::XPath& expression);

private:
    class Variables;
    struct Looped {};
    MessageContext(MessageContext& from, Looped);
    struct Cloned {};
    MessageContext(MessageContext& from, Cloned);

    template <typename Evaluate>
    auto evaluate(const xml::XPath& expression, Evaluate&& how);
    std::optional<PropertyValue> specialProperty(std::string_view name);
    std::optional<PropertyValue> axis2Property(std::string_view name) const;
    std::string_view messageFormat();
    bool isFaultMessage();
    void readTransportAddressing();

    Exchange* exchange_;
    const http::Headers* received_;
    std::optional<http::Headers> own_;
    Payload payload_;
    Properties default_;
    Properties axis2_;
    Properties axis2Client_;
    Addressing addressing_;
    std::string_view receivedAction_;
    const RetryWay* retryWay_ = nullptr;
    SessionTrail* sessionTrail_ = nullptr;
    std::string_view restSuffix_;
    std::string_view reason_;
    std::string_view receiving_;
    const FaultHandlers* faultHandlers_ = nullptr;
    int status_ = 0;
    std::uint32_t noEntityBodySince_ = 0;
    bool response_ = false;
    bool fault_ = false;
    bool failed_ = false;  // a fault was recorded
    bool transportAddressingRead_ = false;
    bool envelopeAddressingRead_ = false;
};

/// What goes over the wire when a context's message is sent to a backend, given the endpoint's wishes: content type,
/// SOAPAction, converted body. Used by leaf endpoints; the context itself is left as it was.
enum class WireFormat { AsIs, Soap11, Soap12, Pox, Get, Rest };

}  // namespace myelin::message
