#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/http/body.hpp"
#include "engine/message/content.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

/// Bounds for bodies that are looked at or kept.
struct PayloadLimits {
    std::uint64_t buffered = 10u << 20;  ///< bytes of a body that has to be seen whole; 413 beyond
    std::uint64_t kept = 256u << 10;     ///< bytes kept so that a group may send the body again
};

/// The body of a message, in the form in which it was last needed: nothing, bytes, a stream from the network, or an
/// XML document. A body that nobody looks at stays a stream and is never buffered or parsed. Reading the XML does not
/// mark it changed; editing does, and only then are bytes made from it again.
class Payload {
public:
    explicit Payload(base::Arena& arena, const PayloadLimits& limits) : arena_(&arena), limits_(&limits) {}
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;
    ~Payload();

    /// From the network. The source outlives the payload.
    void setSource(http::BodySource& source, ContentKind kind);
    /// Bytes that outlive the payload (arena, configuration).
    void setBytes(std::string_view bytes, ContentKind kind);
    /// An envelope that a mediator built; counts as edited. For Pox and Json kinds the content is what stands in the
    /// envelope's body.
    void setEnvelope(std::unique_ptr<xml::Document> envelope, ContentKind kind);
    void clear();

    ContentKind kind() const noexcept { return kind_; }
    /// Of what has been parsed; the kind by Content-Type alone may be wrong about text/xml.
    void setKind(ContentKind kind) noexcept { kind_ = kind; }
    bool empty() const noexcept;
    bool edited() const noexcept { return edited_; }
    /// To be called by whoever changes the document that envelope() returned.
    void markEdited() noexcept { edited_ = true; }

    /// The SOAP envelope view: other kinds stand in the body of a SOAP 1.1 envelope; no body gives an empty one. Reads
    /// and parses on first use. Throws MediationFault: kMessageParsing with status 400 when it is not well-formed, 413
    /// when it is larger than limits.buffered, 408 when the sender is too slow.
    xml::Document& envelope(runtime::Deadline deadline);
    /// envelope() if that was called before, else null.
    const xml::Document* envelopeIfBuilt() const noexcept { return document_.get(); }

    /// The body as bytes, reading the rest of a stream; same faults as envelope(). Valid as long as the payload is
    /// not changed.
    std::string_view bytes(runtime::Deadline deadline);

    /// What a writer sends: the untouched stream or bytes, or the serialised document when edited. With a stream, one
    /// call is one transmission. After keepForReplay() every call starts from the first byte again.
    http::OutgoingBody outgoing();

    /// From now on what is streamed out is also kept, up to limits.kept bytes, so that outgoing() can be asked again.
    void keepForReplay();
    /// Whether outgoing() would give the whole body (again).
    bool replayable() const noexcept;

private:
    class ReplaySource;
    void readAll(runtime::Deadline deadline);

    base::Arena* arena_;
    const PayloadLimits* limits_;
    ContentKind kind_ = ContentKind::None;
    http::BodySource* source_ = nullptr;  // what has not been read yet
    bool sourceUsed_ = false;             // some of it was streamed out and is gone
    bool hasBytes_ = false;
    std::string_view bytes_;
    std::string owned_;                   // backing of bytes_ when it is ours
    std::unique_ptr<xml::Document> document_;
    bool edited_ = false;
    std::unique_ptr<ReplaySource> replay_;
};

}  // namespace myelin::message
