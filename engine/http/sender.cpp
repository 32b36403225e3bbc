#include "engine/http/sender.hpp"

#include <sys/uio.h>

#include <array>
#include <cstring>
#include <vector>

#include "engine/http/chunked.hpp"
#include "engine/http/writer.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::http {

namespace {

// Up to this size copying a body beside its head is cheaper than a second segment.
constexpr std::size_t kCopied = 16 * 1024;
// With watchPeer, a write that cannot go on looks for an answer this often.
constexpr runtime::Milliseconds kPeerCheck{50};

class Sender {
public:
    Sender(runtime::Stream& stream, const SendOptions& options) : stream_(stream), options_(options) {}

    SendReport& report() noexcept { return report_; }

    bool write(iovec* parts, int count) {
        std::size_t size = 0;
        for (int i = 0; i < count; ++i) size += parts[i].iov_len;
        base::TimePoint progress = runtime::now();
        for (;;) {
            auto deadline = runtime::Deadline::after(options_.writeTime, progress).earlier(options_.deadline);
            if (options_.watchPeer) deadline = deadline.earlier(runtime::Deadline::after(kPeerCheck, runtime::now()));
            const runtime::IoResult result = stream_.write(parts, count, deadline);
            report_.written += result.bytes;
            if (result.ok()) return true;
            if (result.status != runtime::IoStatus::TimedOut) return end(SendStatus::PeerGone);
            if (options_.watchPeer && stream_.readable()) return end(SendStatus::PeerAnswered);
            const base::TimePoint now = runtime::now();
            if (result.bytes != 0) progress = now;
            if (now - progress >= options_.writeTime || options_.deadline.expired(now))
                return end(SendStatus::PeerTooSlow);
        }
    }

    bool write(std::string_view bytes) {
        iovec part{const_cast<char*>(bytes.data()), bytes.size()};
        return write(&part, 1);
    }

    bool end(SendStatus status) noexcept {
        report_.status = status;
        return false;
    }

    bool peerSpoke() { return options_.watchPeer && stream_.readable(); }
    runtime::Deadline deadline() const noexcept { return options_.deadline; }

private:
    runtime::Stream& stream_;
    const SendOptions& options_;
    SendReport report_;
};

void sendBytes(Sender& sender, std::span<char> scratch, std::size_t headSize, std::string_view body) {
    if (body.size() <= kCopied && headSize + body.size() <= scratch.size()) {
        if (!body.empty()) std::memcpy(scratch.data() + headSize, body.data(), body.size());
        if (!sender.write({scratch.data(), headSize + body.size()})) return;
    } else {
        iovec parts[2] = {{scratch.data(), headSize}, {const_cast<char*>(body.data()), body.size()}};
        if (!sender.write(parts, 2)) return;
    }
    sender.report().bodyBytes = body.size();
}

bool sendLastChunk(Sender& sender, std::string_view head, const Headers* trailers) {
    std::vector<char> text(kLastChunk.begin(), kLastChunk.end());
    if (trailers) {
        const std::size_t size = writeLastChunk({}, *trailers).size;
        text.resize(size);
        writeLastChunk(text, *trailers);
    }
    iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {text.data(), text.size()}};
    return sender.write(parts, 2);
}

void relay(Sender& sender, std::string_view head, BodySource& source, BodyFraming framing) {
    const bool chunked = framing.kind == BodyFraming::Kind::Chunked;
    char chunkHead[kChunkHeadSize];
    for (;;) {
        if (sender.peerSpoke()) {
            sender.end(SendStatus::PeerAnswered);
            return;
        }
        const BodyPart part = source.next(sender.deadline());
        if (part.status == BodyStatus::End) break;
        if (part.status != BodyStatus::Data) {
            sender.report().sourceStatus = part.status;
            sender.end(SendStatus::SourceFailed);
            return;
        }
        std::array<iovec, 4> parts;
        int count = 0;
        const auto add = [&](std::string_view bytes) {
            if (!bytes.empty())
                parts[static_cast<std::size_t>(count++)] = {const_cast<char*>(bytes.data()), bytes.size()};
        };
        add(head);
        if (chunked) add({chunkHead, writeChunkHead(chunkHead, part.bytes.size())});
        add(part.bytes);
        if (chunked) add(kChunkEnd);
        if (!sender.write(parts.data(), count)) return;
        head = {};
        sender.report().bodyBytes += part.bytes.size();
    }
    if (chunked) {
        sendLastChunk(sender, head, source.trailers());
    } else if (!head.empty()) {
        sender.write(head);
    }
}

}  // namespace

BodyFraming framingFor(const OutgoingBody& body, bool chunkedAllowed) noexcept {
    switch (body.kind) {
        case OutgoingBody::Kind::None:
            return BodyFraming::none();
        case OutgoingBody::Kind::Bytes:
            return BodyFraming::ofLength(body.bytes.size());
        case OutgoingBody::Kind::Source:
            if (const auto length = body.source->length()) return BodyFraming::ofLength(*length);
            return chunkedAllowed ? BodyFraming::chunked() : BodyFraming::untilClose();
    }
    return BodyFraming::none();
}

SendReport sendMessage(runtime::Stream& stream,
                       std::span<char> scratch,
                       std::size_t headSize,
                       const OutgoingBody& body,
                       BodyFraming framing,
                       const SendOptions& options) {
    Sender sender(stream, options);
    if (body.kind == OutgoingBody::Kind::Source) {
        relay(sender, {scratch.data(), headSize}, *body.source, framing);
    } else {
        sendBytes(sender, scratch, headSize, body.bytes);
    }
    return sender.report();
}

}  // namespace myelin::http
