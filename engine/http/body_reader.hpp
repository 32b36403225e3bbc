#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/base/function.hpp"
#include "engine/http/body.hpp"
#include "engine/http/buffer_pool.hpp"
#include "engine/http/chunked.hpp"
#include "engine/http/framing.hpp"
#include "engine/http/limits.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::http {

/// What a body may cost, picked from Limits or UpstreamLimits.
struct BodyBounds {
    std::uint64_t body = 0;  ///< bytes, 0 for no bound
    std::size_t chunkExtension = 4 * 1024;
    std::size_t trailerSection = 8 * 1024;
    std::uint64_t minimumRate = 0;  ///< bytes a second, 0 for none; only time spent waiting for the peer counts
    base::Milliseconds pieceTime{60'000};

    static BodyBounds of(const Limits& limits) noexcept {
        return {limits.body, limits.chunkExtension, limits.trailerSection, limits.minimumBodyRate, limits.bodyTime};
    }
    static BodyBounds of(const UpstreamLimits& limits) noexcept {
        BodyBounds bounds;
        bounds.pieceTime = limits.bodyTime;
        return bounds;
    }
};

/// The body of a message that comes over a stream, beginning with what the receive buffer already has of it. Never
/// writes over what stands in that buffer before the body, so that views into the head stay good; a body of more than
/// a few kilobytes goes through a relay buffer that is held only while it is needed.
///
/// The buffer's unread bytes must begin with the body. It and the stream outlive the reader, and nobody else touches
/// them until the reader is gone or finishMessage() was called.
class MessageBodyReader final : public BodySource {
public:
    MessageBodyReader(runtime::Stream& stream,
                      MessageBuffer& buffer,
                      BodyFraming framing,
                      const BodyBounds& bounds,
                      base::Arena& arena);

    /// Called once, before the first wait for the peer, and only when nothing of the body has come: where a server
    /// says 100 Continue. Returns false when that failed, which the reader then reports as Truncated.
    void beforeFirstRead(base::UniqueFunction<bool()> hook) { beforeFirstRead_ = std::move(hook); }

    BodyPart next(Deadline deadline) override;
    std::optional<std::uint64_t> length() const noexcept override;
    std::optional<std::string_view> wholeIfBuffered() const noexcept override;
    /// The trailer fields that may be passed on; null when there are none.
    const Headers* trailers() const noexcept override { return trailers_ ? &*trailers_ : nullptr; }

    /// True when every byte of the body was received (not necessarily handed out): the connection stands at the next
    /// message. Stays false for a body that ends with the connection.
    bool complete() const noexcept {
        return state_ == State::Complete && framing_.kind != BodyFraming::Kind::UntilClose;
    }
    /// True when all of it was handed out as well.
    bool finished() const noexcept { return complete() && ready_.empty(); }
    /// How many bytes that follow the body came with it. From a backend they are unsolicited.
    std::size_t leftoverSize() const noexcept;
    /// The message is over: what follows the body moves to the front of the receive buffer, and all views into that
    /// buffer die. Only when complete().
    void finishMessage();

    /// What a client is answered after a failure: 400, 408, 413 or 431; 0 without one.
    int answerStatus() const noexcept { return answerStatus_; }
    /// Static text about the failure.
    std::string_view failureReason() const noexcept { return reason_; }
    /// Body bytes so far, without the chunked coding.
    std::uint64_t received() const noexcept { return received_; }

private:
    enum class State : std::uint8_t { Receiving, Complete, Failed };

    void receive(char* data, std::size_t size);
    void receiveChunked(char* data, std::size_t size);
    void fail(BodyStatus status, int answerStatus, std::string_view reason) noexcept;
    bool readMore(Deadline deadline);
    char* chooseSpace(std::size_t& size);
    bool tooSlow(base::Duration waited) noexcept;

    runtime::Stream& stream_;
    MessageBuffer& buffer_;
    base::Arena& arena_;
    BodyFraming framing_;
    BodyBounds bounds_;
    std::uint64_t left_ = 0;  // Kind::Length: bytes not received yet
    std::uint64_t received_ = 0;
    std::string_view ready_;     // received, not handed out
    std::string_view leftover_;  // in relay_: what came after the body
    Buffer relay_;
    ChunkDecoder decoder_;
    std::optional<Headers> trailers_;
    base::UniqueFunction<bool()> beforeFirstRead_;
    base::Duration waited_{};
    State state_ = State::Receiving;
    BodyStatus failure_ = BodyStatus::End;
    int answerStatus_ = 0;
    std::string_view reason_;
};

/// Bytes in memory as a source, handed out in one piece.
class BufferedBody final : public BodySource {
public:
    explicit BufferedBody(std::string_view bytes) noexcept : bytes_(bytes), size_(bytes.size()) {}

    BodyPart next(Deadline) override {
        if (bytes_.empty()) return {BodyStatus::End, {}};
        return {BodyStatus::Data, std::exchange(bytes_, {})};
    }
    std::optional<std::uint64_t> length() const noexcept override { return size_; }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override { return bytes_; }

private:
    std::string_view bytes_;
    std::uint64_t size_;
};

/// Appends the rest of the body to `into`. End when it is complete; TooLarge when it has more than `limit` bytes (of
/// which at most `limit` were appended); otherwise how it broke off. Memory grows with what came, not with what was
/// announced.
BodyStatus readWhole(BodySource& source, std::string& into, std::uint64_t limit, Deadline deadline);

}  // namespace myelin::http
