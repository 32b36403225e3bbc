#pragma once

#include <cstdint>
#include <span>

#include "engine/http/body.hpp"
#include "engine/http/buffer_pool.hpp"
#include "engine/http/framing.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::http {

/// How sending a message ended.
enum class SendStatus {
    Sent,
    PeerGone,      ///< the connection broke
    PeerTooSlow,   ///< the peer took nothing for the whole write time
    SourceFailed,  ///< the relayed body broke off; `sourceStatus` says how
    PeerAnswered,  ///< only with watchPeer: bytes came from the peer before all was sent
};

struct SendReport {
    SendStatus status = SendStatus::Sent;
    BodyStatus sourceStatus = BodyStatus::End;
    std::uint64_t written = 0;    ///< bytes given to the connection, head and framing included
    std::uint64_t bodyBytes = 0;  ///< of the body, without framing
};

struct SendOptions {
    base::Milliseconds writeTime{60'000};
    runtime::Deadline deadline = runtime::Deadline::never();
    /// Stop as soon as the peer says something: an answer before the request is complete (RFC 9112 9.3).
    bool watchPeer = false;
};

/// How a body is framed towards a peer that understands the chunked coding, or does not.
BodyFraming framingFor(const OutgoingBody& body, bool chunkedAllowed) noexcept;

/// Writes a head that stands at the front of `scratch`, and the body after it. Small bodies are copied beside the head,
/// so that the message leaves in one piece; large ones are written from where they are; sources are relayed piece by
/// piece, at the peer's pace.
SendReport sendMessage(runtime::Stream& stream,
                       std::span<char> scratch,
                       std::size_t headSize,
                       const OutgoingBody& body,
                       BodyFraming framing,
                       const SendOptions& options);

}  // namespace myelin::http
