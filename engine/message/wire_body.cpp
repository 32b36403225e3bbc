#include <utility>

#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"
#include "engine/message/forms.hpp"
#include "engine/message/outgoing.hpp"
#include "engine/message/packaging.hpp"
#include "engine/message/soap_fault.hpp"

namespace myelin::message {

namespace {

/// Kinds that have an envelope view to convert from or to.
bool hasView(ContentKind kind) noexcept {
    return kind != ContentKind::Json && kind != ContentKind::Opaque;
}

/// Kinds whose bytes are in an encoding of the sender's choice.
bool hasCharset(ContentKind kind) noexcept {
    return isXml(kind) || kind == ContentKind::Text;
}

std::string_view typeField(const MessageContext& context) {
    return context.headers().get(http::HeaderId::ContentType).value_or(std::string_view());
}

std::string contentTypeFor(ContentKind kind, std::string_view charset, std::string_view action) {
    std::string type(mediaTypeFor(kind));
    if (hasCharset(kind)) type.append("; charset=").append(charset);
    if (kind == ContentKind::Soap12 && !action.empty()) type.append("; action=\"").append(action).append("\"");
    return type;
}

/// Whether the message's own Content-Type describes what is about to be written without packaging.
bool typeStillFits(const MessageContext& context, ContentKind kind, const Charset* charset) {
    const std::string_view field = typeField(context);
    if (field.empty() || packagingOf(field) != Packaging::None) return false;
    const ContentKind named = classifyContent(field);
    if (named != kind) return false;
    if (!hasCharset(kind)) return true;
    const std::string_view stated = contentTypeParameter(field, "charset");
    if (charset != nullptr && !charset->isUtf8()) return charset->isNamed(stated);
    return stated.empty() || base::equalsIgnoreCase(stated, "utf-8") || base::equalsIgnoreCase(stated, "us-ascii");
}

/// What the axis2 properties of a message say about its form.
class Asked {
public:
    explicit Asked(const MessageContext& context) : axis2_(context.properties(Scope::Axis2)) {
        // Almost no message has properties of this scope.
        if (axis2_.begin() == axis2_.end()) return;
        const std::string_view type = axis2_.text("messageType");
        multipart_ = base::startsWithIgnoreCase(type, "multipart/related");
        if (const ContentKind named = classifyContent(type); named != ContentKind::Opaque && !multipart_) kind = named;
        if (axis2_.isTrue("enableSwA")) packaging = Packaging::Swa;
        if (axis2_.isTrue("enableMTOM")) packaging = Packaging::Mtom;
        if (const std::string_view name = axis2_.text("CHARACTER_SET_ENCODING"); !name.empty()) {
            charset = Charset::named(base::trim(name));
            if (!charset) {
                throw MediationFault(error_code::kMediation,
                                     "CHARACTER_SET_ENCODING is \"" + std::string(name.substr(0, 100)) +
                                         "\", which is no encoding that is known here");
            }
        }
        overridesType = !axis2_.text("ContentType").empty();
    }

    /// The packaging of a message that came in `own`.
    Packaging packagingFrom(Packaging own) const noexcept {
        if (packaging != Packaging::None) return packaging;
        if (kind) return Packaging::None;
        return own == Packaging::None && multipart_ ? Packaging::Mtom : own;
    }

