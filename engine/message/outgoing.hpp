#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/http/client.hpp"
#include "engine/message/addressing.hpp"
#include "engine/message/charset.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::message {

/// Product names in the fields that the engine writes.
constexpr std::string_view kServerName = "Myelin";
constexpr std::string_view kUserAgent = "Myelin/" MYELIN_VERSION;

/// A message's body in the form in which it goes out. `storage` holds converted bytes: not movable, and kept until the
/// write is over.
struct WireBody {
    WireBody() = default;
    WireBody(const WireBody&) = delete;
    WireBody& operator=(const WireBody&) = delete;

    http::OutgoingBody body;
    ContentKind kind = ContentKind::None;
    /// The value of Content-Type when it is not the one that the message has.
    std::string contentType;
    bool ownContentType = false;
    bool converted = false;  ///< into another kind than it came in
    bool rewritten = false;  ///< other bytes than those that came in
    std::string storage;
};

/// WS-Addressing headers that an envelope is to have.
struct AddressingWish {
    AddressingVersion version = AddressingVersion::Final;
    Addressing fields;
};

/// How a body is to be formatted.
struct BodyWish {
    /// The kind wanted; without one, the axis2 property messageType if it is set, else the message's own.
    std::optional<ContentKind> kind;
    /// Remove WS-Addressing headers when the envelope is written anew (requests: synapse-mediation 2.9, endpoints 7.4).
    bool stripAddressing = false;
    /// The encoding of what is sent, if it is XML or text; null: the axis2 property CHARACTER_SET_ENCODING if it is
    /// set, else that of untouched bytes, and UTF-8 of what is written anew.
    const Charset* charset = nullptr;
    /// How an envelope is to be packaged; None: as the axis2 properties enableMTOM and enableSwA say, else as it came.
    Packaging packaging = Packaging::None;
    /// In place of those that it has; null: none are written.
    const AddressingWish* addressing = nullptr;
};

/// Fills `wire` from the message, which stays as it is. An untouched body whose kind is the wanted one goes out as it
/// came, without being parsed. Conversions: SOAP 1.1, SOAP 1.2 and POX into each other; a SOAP fault for a POX reader
/// becomes <Exception>; anything with an envelope view into form and text. An envelope that came with attachments and
/// is written anew is sent with them, whatever XML it is then; a messageType sends it without them, with what its
/// xop:Include elements refer to in their place. Throws MediationFault: what envelope() throws, and kMessageParsing for
/// conversions from or to JSON and for what the encoding cannot express.
void formatBody(MessageContext& context, const BodyWish& wish, WireBody& wire);

/// Text as it may stand between the quotes of a header field's parameter: quotes and backslashes escaped, control
/// characters blank.
std::string quotedText(std::string_view text);

/// What a leaf endpoint sends. Lives on the endpoint's stack until the answer's head is there.
struct WireRequest {
    explicit WireRequest(base::Arena& arena) : headers(arena) {}
    WireRequest(const WireRequest&) = delete;
    WireRequest& operator=(const WireRequest&) = delete;

    /// Set before prepareRequest(): instead of the message's own (an endpoint with a method). GET and HEAD then leave
    /// the body out.
    std::string_view method;
    std::string_view host;    ///< of REQUEST_HOST_HEADER; empty: the origin's authority
    std::string_view suffix;  ///< REST_URL_POSTFIX if it is to be appended to the address, else empty
    std::string query;        ///< format get: the fields of the body, to be added to the address
    http::Headers headers;
    WireBody body;
    bool forceContentLength = false;
    bool close = false;
    bool absoluteTarget = false;  ///< POST_TO_URI: the request line carries the absolute URI

    /// The request target for an address's path and query ("/services/Quote?x=1"): suffix and query are joined to it.
    /// Characters that may not stand in a request line are percent-encoded. Lives in the arena, or is `address`.
    std::string_view targetFor(std::string_view address) const;
    /// The request for the client, which refers to this object. `target` from targetFor().
    http::OutgoingRequest request(std::string_view target) const;
};

/// How an endpoint wants its requests.
struct RequestWish {
    RequestWish(WireFormat wanted = WireFormat::AsIs) : format(wanted) {}

    WireFormat format;
    const Charset* charset = nullptr;            ///< attribute encoding
    Packaging packaging = Packaging::None;       ///< attribute optimize
    const AddressingWish* addressing = nullptr;  ///< enableAddressing
};

/// Fills `wire` with what is to be sent for the context's message (synapse-mediation 2.10, 2.11, 2.13). The context is
/// not changed, so that it can be sent again; a streamed body is sent again only after payload().keepForReplay().
/// Untouched messages cost a copied list of header fields and nothing else. Throws MediationFault.
void prepareRequest(MessageContext& context, const RequestWish& wish, WireRequest& wire);

}  // namespace myelin::message
