#include "engine/http/body_reader.hpp"

#include <algorithm>
#include <cstring>

#include "engine/base/assert.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::http {

namespace {

// Below this much room behind the head, reading into it costs more system calls than it saves memory.
constexpr std::size_t kUsefulSpace = 2 * 1024;
// How far a read into the relay buffer may run past the body, or the chunk in hand: the excess has to fit in a fresh
// receive buffer.
constexpr std::size_t kReadAhead = 16 * 1024;
static_assert(kReadAhead <= Buffer::capacityOf(BufferKind::Message));
constexpr base::Duration kRateGrace = std::chrono::seconds(10);

}  // namespace

MessageBodyReader::MessageBodyReader(
    runtime::Stream& stream, MessageBuffer& buffer, BodyFraming framing, const BodyBounds& bounds, base::Arena& arena)
    : stream_(stream),
      buffer_(buffer),
      arena_(arena),
      framing_(framing),
      bounds_(bounds),
      decoder_(bounds.chunkExtension, bounds.trailerSection) {
    switch (framing.kind) {
        case BodyFraming::Kind::None:
            state_ = State::Complete;
            return;
        case BodyFraming::Kind::Length:
            left_ = framing.length;
            if (bounds.body != 0 && left_ > bounds.body) {
                fail(BodyStatus::TooLarge, 413, "the body is larger than allowed");
                return;
            }
            if (left_ == 0) state_ = State::Complete;
            break;
        case BodyFraming::Kind::Chunked:
        case BodyFraming::Kind::UntilClose:
            break;
    }
    const std::size_t size = buffer.unread().size();
    if (size != 0 && state_ == State::Receiving) receive(buffer.unreadData(), size);
}

// Takes bytes that stand in the receive buffer (unread) or in the relay buffer. `ready_` must be empty.
void MessageBodyReader::receive(char* data, std::size_t size) {
    if (framing_.kind == BodyFraming::Kind::Chunked) {
        receiveChunked(data, size);
        return;
    }
    std::size_t taken = size;
    if (framing_.kind == BodyFraming::Kind::Length) {
        taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
        left_ -= taken;
        if (left_ == 0) state_ = State::Complete;
    } else if (bounds_.body != 0 && received_ + size > bounds_.body) {
        fail(BodyStatus::TooLarge, 413, "the body is larger than allowed");
        return;
    }
    received_ += taken;
    ready_ = {data, taken};
    if (relay_) {
        leftover_ = {data + taken, size - taken};
    } else {
        buffer_.take(taken);
    }
}

// Decodes in place: runs of data are moved together behind the first one, so that a piece of many small chunks is
// handed out, or shown whole, at once.
void MessageBodyReader::receiveChunked(char* data, std::size_t size) {
    std::size_t at = 0;
    char* ready = nullptr;
    std::size_t readySize = 0;
    for (;;) {
        const ChunkDecoder::Step step = decoder_.step({data + at, size - at});
        if (step.status == ChunkDecoder::Status::Data) {
            char* const run = data + at + step.consumed - step.data.size();
            if (!ready) {
                ready = run;
            } else {
                std::memmove(ready + readySize, run, step.data.size());
            }
            readySize += step.data.size();
            received_ += step.data.size();
            if (bounds_.body != 0 && received_ > bounds_.body) {
                fail(BodyStatus::TooLarge, 413, "the body is larger than allowed");
                return;
            }
        }
        at += step.consumed;
        if (step.status == ChunkDecoder::Status::Data) continue;
        if (step.status == ChunkDecoder::Status::Malformed) {
            fail(BodyStatus::Malformed, 400, decoder_.reason());
            return;
        }
        if (step.status == ChunkDecoder::Status::TrailersTooLarge) {
            fail(BodyStatus::TrailersTooLarge, 431, "trailer section too large");
            return;
        }
        break;
    }
    ready_ = {ready, readySize};
    if (!relay_) {
        buffer_.take(at);
    } else if (decoder_.done()) {
        leftover_ = {data + at, size - at};
    }
    if (decoder_.done()) {
        state_ = State::Complete;
        if (decoder_.hasTrailers()) decoder_.trailersInto(trailers_.emplace(arena_));
    }
}

void MessageBodyReader::fail(BodyStatus status, int answerStatus, std::string_view reason) noexcept {
    state_ = State::Failed;
    failure_ = status;
    answerStatus_ = answerStatus;
    reason_ = reason;
    ready_ = {};
}

BodyPart MessageBodyReader::next(Deadline deadline) {
    while (ready_.empty()) {
        if (state_ == State::Complete) return {BodyStatus::End, {}};
        if (state_ == State::Failed || !readMore(deadline)) return {failure_, {}};
    }
    return {BodyStatus::Data, std::exchange(ready_, {})};
}

