#include "engine/message/outgoing.hpp"

#include <utility>

#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/forms.hpp"

namespace myelin::message {

namespace {

using http::HeaderId;

std::optional<ContentKind> kindFor(WireFormat format) noexcept {
    switch (format) {
        case WireFormat::Soap11:
            return ContentKind::Soap11;
        case WireFormat::Soap12:
            return ContentKind::Soap12;
        case WireFormat::Pox:
            return ContentKind::Pox;
        case WireFormat::AsIs:
        case WireFormat::Get:
        case WireFormat::Rest:
            break;
    }
    return std::nullopt;
}

bool isSoapFormat(WireFormat format) noexcept {
    return format == WireFormat::Soap11 || format == WireFormat::Soap12;
}

/// Methods whose requests usually have no body, or are REST whatever the type is.
bool isRestMethod(std::string_view method) noexcept {
    return method == "GET" || method == "DELETE" || method == "PUT" || method == "OPTIONS" || method == "PATCH" ||
           method == "HEAD";
}

std::string_view methodFor(const MessageContext& context, WireFormat format, std::string_view wanted) {
    if (isSoapFormat(format)) return "POST";
    if (format == WireFormat::Get) return "GET";
    const std::string_view method = wanted.empty() ? context.method() : wanted;
    if (!http::isToken(method)) {
        throw MediationFault(error_code::kMediation, "\"" + std::string(method) + "\" is no HTTP method");
    }
    return method;
}

/// Appends, with what may not stand in a request line percent-encoded; escapes that are there stay.
void appendTarget(std::string_view text, std::string& out) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (http::isOf(c, http::kTargetCharacter)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4U];
        out += kHex[byte & 15U];
    }
}

void prepareBody(MessageContext& context, const RequestWish& wanted, bool bodyless, WireRequest& wire) {
    const WireFormat format = wanted.format;
    const Properties& axis2 = context.properties(Scope::Axis2);
    if (format == WireFormat::Get) writeFields(context.envelope(), wire.query);
    if (bodyless) return;
    const bool noBody = axis2.isTrue("FORCE_POST_PUT_NOBODY") || context.noEntityBody();
    if (noBody) return;
    BodyWish wish;
    wish.kind = kindFor(format);
    wish.stripAddressing = true;
    wish.charset = wanted.charset;
    wish.packaging = wanted.packaging;
    wish.addressing = wanted.addressing;
    formatBody(context, wish, wire.body);
    if (wire.body.body.kind != http::OutgoingBody::Kind::Source) return;
    if (axis2.isTrue("DISABLE_CHUNKING") || axis2.isTrue("FORCE_HTTP_1.0")) {
        wire.body.body = http::OutgoingBody::of(context.payload().bytes(context.deadline()));
    }
    wire.forceContentLength =
        axis2.isTrue("FORCE_HTTP_CONTENT_LENGTH") && axis2.isTrue("COPY_CONTENT_LENGTH_FROM_INCOMING");
}

/// The SOAPAction field (synapse-mediation 2.10): kept as it came unless the action or the kind changed.
enum class ActionField { Keep, Drop, Write };

ActionField actionField(MessageContext& context, WireFormat format, const WireBody& body) {
    const bool changed = context.actionChanged();
    if (format == WireFormat::Pox || format == WireFormat::Rest) return ActionField::Drop;
    if (body.converted) return body.kind == ContentKind::Soap11 ? ActionField::Write : ActionField::Drop;
    if (format == WireFormat::Soap11 && !std::as_const(context).headers().get(HeaderId::SoapAction))
        return ActionField::Write;
    if (!changed) return ActionField::Keep;
    return body.kind == ContentKind::Soap11 || !isSoap(body.kind) ? ActionField::Write : ActionField::Drop;
}

/// A Content-Type with another action parameter.
std::string withAction(std::string_view contentType, std::string_view action) {
    std::string out;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= contentType.size(); ++i) {
        if (i < contentType.size()) {
            const char c = contentType[i];
            if (quoted && c == '\\') {
                ++i;
                continue;
            }
            if (c == '"') quoted = !quoted;
            if (quoted || c != ';') continue;
        }
        if (begin > contentType.size()) break;
        const std::string_view part = contentType.substr(begin, i - begin);
        const std::string_view name = base::trim(part.substr(0, part.find('=')));
        if (begin == 0 || !base::equalsIgnoreCase(name, "action")) {
            if (begin != 0) out += ';';
            out += part;
        }
        begin = i + 1;
    }
    return out + "; action=\"" + quotedText(action) + "\"";
}