    std::optional<ContentKind> kind;
    Packaging packaging = Packaging::None;
    std::optional<Charset> charset;
    bool overridesType = false;

private:
    const Properties& axis2_;
    bool multipart_ = false;
};

/// What is done to an envelope before it is written.
struct Changes {
    bool stripAddressing = false;
    const AddressingWish* addressing = nullptr;
    const Multipart* inlined = nullptr;  ///< its parts are put in the place of references to them
};

/// Appends the document as `target`. Gives the parts that it holds now.
PartList writeConverted(MessageContext& context, ContentKind target, const Changes& changes, std::string& out) {
    const xml::Document& source = context.envelope();
    const auto version = soap::versionOf(source);
    const bool otherVersion = isSoap(target) && version && soap::kindOf(*version) != target;
    const bool exception = !isSoap(target) && soap::isFault(source);
    PartList inlined;
    if (!otherVersion && !exception && !changes.stripAddressing && !changes.addressing && !changes.inlined) {
        writeForm(source, target, out);
        return inlined;
    }
    xml::Document copy;
    soap::copyDocument(source, copy);
    if (changes.inlined) {
        inlined = inlineIncludes(copy, *changes.inlined, context.exchange().options().payload.buffered);
    }
    if (changes.stripAddressing) stripAddressing(copy);
    if (otherVersion) soap::convert(copy, soap::versionFor(target));
    if (changes.addressing) writeAddressing(copy, changes.addressing->fields, changes.addressing->version);
    if (exception) soap::setException(copy, soap::readFault(copy));
    writeForm(copy, target, out);
    return inlined;
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

/// Whether the untouched bytes are in the encoding. What cannot be looked at and does not say is taken for it.
bool isIn(MessageContext& context, const Charset& charset) {
    Payload& payload = context.payload();
    std::string_view type = payload.receivedType();
    const Multipart::Part* root = nullptr;
    if (payload.packaging() != Packaging::None) {
        if (!payload.readable()) return true;
        context.envelope();
        if (payload.parts() == nullptr) return true;
        root = &payload.parts()->root();
        type = root->contentType;
    }
    if (const std::string_view stated = contentTypeParameter(type, "charset"); !stated.empty()) {
        return charset.isNamed(stated);
    }
    if (!payload.readable()) return true;
    const xml::DetectedEncoding found =
        xml::detectEncoding(root ? root->body : payload.bytes(context.deadline()), std::string_view());
    return found.problem.empty() && charset.is(found.encoding);
}

}  // namespace

std::string quotedText(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += http::isForbiddenInValue(c) ? ' ' : c;
    }
    return out;
}

namespace {

/// What a message is and what it is to become.
struct Plan {
    Plan(MessageContext& context, const BodyWish& wish, const Asked& asked) {
        Payload& payload = context.payload();
        const std::optional<ContentKind> wanted = wish.kind ? wish.kind : asked.kind;
        own = payload.kind();
        if (wanted && *wanted != own && own != ContentKind::Opaque && !(own == ContentKind::None && !isSoap(*wanted))) {
            if (!hasView(own) || !hasView(*wanted)) refuse(own, *wanted);
            context.envelope();
            own = payload.kind();  // text/xml may have turned out to be POX
        }
        // Nothing stays nothing, unless an (empty) envelope is wanted; bytes that cannot be read are only relabelled.
        const bool convertible =
            own != ContentKind::Opaque && !(own == ContentKind::None && (!wanted || !isSoap(*wanted)));
        target = wanted && convertible ? *wanted : own;
        converted = target != own;

        packed = payload.packaging();
        if (isXml(target)) {
            packaging = wish.packaging != Packaging::None ? wish.packaging : asked.packagingFrom(packed);
            // What is no envelope is packaged only if it came so.
            if (!isSoap(target) && packed == Packaging::None) packaging = Packaging::None;
            if (packaging != packed && !isSoap(target) && payload.empty()) packaging = packed;
            repacked = packed != Packaging::None && packaging != packed;
        }
        if (hasCharset(target)) charset = wish.charset ? wish.charset : asked.charset ? &*asked.charset : nullptr;
        recoded =
            charset && !payload.edited() && !converted && !repacked && !payload.empty() && !isIn(context, *charset);
        if (isSoap(target)) addressing = wish.addressing;
    }

