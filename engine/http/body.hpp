#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/http/headers.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::http {

using runtime::Deadline;

enum class BodyStatus {
    Data,              ///< `bytes` holds some
    End,               ///< the body is complete
    Truncated,         ///< the peer went away first; framing makes this certain
    Malformed,         ///< bad chunk framing
    TooLarge,          ///< a limit of the body was passed
    TrailersTooLarge,  ///< the limit of the trailer section was passed
    TimedOut,
};

struct BodyPart {
    BodyStatus status = BodyStatus::End;
    /// Decoded bytes, valid until the next call on the same source.
    std::string_view bytes;
};

/// A body as it comes from the network: pulled piece by piece, so that the reader's pace holds the sender back.
class BodySource {
public:
    virtual ~BodySource() = default;
    virtual BodyPart next(Deadline deadline) = 0;
    /// Known when the message says so (Content-Length).
    virtual std::optional<std::uint64_t> length() const noexcept = 0;
    /// When the whole rest of the body is in memory already (the common case for small messages): that rest, without
    /// consuming it. It stays valid as long as the message does, whether or not next() is called.
    virtual std::optional<std::string_view> wholeIfBuffered() const noexcept = 0;
    /// Trailer fields, after End; empty otherwise.
    virtual const Headers* trailers() const noexcept { return nullptr; }
};

/// What is to be written as a body: nothing, bytes, or a source to be relayed.
struct OutgoingBody {
    enum class Kind { None, Bytes, Source };
    Kind kind = Kind::None;
    std::string_view bytes;        ///< Kind::Bytes; kept alive by the caller until the write is over
    BodySource* source = nullptr;  ///< Kind::Source; written with its length when known, else chunked

    static OutgoingBody none() { return {}; }
    static OutgoingBody of(std::string_view bytes) { return {Kind::Bytes, bytes, nullptr}; }
    static OutgoingBody relay(BodySource& source) { return {Kind::Source, {}, &source}; }
};

}  // namespace myelin::http