void prepareHeaders(MessageContext& context, WireFormat format, bool bodyless, WireRequest& wire) {
    const ActionField action = bodyless ? ActionField::Drop : actionField(context, format, wire.body);
    const bool fromBackend = context.status() != 0;
    const bool preserveUserAgent = context.exchange().options().preserveUserAgent;

    std::string contentType = std::move(wire.body.contentType);
    bool ownType = wire.body.ownContentType;
    if (!ownType && wire.body.kind == ContentKind::Soap12 && context.actionChanged()) {
        contentType =
            withAction(std::as_const(context).headers().get(HeaderId::ContentType).value_or("application/soap+xml"),
                       context.addressing().action);
        ownType = true;
    }
    bool userAgent = false;
    for (const http::HeaderField& field : std::as_const(context).headers()) {
        switch (field.id) {
            case HeaderId::Host:
            case HeaderId::ContentLength:
            case HeaderId::Date:
                continue;
            case HeaderId::UserAgent:
                if (!preserveUserAgent) continue;
                userAgent = true;
                break;
            case HeaderId::ContentType:
                if (ownType || bodyless) continue;
                break;
            case HeaderId::SoapAction:
                if (action != ActionField::Keep) continue;
                break;
            case HeaderId::Server:
            case HeaderId::SetCookie:
            case HeaderId::Location:
                if (fromBackend) continue;
                break;
            case HeaderId::ContentEncoding:
                if (wire.body.rewritten) continue;
                break;
            default:
                break;
        }
        wire.headers.addView(field.name, field.value, field.id, field.verbatim);
    }
    if (!userAgent) wire.headers.addView("User-Agent", kUserAgent, HeaderId::UserAgent);
    if (ownType) wire.headers.add("Content-Type", contentType);
    if (action == ActionField::Write) {
        wire.headers.add("SOAPAction", "\"" + quotedText(context.addressing().action) + "\"");
    }
}

}  // namespace

std::string_view WireRequest::targetFor(std::string_view address) const {
    if (suffix.empty() && query.empty()) return address.empty() ? std::string_view("/") : address;
    const std::size_t question = address.find('?');
    const std::string_view path = address.substr(0, question);
    const std::string_view addressQuery =
        question == std::string_view::npos ? std::string_view() : address.substr(question + 1);
    const std::size_t suffixQuestion = suffix.find('?');
    std::string_view suffixPath = suffix.substr(0, suffixQuestion);
    const std::string_view suffixQuery =
        suffixQuestion == std::string_view::npos ? std::string_view() : suffix.substr(suffixQuestion + 1);

    std::string out(path);
    if (!suffixPath.empty()) {
        if (out.ends_with('/') && suffixPath.starts_with('/')) suffixPath.remove_prefix(1);
        if (!out.ends_with('/') && !suffixPath.starts_with('/')) out += '/';
        appendTarget(suffixPath, out);
    }
    if (out.empty()) out = "/";
    char separator = '?';
    for (const std::string_view part : {addressQuery, suffixQuery, std::string_view(query)}) {
        if (part.empty()) continue;
        out += separator;
        appendTarget(part, out);
        separator = '&';
    }
    return headers.arena().copy(out);
}

http::OutgoingRequest WireRequest::request(std::string_view target) const {
    http::OutgoingRequest out;
    out.method = method;
    out.target = target;
    out.host = host;
    out.headers = &headers;
    out.body = body.body;
    out.forceContentLength = forceContentLength;
    out.close = close;
    return out;
}

void prepareRequest(MessageContext& context, const RequestWish& wish, WireRequest& wire) {
    if (context.payload().lost()) {
        throw MediationFault(error_code::kMediation,
                             "The message body cannot be sent: it was sent on already and is not kept, or could not be "
                             "read");
    }
    const WireFormat format = wish.format;
    const Properties& axis2 = context.properties(Scope::Axis2);
    const std::string_view wanted = wire.method;
    wire.method = methodFor(context, format, wanted);
    const bool bodyless =
        format == WireFormat::Get || (!wanted.empty() && (wire.method == "GET" || wire.method == "HEAD"));
    prepareBody(context, wish, bodyless, wire);
    prepareHeaders(context, format, bodyless, wire);

    const bool rest = format == WireFormat::Rest || !isSoap(wire.body.kind) || isRestMethod(wire.method);
    if (rest && !isSoapFormat(format)) wire.suffix = context.restSuffix();
    // Almost no message has properties of this scope.
    if (axis2.begin() == axis2.end()) return;
    wire.host = axis2.text("REQUEST_HOST_HEADER");
    wire.close = axis2.isTrue("NO_KEEPALIVE");
    wire.absoluteTarget = axis2.isTrue("POST_TO_URI") || axis2.isTrue("FULL_URI");
}

}  // namespace myelin::message