// False when the reader has failed. A body that ends with the connection becomes Complete here.
bool MessageBodyReader::readMore(Deadline deadline) {
    if (beforeFirstRead_) {
        auto hook = std::exchange(beforeFirstRead_, {});
        const bool nothingCame = received_ == 0 && decoder_.untouched();
        if (nothingCame && !hook()) {
            fail(BodyStatus::Truncated, 400, "the peer went away before its body was asked for");
            return false;
        }
    }
    std::size_t size = 0;
    char* const space = chooseSpace(size);
    const base::TimePoint before = runtime::now();
    const runtime::IoResult result =
        stream_.read(space, size, deadline.earlier(Deadline::after(bounds_.pieceTime, before)));
    switch (result.status) {
        case runtime::IoStatus::Ok:
            if (!relay_) buffer_.added(result.bytes);
            receive(space, result.bytes);
            if (state_ == State::Receiving && tooSlow(runtime::now() - before)) {
                fail(BodyStatus::TimedOut, 408, "the body comes too slowly");
            }
            return state_ != State::Failed;
        case runtime::IoStatus::Closed:
            if (framing_.kind == BodyFraming::Kind::UntilClose) {
                state_ = State::Complete;
                return true;
            }
            fail(BodyStatus::Truncated, 400, "the connection ended inside the body");
            return false;
        case runtime::IoStatus::TimedOut:
            fail(BodyStatus::TimedOut, 408, "the body did not come in time");
            return false;
        case runtime::IoStatus::Reset:
        case runtime::IoStatus::Failed:
            fail(BodyStatus::Truncated, 400, "the connection broke inside the body");
            return false;
    }
    return false;
}

// The rest of a small body goes behind what the receive buffer has; all others go through a relay buffer, each read
// over the one before. There is always room for more than the end of the body: only a read that falls short tells,
// without another system call, that the connection has nothing more. From the relay buffer, the excess is bounded.
char* MessageBodyReader::chooseSpace(std::size_t& size) {
    const bool lengthKnown = framing_.kind == BodyFraming::Kind::Length;
    if (!relay_) {
        size = buffer_.spaceSize();
        const bool fits = lengthKnown ? left_ < size : size >= kUsefulSpace && decoder_.leftInChunk() < size;
        if (fits) return buffer_.space();
        relay_ = Buffer(BufferKind::Relay);
    }
    size = relay_.capacity();
    const std::uint64_t certain = lengthKnown ? left_ : decoder_.leftInChunk();
    if (framing_.kind != BodyFraming::Kind::UntilClose && certain <= size) {
        size = certain == size ? size - 1 : std::min(size, static_cast<std::size_t>(certain) + kReadAhead);
    }
    return relay_.data();
}

bool MessageBodyReader::tooSlow(base::Duration waited) noexcept {
    waited_ += waited;
    if (bounds_.minimumRate == 0 || waited_ < kRateGrace) return false;
    const auto seconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(waited_).count());
    return received_ / seconds < bounds_.minimumRate;
}

std::optional<std::uint64_t> MessageBodyReader::length() const noexcept {
    switch (framing_.kind) {
        case BodyFraming::Kind::None:
            return 0;
        case BodyFraming::Kind::Length:
            return framing_.length;
        case BodyFraming::Kind::Chunked:
        case BodyFraming::Kind::UntilClose:
            break;
    }
    return std::nullopt;
}

// Bytes in the relay buffer are overwritten by the next read and therefore never shown whole, unless no read follows.
std::optional<std::string_view> MessageBodyReader::wholeIfBuffered() const noexcept {
    if (state_ != State::Complete || relay_) return std::nullopt;
    return ready_;
}

std::size_t MessageBodyReader::leftoverSize() const noexcept {
    if (!complete()) return 0;
    return relay_ ? leftover_.size() : buffer_.unread().size();
}

void MessageBodyReader::finishMessage() {
    MYELIN_ASSERT(complete(), "the next message begins where this one's body ends");
    if (relay_) {
        buffer_.assign(std::exchange(leftover_, {}));
        relay_.release();
    } else {
        buffer_.compact();
    }
    ready_ = {};
}

BodyStatus readWhole(BodySource& source, std::string& into, std::uint64_t limit, Deadline deadline) {
    constexpr std::uint64_t kTrustedLength = 64 * 1024;
    const std::uint64_t before = into.size();
    if (const auto length = source.length()) {
        if (*length > limit) return BodyStatus::TooLarge;
        into.reserve(static_cast<std::size_t>(before + std::min(*length, kTrustedLength)));
    }
    for (;;) {
        const BodyPart part = source.next(deadline);
        if (part.status != BodyStatus::Data) return part.status;
        if (part.bytes.size() > limit - (into.size() - before)) return BodyStatus::TooLarge;
        into.append(part.bytes);
    }
}

}  // namespace myelin::http
