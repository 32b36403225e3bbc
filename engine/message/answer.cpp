#include <utility>

#include "engine/base/strings.hpp"
#include "engine/message/exchange.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/outgoing.hpp"
#include "engine/message/soap_fault.hpp"

namespace myelin::message {

namespace {

using http::HeaderId;

/// Fields of a request that say nothing in an answer, when a request is sent back. All others go back, as in Synapse.
/// Out of line, since the compiler would set its tables up for every answer, though hardly one needs them.
[[gnu::noinline]] bool isRequestOnly(const http::HeaderField& field) noexcept {
    switch (field.id) {
        case HeaderId::Accept:
        case HeaderId::Authorization:
        case HeaderId::ContentLength:
        case HeaderId::Cookie:
        case HeaderId::Date:
        case HeaderId::Expect:
        case HeaderId::Host:
        case HeaderId::ProxyAuthorization:
        case HeaderId::Server:
        case HeaderId::SoapAction:
        case HeaderId::Te:
        case HeaderId::Upgrade:
        case HeaderId::UserAgent:
            return true;
        case HeaderId::Other:
            break;
        default:
            return false;
    }
    for (const std::string_view prefix : {"Accept-", "If-", "Sec-", "X-Forwarded-", "Access-Control-Request-"}) {
        if (base::startsWithIgnoreCase(field.name, prefix)) return true;
    }
    for (const std::string_view name : {"Range",
                                        "Referer",
                                        "Origin",
                                        "From",
                                        "Max-Forwards",
                                        "Forwarded",
                                        "DNT",
                                        "Via",
                                        "Priority",
                                        "X-Real-IP",
                                        "Upgrade-Insecure-Requests"}) {
        if (base::equalsIgnoreCase(field.name, name)) return true;
    }
    return false;
}

bool holdsFault(MessageContext& context) {
    const xml::Document* built = context.payload().envelopeIfBuilt();
    return built && soap::isFault(*built);
}

/// The kind to convert to, if the client speaks another XML than the message is in (synapse-mediation 2.7, 2.9).
std::optional<ContentKind> wishFor(MessageContext& context, ContentKind client) {
    const Payload& payload = context.payload();
    const ContentKind own = payload.kind();
    if (own == client || !isXml(own)) return std::nullopt;
    if (!context.properties(Scope::Axis2).text("messageType").empty()) return std::nullopt;
    if (!isXml(client)) {
        // REST clients of other types get what the message is, but no SOAP fault that the engine made.
        const bool madeFault = payload.edited() && isSoap(own) && holdsFault(context);
        return madeFault ? std::optional<ContentKind>(ContentKind::Pox) : std::nullopt;
    }
    // A package has a reader for SOAP at its other end, whatever the request was.
    if (payload.packaging() != Packaging::None && !isSoap(client)) return std::nullopt;
    // What cannot be read is relayed as it is.
    return payload.readable() ? std::optional<ContentKind>(client) : std::nullopt;
}

int statusFor(MessageContext& context) {
    if (const auto status = context.httpStatus()) return *status;
    const bool fault = context.fault() || holdsFault(context);
    return fault && !context.properties(Scope::Axis2).isTrue("FAULTS_AS_HTTP_200") ? 500 : 200;
}

void headersFor(MessageContext& context, const WireBody& wire, http::Headers& headers) {
    const bool fromBackend = context.status() != 0;
    const bool dropType = wire.ownContentType || (!fromBackend && wire.body.kind == http::OutgoingBody::Kind::None);
    const bool preserveServer = context.exchange().options().preserveServer;
    bool server = false;
    for (const http::HeaderField& field : std::as_const(context).headers()) {
        switch (field.id) {
            case HeaderId::Date:
                continue;
            case HeaderId::Server:
                if (!fromBackend || !preserveServer) continue;
                server = true;
                break;
            case HeaderId::ContentType:
                if (dropType) continue;
                break;
            case HeaderId::ContentLength:
            case HeaderId::ContentEncoding:
                if (wire.rewritten) continue;
                break;
            default:
                break;
        }
        if (!fromBackend && isRequestOnly(field)) continue;
        headers.addView(field.name, field.value, field.id, field.verbatim);
    }
    if (!server) headers.addView("Server", kServerName, HeaderId::Server);
    if (wire.ownContentType) headers.addView("Content-Type", wire.contentType, HeaderId::ContentType);
}

}  // namespace

bool Exchange::answer(MessageContext& context) {
    if (!begin()) return false;
    WireBody wire;
    if (!context.noEntityBody()) {
        BodyWish wish;
        wish.kind = wishFor(context, clientKind_);
        formatBody(context, wish, wire);
    }
    http::Headers headers(arena());
    headersFor(context, wire, headers);

    http::OutgoingResponse response;
    response.status = statusFor(context);
    if (const std::string_view reason = context.properties(Scope::Axis2).text("HTTP_SC_DESC"); !reason.empty()) {
        response.reason = reason;
    } else if (context.status() == response.status) {
        response.reason = context.reason();
    }
    response.headers = &headers;
    response.body = wire.body;
    send(response);
    if (!answered()) context.payload().throwRelayFailure(context.deadline());
    return true;
}

}  // namespace myelin::message
