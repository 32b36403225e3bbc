#include "engine/http/answer.hpp"

#include <span>

#include "engine/http/buffer_pool.hpp"
#include "engine/http/sender.hpp"
#include "engine/http/status.hpp"
#include "engine/http/writer.hpp"

namespace myelin::http {

WrittenAnswer writeAnswer(runtime::Stream& stream,
                          const RequestHead& request,
                          const OutgoingResponse& response,
                          bool keepAlive,
                          base::Milliseconds writeTime,
                          base::Arena& arena) {
    const bool bodyless = request.method == "HEAD" || isBodylessStatus(response.status);
    OutgoingBody body = response.body;
    if (body.kind == OutgoingBody::Kind::Source) {
        if (const auto whole = body.source->wholeIfBuffered()) {
            if (!body.source->trailers()) body = OutgoingBody::of(*whole);
        }
    }
    ResponseToWrite head;
    head.status = response.status;
    head.reason = response.reason;
    head.headers = response.headers;
    head.framing = framingFor(body, request.minorVersion >= 1);
    head.answersHead = request.method == "HEAD";
    head.clientMinorVersion = request.minorVersion;
    head.keepAlive = keepAlive && (bodyless || head.framing.kind != BodyFraming::Kind::UntilClose);
    if (bodyless) body = OutgoingBody::none();

    Buffer scratch(BufferKind::Large);
    std::span<char> room(scratch.data(), scratch.capacity());
    WriteOutcome written = writeResponseHead(room, head);
    if (written.size > room.size()) {
        room = {arena.text(written.size), written.size};
        written = writeResponseHead(room, head);
    }
    SendOptions options;
    options.writeTime = writeTime;
    const SendReport report = sendMessage(stream, room, written.size, body, head.framing, options);
    WrittenAnswer answer{AnswerResult::Sent, false, report.bodyBytes, head.keepAlive};
    switch (report.status) {
        case SendStatus::Sent:
            return answer;
        case SendStatus::SourceFailed:
            answer.nothingSent = report.written == 0;
            answer.result =
                report.sourceStatus == BodyStatus::TimedOut ? AnswerResult::SourceTimedOut : AnswerResult::SourceFailed;
            break;
        case SendStatus::PeerGone:
        case SendStatus::PeerTooSlow:
        case SendStatus::PeerAnswered:
            answer.result = AnswerResult::ClientGone;
            break;
    }
    answer.keepAlive = false;
    return answer;
}

}  // namespace myelin::http