    ContentKind own;
    ContentKind target;
    bool converted;    ///< another kind
    Packaging packed;  ///< as it came
    Packaging packaging = Packaging::None;
    bool repacked = false;  ///< came in another packaging
    const Charset* charset = nullptr;
    bool recoded = false;  ///< came in another encoding
    const AddressingWish* addressing = nullptr;
};

/// Nothing of the body was touched, and nothing has to be put around it.
void relay(MessageContext& context, const Plan& plan, WireBody& wire) {
    wire.body = context.payload().outgoing();
    // A mediator that set messageType has replaced the field that names the boundary.
    if (plan.packed == Packaging::None || packagingOf(typeField(context)) != Packaging::None) return;
    wire.contentType = std::string(context.payload().receivedType());
    wire.ownContentType = true;
}

void formatWith(MessageContext& context, const BodyWish& wish, WireBody& wire) {
    Payload& payload = context.payload();
    const Asked asked(context);
    Plan plan(context, wish, asked);
    if ((plan.repacked || plan.recoded || plan.addressing) && !payload.envelopeIfBuilt()) {
        context.envelope();
        plan = Plan(context, wish, asked);
    }
    wire.kind = plan.target;
    wire.converted = plan.converted;

    Changes changes;
    changes.addressing = plan.addressing;
    const bool anew = payload.edited() || plan.converted || plan.repacked || plan.recoded || plan.addressing;
    changes.stripAddressing = anew && wish.stripAddressing && isSoap(plan.own) &&
                              !context.properties(Scope::Default).isTrue("PRESERVE_WS_ADDRESSING") &&
                              hasAddressing(context.envelope(), context.arena());
    if (plan.repacked && plan.packed == Packaging::Mtom) changes.inlined = payload.parts();
    const bool exception = payload.edited() && !isSoap(plan.target) && soap::isFault(context.envelope());

    std::string text;
    std::string_view root;
    PartList inlined;
    std::string_view encoding = "UTF-8";
    const bool asItStands = payload.edited() && !plan.converted && !plan.repacked && !plan.addressing;
    if (changes.stripAddressing || exception || (anew && !asItStands)) {
        inlined = writeConverted(context, plan.target, changes, text);
        root = text;
    } else if (payload.edited()) {
        root = payload.bytes(context.deadline());
    } else if (plan.packaging != plan.packed) {
        if (!payload.readable()) context.envelope();  // throws why
        root = payload.bytes(context.deadline());
        encoding = contentTypeParameter(payload.receivedType(), "charset");
    } else {
        relay(context, plan, wire);
        return;
    }

    wire.rewritten = true;
    std::string encoded;
    if (anew && plan.charset && !plan.charset->isUtf8() && !root.empty()) {
        encoding = plan.charset->name();
        if (isXml(plan.target)) {
            plan.charset->encodeXml(root, encoded);
        } else {
            plan.charset->encodeText(root, encoded);
        }
        text = std::move(encoded);
        root = text;
    }
    const std::string action = quotedText(context.addressing().action);
    if (plan.packaging != Packaging::None && !root.empty()) {
        wire.contentType =
            writePackage(plan.packaging, {root, plan.target, encoding, action}, payload.parts(), inlined, wire.storage);
        wire.ownContentType = true;
        wire.body = http::OutgoingBody::of(wire.storage);
        return;
    }
    if (!text.empty()) {
        wire.storage = std::move(text);
        root = wire.storage;
    }
    wire.body = root.empty() ? http::OutgoingBody::none() : http::OutgoingBody::of(root);
    if (root.empty() && !plan.converted) return;
    if (!asked.overridesType && (plan.converted || !typeStillFits(context, plan.target, plan.charset))) {
        wire.contentType = contentTypeFor(plan.target, encoding, action);
        wire.ownContentType = true;
    }
}

}  // namespace

void formatBody(MessageContext& context, const BodyWish& wish, WireBody& wire) {
    Payload& payload = context.payload();
    const Properties& axis2 = context.properties(Scope::Axis2);
    const bool asked = wish.kind || wish.charset || wish.addressing || wish.packaging != Packaging::None ||
                       axis2.begin() != axis2.end();
    if (asked || payload.edited() || payload.packaging() != Packaging::None) {
        formatWith(context, wish, wire);
        return;
    }
    // Nearly every message: nobody has touched it or asked for anything. A third of the instructions.
    wire.kind = payload.kind();
    wire.body = payload.outgoing();
}

}  // namespace myelin::message
