#include "engine/base/strings.hpp"
#include "engine/message/forms.hpp"
#include "engine/message/outgoing.hpp"
#include "engine/message/soap_fault.hpp"

namespace myelin::message {

namespace {

/// Kinds that have an envelope view to convert from or to.
bool hasView(ContentKind kind) noexcept {
    return kind != ContentKind::Json && kind != ContentKind::Opaque;
}

bool sameType(std::string_view a, std::string_view b) noexcept {
    return base::equalsIgnoreCase(a, b);
}

std::string contentTypeFor(ContentKind kind, std::string_view action) {
    std::string type(mediaTypeFor(kind));
    if (kind != ContentKind::Json && kind != ContentKind::Form) type += "; charset=UTF-8";
    if (kind == ContentKind::Soap12 && !action.empty()) type.append("; action=\"").append(action).append("\"");
    return type;
}

/// Whether the message's own Content-Type describes what is about to be written.
bool typeStillFits(const MessageContext& context, ContentKind kind) {
    const std::string_view field = context.headers().get(http::HeaderId::ContentType).value_or(std::string_view());
    if (field.empty()) return false;
    const ContentKind named = classifyContent(field);
    if (named != kind) return false;
    const std::string_view charset = contentTypeParameter(field, "charset");
    return charset.empty() || sameType(charset, "utf-8") || sameType(charset, "us-ascii");
}

/// The kind that axis2 messageType asks for.
std::optional<ContentKind> messageTypeOf(const MessageContext& context) {
    const std::string_view type = context.properties(Scope::Axis2).text("messageType");
    if (type.empty()) return std::nullopt;
    const ContentKind kind = classifyContent(type);
    return kind == ContentKind::Opaque ? std::nullopt : std::optional<ContentKind>(kind);
}

void writeConverted(const xml::Document& source, ContentKind target, bool strip, std::string& out) {
    const auto version = soap::versionOf(source);
    const bool otherVersion = isSoap(target) && version && soap::kindOf(*version) != target;
    const bool exception = !isSoap(target) && soap::isFault(source);
    xml::Document copy;
    if (otherVersion || exception || strip) {
        soap::copyDocument(source, copy);
        if (strip) stripAddressing(copy);
        if (otherVersion) soap::convert(copy, soap::versionFor(target));
        if (exception) soap::setException(copy, soap::readFault(copy));
        writeForm(copy, target, out);
        return;
    }
    writeForm(source, target, out);
}

bool hasAddressing(const xml::Document& envelope, base::Arena& arena) {
    const Addressing found = readAddressing(envelope, arena);
    return !found.to.empty() || !found.action.empty() || !found.messageId.empty() || !found.replyTo.empty() ||
           !found.relatesTo.empty() || !found.from.empty() || !found.faultTo.empty();
}

[[noreturn]] void refuse(ContentKind from, ContentKind to) {
    throw MediationFault(error_code::kMessageParsing,
                         "A body of type " + std::string(mediaTypeFor(from)) + " cannot be sent as " +
                             std::string(mediaTypeFor(to)) + " by this version");
}

}  // namespace

void formatBody(MessageContext& context, const BodyWish& wish, WireBody& wire) {
    Payload& payload = context.payload();
    std::optional<ContentKind> wanted = wish.kind;
    if (!wanted) wanted = messageTypeOf(context);
    ContentKind own = payload.kind();
    if (wanted && *wanted != own && own != ContentKind::Opaque && !(own == ContentKind::None && !isSoap(*wanted))) {
        if (!hasView(own) || !hasView(*wanted)) refuse(own, *wanted);
        context.envelope();
        own = payload.kind();  // text/xml may have turned out to be POX
    }
    // Nothing stays nothing, unless an (empty) envelope is wanted; bytes that cannot be read are only relabelled.
    const bool convertible = own != ContentKind::Opaque && !(own == ContentKind::None && (!wanted || !isSoap(*wanted)));
    const ContentKind target = wanted && convertible ? *wanted : own;
    wire.kind = target;

    const bool strip = wish.stripAddressing && isSoap(own) && (payload.edited() || target != own) &&
                       !context.properties(Scope::Default).isTrue("PRESERVE_WS_ADDRESSING") &&
                       hasAddressing(context.envelope(), context.arena());
    const bool exception = payload.edited() && !isSoap(target) && soap::isFault(context.envelope());
    if (target == own && !strip && !exception) {
        wire.body = payload.outgoing();
        if (!payload.edited() || wire.body.kind == http::OutgoingBody::Kind::None) return;
    } else {
        wire.converted = target != own;
        writeConverted(context.envelope(), target, strip, wire.storage);
        wire.body = wire.storage.empty() ? http::OutgoingBody::none() : http::OutgoingBody::of(wire.storage);
    }
    const std::string_view overriding = context.properties(Scope::Axis2).text("ContentType");
    if (overriding.empty() && (wire.converted || !typeStillFits(context, target))) {
        wire.contentType = contentTypeFor(target, context.addressing().action);
        wire.ownContentType = true;
    }
}

}  // namespace myelin::message
