#include "engine/message/payload.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/fault.hpp"
#include "engine/message/forms.hpp"
#include "engine/message/replay_source.hpp"
#include "engine/message/soap.hpp"

namespace myelin::message {

Payload::Payload(const PayloadLimits& limits) : limits_(&limits) {}

Payload::~Payload() = default;

void Payload::forget() noexcept {
    source_ = nullptr;
    sourceUsed_ = false;
    replay_.reset();
    hasBytes_ = false;
    bytes_ = {};
    received_.reset();
    contentType_ = {};
    contentEncoding_ = {};
    packaging_ = Packaging::None;
    parts_.reset();
    document_.reset();
    edited_ = false;
    written_ = false;
    lost_ = false;
    ++revision_;
}

void Payload::clear() {
    forget();
    kind_ = ContentKind::None;
}

void Payload::lose() {
    clear();
    lost_ = true;
}

bool Payload::lost() const noexcept {
    // What a mediator has put in its place is a message again.
    return lost_ && (!edited_ || !soap::content(*document_));
}

void Payload::setSource(http::BodySource& source, ContentKind kind, BodyOrigin origin) {
    // Most payloads are given one source and nothing else.
    if (revision_ == 0)
        ++revision_;
    else
        forget();
    source_ = &source;
    kind_ = kind;
    origin_ = origin;
}

void Payload::setBytes(std::string_view bytes, ContentKind kind) {
    forget();
    bytes_ = bytes;
    hasBytes_ = true;
    kind_ = kind;
}

void Payload::setEnvelope(std::unique_ptr<xml::Document> envelope, ContentKind kind) {
    forget();
    document_ = std::move(envelope);
    kind_ = kind;
    markEdited();
}

void Payload::describe(std::string_view contentType, std::string_view contentEncoding) noexcept {
    contentType_ = contentType;
    packaging_ = packagingOf(contentType);
    contentEncoding_ = base::equalsIgnoreCase(contentEncoding, "identity") ? std::string_view() : contentEncoding;
}

void Payload::take(Payload& other) {
    forget();
    kind_ = other.kind_;
    origin_ = other.origin_;
    sourceUsed_ = other.sourceUsed_;
    hasBytes_ = other.hasBytes_;
    edited_ = other.edited_;
    keep_ = other.keep_;
    lost_ = other.lost_;
    source_ = other.source_;
    replay_ = std::move(other.replay_);
    bytes_ = other.bytes_;
    received_ = std::move(other.received_);
    contentType_ = other.contentType_;
    contentEncoding_ = other.contentEncoding_;
    packaging_ = other.packaging_;
    parts_ = std::move(other.parts_);
    document_ = std::move(other.document_);
    other.clear();
}

void Payload::share(Payload& other, runtime::Deadline deadline) {
    if (!other.edited_) other.readAll(deadline);
    forget();
    kind_ = other.kind_;
    origin_ = other.origin_;
    contentType_ = other.contentType_;
    contentEncoding_ = other.contentEncoding_;
    packaging_ = other.packaging_;
    lost_ = other.lost_;
    hasBytes_ = true;
    if (other.edited_) {
        document_ = std::make_unique<xml::Document>();
        soap::copyDocument(*other.document_, *document_);
        edited_ = true;
        if (!other.parts_) return;
    }
    // A buffer of a backend's connection goes when its answer has been dealt with.
    if (other.origin_ == BodyOrigin::Backend && !other.received_ && !other.bytes_.empty()) {
        other.received_ = std::make_shared<std::string>(other.bytes_);
        other.bytes_ = *other.received_;
    }
    received_ = other.received_;
    bytes_ = other.bytes_;
    if (!edited_) return;
    // The attachments go with the document; parts are views, so each payload takes its own.
    parts_ = std::make_unique<Multipart>();
    const std::string problem = Multipart::parse(bytes_, contentType_, MultipartLimits{}, *parts_);
    MYELIN_ASSERT(problem.empty(), "parts that were read once can be read again");
}

void Payload::setKind(ContentKind kind) noexcept {
    if (kind == kind_) return;
    kind_ = kind;
    written_ = false;
}

bool Payload::empty() const noexcept {
    if (edited_) return kind_ == ContentKind::None || (!isSoap(kind_) && !soap::content(*document_));
    if (hasBytes_) return bytes_.empty();
    if (!source_) return true;
    return source_->length() == 0;
}

void Payload::markEdited() noexcept {
    MYELIN_ASSERT(document_, "a payload is edited through the document that envelope() gave");
    edited_ = true;
    written_ = false;
    ++revision_;
    if (kind_ == ContentKind::None || kind_ == ContentKind::Opaque || kind_ == ContentKind::Json) {
        kind_ = ContentKind::Pox;
    }
    document_->changed();
}

void Payload::fail(MediationFault fault) {
    // A fault sequence that looks at the body must not fail on it again.
    const ContentKind kind = kind_;
    lose();
    if (isSoap(kind)) {
        document_ = std::make_unique<xml::Document>();
        soap::makeEnvelope(*document_, soap::versionFor(kind));
        kind_ = kind;
        edited_ = true;
    }
    if (origin_ == BodyOrigin::Backend) fault.withStatus(fault.status() == 408 ? 504 : 502);
    throw fault;
}

void Payload::failRead(http::BodyStatus status) {
    const bool backend = origin_ == BodyOrigin::Backend;
    const int code = backend ? error_code::kSenderIoReceiving : error_code::kReceiverIoReceiving;
    switch (status) {
        case http::BodyStatus::TimedOut:
            fail(MediationFault(backend ? error_code::kConnectionTimeout : code,
                                "The message body did not arrive in time")
                     .withStatus(408));
        case http::BodyStatus::TooLarge:
            fail(MediationFault(error_code::kMessageParsing,
                                "The message body is too large to be read",
                                "more than " + std::to_string(limits_->buffered) + " bytes")
                     .withStatus(413));
        case http::BodyStatus::TrailersTooLarge:
            fail(MediationFault(error_code::kMessageParsing, "The trailer section of the message is too large")
                     .withStatus(431));
        case http::BodyStatus::Malformed:
            fail(MediationFault(error_code::kMessageParsing, "The framing of the message body is broken")
                     .withStatus(400));
        case http::BodyStatus::Data:
        case http::BodyStatus::End:
        case http::BodyStatus::Truncated:
            break;
    }
    fail(MediationFault(code, "The message body broke off").withStatus(400));
}

void Payload::throwRelayFailure(runtime::Deadline deadline) {
    // A source that has failed says the same again.
    failRead(source_ != nullptr ? source_->next(deadline).status : http::BodyStatus::Truncated);
}

bool Payload::takeWhole() noexcept {
    const auto whole = source_->wholeIfBuffered();
    if (!whole) return false;
    bytes_ = *whole;
    hasBytes_ = true;
    return true;
}

void Payload::readAll(runtime::Deadline deadline) {
    if (hasBytes_ || source_ == nullptr) {
        hasBytes_ = true;
        return;
    }
    if (gone()) {
        fail(MediationFault(error_code::kMediation, "The message body was sent on already and is not kept"));
    }
    if (const auto length = source_->length(); length && *length > limits_->buffered) {
        failRead(http::BodyStatus::TooLarge);
    }
    http::BodySource& from = replay_ ? static_cast<http::BodySource&>(*replay_) : *source_;
    if (replay_) replay_->restart();
    if (!replay_ && takeWhole()) {
        if (bytes_.size() > limits_->buffered) failRead(http::BodyStatus::TooLarge);
        return;
    }
    received_ = std::make_shared<std::string>();
    if (const auto length = source_->length()) received_->reserve(*length);
    for (;;) {
        const http::BodyPart part = from.next(deadline);
        if (part.status == http::BodyStatus::End) break;
        if (part.status != http::BodyStatus::Data) failRead(part.status);
        if (part.bytes.size() > limits_->buffered - received_->size()) failRead(http::BodyStatus::TooLarge);
        received_->append(part.bytes);
    }
    bytes_ = *received_;
    hasBytes_ = true;
}

bool Payload::readable() const noexcept {
    if (document_) return true;
    if (!contentEncoding_.empty() || gone()) return false;
    return source_ == nullptr || source_->length().value_or(0) <= limits_->buffered;
}

std::string_view Payload::bytes(runtime::Deadline deadline) {
    if (edited_) {
        outgoing();
        return owned_;
    }
    readAll(deadline);
    return bytes_;
}

void Payload::build(xml::Document& document) {
    std::string_view root = bytes_;
    std::string_view type = contentType_;
    if (packaging_ != Packaging::None && hasBytes_ && !base::trim(bytes_).empty()) {
        auto parts = std::make_unique<Multipart>();
        std::string problem = Multipart::parse(bytes_, contentType_, MultipartLimits{}, *parts);
        if (problem.empty() && !parts->root().isPlain()) {
            problem = "the root part is encoded as " + parts->root().transferEncoding;
        }
        if (!problem.empty()) {
            throw MediationFault(error_code::kMessageParsing, "The message body cannot be read", problem)
                .withStatus(400);
        }
        parts_ = std::move(parts);
        root = parts_->root().body;
        type = parts_->root().contentType;
    }
    kind_ = buildEnvelope(document, root, kind_, contentTypeParameter(type, "charset"), limits_->xml);
}

xml::Document& Payload::envelope(runtime::Deadline deadline) {
    if (document_) return *document_;
    const bool readable = kind_ != ContentKind::None && kind_ != ContentKind::Json && kind_ != ContentKind::Opaque;
    if (readable && !contentEncoding_.empty()) {
        fail(MediationFault(error_code::kMessageParsing,
                            "The message body cannot be read",
                            "it is encoded as " + std::string(contentEncoding_))
                 .withStatus(415));
    }
    if (readable) readAll(deadline);

    auto document = std::make_unique<xml::Document>();
    std::optional<MediationFault> fault;
    try {
        build(*document);
    } catch (const MediationFault& thrown) {
        fault = thrown;
    }
    if (fault) fail(std::move(*fault));
    document_ = std::move(document);
    return *document_;
}

http::OutgoingBody Payload::outgoing() {
    if (edited_) {
        if (!written_) {
            owned_.clear();
            const auto version = soap::versionOf(*document_);
            if (isSoap(kind_) && version && soap::kindOf(*version) != kind_) {
                xml::Document other;
                soap::copyDocument(*document_, other);
                soap::convert(other, soap::versionFor(kind_));
                writeForm(other, kind_, owned_);
            } else {
                writeForm(*document_, kind_, owned_);
            }
            written_ = true;
        }
        return owned_.empty() ? http::OutgoingBody::none() : http::OutgoingBody::of(owned_);
    }
    if (!hasBytes_ && source_ != nullptr) {
        if (gone()) {
            throw MediationFault(error_code::kMediation, "The message body was sent on already and is not kept");
        }
        // An answer is sent once; its source may know faster ways to relay itself.
        if (origin_ == BodyOrigin::Backend && !keep_) {
            sourceUsed_ = true;
            return http::OutgoingBody::relay(*source_);
        }
        // Trailers are with the source only.
        if (replay_ || source_->trailers() || !takeWhole()) {
            if (!replay_) replay_ = std::make_unique<ReplaySource>(*source_, keep_ ? limits_->kept : 0);
            replay_->restart();
            return http::OutgoingBody::relay(*replay_);
        }
    }
    return bytes_.empty() ? http::OutgoingBody::none() : http::OutgoingBody::of(bytes_);
}

void Payload::keepForReplay() {
    keep_ = true;
    if (replay_) replay_->raiseLimit(limits_->kept);
}

bool Payload::replayable() const noexcept {
    if (edited_ || hasBytes_ || source_ == nullptr) return true;
    return replay_ ? replay_->restartable() : !sourceUsed_;
}

}  // namespace myelin::message
