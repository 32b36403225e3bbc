#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/http/body.hpp"
#include "engine/message/content.hpp"
#include "engine/message/multipart.hpp"
#include "engine/runtime/deadline.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

class MediationFault;
class ReplaySource;

/// Bounds for bodies that are looked at or kept.
struct PayloadLimits {
    std::uint64_t buffered = 10u << 20;  ///< bytes of a body that has to be seen whole; 413 beyond
    std::uint64_t kept = 256u << 10;     ///< bytes kept so that a group may send the body again
    xml::XmlLimits xml;                  ///< of documents from the network
};

/// Who sends a body: decides who is to blame when it cannot be read (4xx or 502 and 504).
enum class BodyOrigin : std::uint8_t { Client, Backend };

/// The body of a message, in the form in which it was last needed: nothing, bytes, a stream from the network, or an
/// XML document. A body that nobody looks at stays a stream and is never buffered or parsed. Reading the XML does not
/// mark it changed; editing does, and only then are bytes made from it again.
class Payload {
public:
    explicit Payload(const PayloadLimits& limits);
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;
    ~Payload();

    /// From the network. The source outlives the payload.
    void setSource(http::BodySource& source, ContentKind kind, BodyOrigin origin = BodyOrigin::Client);
    /// Bytes that outlive the payload (arena, configuration).
    void setBytes(std::string_view bytes, ContentKind kind);
    /// An envelope that a mediator built; counts as edited. For Pox and Json kinds the content is what stands in the
    /// envelope's body.
    void setEnvelope(std::unique_ptr<xml::Document> envelope, ContentKind kind);
    void clear();
    /// The body cannot be had any more, for it was streamed out and not kept or broke off: mediators find an empty
    /// message from here on, so that a fault sequence can look at it. lost() says so until another body is set.
    void lose();
    /// Whether the message stands for one that was lost, so that it must not be sent as if it were whole.
    bool lost() const noexcept;
    /// What the header fields say about the bytes, needed once they are read: the value of Content-Type (its charset)
    /// and of Content-Encoding (a body that is compressed cannot be read). Views that outlive the payload.
    void describe(std::string_view contentType, std::string_view contentEncoding) noexcept;
    /// All of `other`, which is empty afterwards.
    void take(Payload& other);
    /// A copy of `other`, which is read whole for that: bytes are shared, an edited document is copied. Both may be
    /// destroyed in any order. Faults of bytes().
    void share(Payload& other, runtime::Deadline deadline);

    /// Of what has been parsed, or else the kind by Content-Type alone, which may be wrong about text/xml.
    ContentKind kind() const noexcept { return kind_; }
    /// The form in which an edited document is to be sent. Untouched bytes stay what they are.
    void setKind(ContentKind kind) noexcept;
    /// By Content-Type: whether the bytes as received hold the envelope as one part of several.
    Packaging packaging() const noexcept { return packaging_; }
    /// The Content-Type that it was received with; empty when it was not.
    std::string_view receivedType() const noexcept { return contentType_; }
    /// The parts, once envelope() has read them: the root is what the envelope was parsed from, the others are the
    /// attachments, as they came. Null without packaging, and when an envelope has replaced what was received. Valid as
    /// long as the payload is not replaced.
    const Multipart* parts() const noexcept { return parts_.get(); }
    /// No body, or one of no bytes.
    bool empty() const noexcept;
    bool edited() const noexcept { return edited_; }
    /// To be called by whoever changes the document that envelope() returned. Content where there was none that is XML
    /// becomes POX.
    void markEdited() noexcept;
    /// Grows whenever the content is replaced or edited.
    std::uint32_t revision() const noexcept { return revision_; }

    /// The SOAP envelope view: other kinds stand in the body of a SOAP 1.1 envelope; no body gives an empty one, and so
    /// do Json and Opaque, whose bytes stay as they are; of a packaged message it is the root part. Reads and parses on
    /// first use. Throws MediationFault: kMessageParsing with status 400 when it is not well-formed, 413 when it is
    /// larger than limits.buffered, 415 when it is compressed, 408 when the sender is too slow (502 and 504 for a
    /// backend's body). After a fault the body is empty, so that a fault sequence can look at it.
    xml::Document& envelope(runtime::Deadline deadline);
    /// envelope() if that was called before, else null.
    const xml::Document* envelopeIfBuilt() const noexcept { return document_.get(); }

    /// Whether envelope() can be expected to succeed as far as is known without reading: neither compressed, nor larger
    /// than limits.buffered, nor gone.
    bool readable() const noexcept;

    /// The body as bytes, reading the rest of a stream; same faults as envelope(). Valid as long as the payload is
    /// not changed. Of an edited message it is the document alone, without its attachments.
    std::string_view bytes(runtime::Deadline deadline);

    /// What a writer sends: the untouched stream or bytes, or the serialised document when edited (of a packaged
    /// message that is the root part alone: formatBody() puts the parts together again). With a stream, one call is one
    /// transmission. After keepForReplay() every call starts from the first byte again. Throws MediationFault when the
    /// body was streamed out before and is gone: a body is never cut short silently.
    http::OutgoingBody outgoing();

    /// After a relay of outgoing() that failed before anything was written: throws the fault that says why.
    [[noreturn]] void throwRelayFailure(runtime::Deadline deadline);

    /// From now on what is streamed out is also kept, up to limits.kept bytes, so that outgoing() can be asked again.
    void keepForReplay();
    /// Whether outgoing() would give the whole body (again).
    bool replayable() const noexcept;
    /// keepForReplay() for a client's body: a fault handler may want to send it to somebody else.
    void keepForFaultHandler() {
        if (origin_ == BodyOrigin::Client) keepForReplay();
    }
    /// Streamed out and not kept.
    bool gone() const noexcept { return !replayable(); }

private:
    void readAll(runtime::Deadline deadline);
    void build(xml::Document& document);
    bool takeWhole() noexcept;
    [[noreturn]] void fail(MediationFault fault);
    [[noreturn]] void failRead(http::BodyStatus status);
    void forget() noexcept;

    const PayloadLimits* limits_;
    ContentKind kind_ = ContentKind::None;
    BodyOrigin origin_ = BodyOrigin::Client;
    Packaging packaging_ = Packaging::None;
    bool sourceUsed_ = false;  // streamed out without a replay source
    bool hasBytes_ = false;
    bool edited_ = false;
    bool keep_ = false;
    bool lost_ = false;
    bool written_ = false;  // owned_ is the document, serialised
    std::uint32_t revision_ = 0;
    http::BodySource* source_ = nullptr;  // what has not been read yet
    std::unique_ptr<ReplaySource> replay_;
    std::string_view bytes_;                 // as received
    std::shared_ptr<std::string> received_;  // backing of bytes_ when it is ours
    std::string owned_;
    std::string_view contentType_;
    std::string_view contentEncoding_;
    std::unique_ptr<Multipart> parts_;  // views of bytes_
    std::unique_ptr<xml::Document> document_;
};

}  // namespace myelin::message
