#include "engine/http/server_request.hpp"

#include <arpa/inet.h>

#include "engine/base/assert.hpp"
#include "engine/http/answer.hpp"
#include "engine/http/writer.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::http {

namespace {

// A rest of the body that is not worth a new connection.
constexpr std::uint64_t kDrainedBody = 64 * 1024;
constexpr runtime::Milliseconds kDrainTime{2'000};

}  // namespace

ServerRequest::ServerRequest(ServerConnection& connection,
                             RequestHead& head,
                             MessageBodyReader& body,
                             base::Arena& arena)
    : connection_(connection),
      head_(head),
      body_(body),
      arena_(arena),
      hasBody_(BodyFraming::of(head).kind != BodyFraming::Kind::None),
      continuePending_(head.expectContinue && hasBody_ && !body.complete()) {
    if (!continuePending_) return;
    body_.beforeFirstRead([this] {
        if (finalWritten_) return false;  // too late: the client has its answer
        continuePending_ = false;
        const auto deadline = runtime::Deadline::after(connection_.server_.limits().writeTime, runtime::now());
        return connection_.stream_->write(kContinue.data(), kContinue.size(), deadline).ok();
    });
}

std::string_view ServerRequest::peerAddress() const noexcept {
    if (!peerText_.empty()) return peerText_;
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_V4MAPPED(&connection_.peer_))
        ::inet_ntop(AF_INET, &connection_.peer_.s6_addr[12], text, sizeof text);
    else
        ::inet_ntop(AF_INET6, &connection_.peer_, text, sizeof text);
    return peerText_ = arena_.copy(text);
}

bool ServerRequest::bodyIsLeft() const noexcept {
    if (body_.complete()) return false;
    const auto length = body_.length();
    return continuePending_ || !length || *length - body_.received() > kDrainedBody;
}

bool ServerRequest::keepAliveAfter(const OutgoingResponse& response) const noexcept {
    if (!head_.keepAlive || response.close || connection_.server_.draining()) return false;
    // A source may be this very request's body, which is then read while it is relayed.
    return response.body.kind == OutgoingBody::Kind::Source || !bodyIsLeft();
}

AnswerResult ServerRequest::answer(const OutgoingResponse& response) {
    MYELIN_ASSERT(!answered(), "a request is answered once");
    answeredStatus_ = response.status;
    const WrittenAnswer written = writeAnswer(*connection_.stream_,
                                              head_,
                                              response,
                                              keepAliveAfter(response),
                                              connection_.server_.limits().writeTime,
                                              arena_);
    bodyBytesSent_ = written.bodyBytes;
    keepAlive_ = written.keepAlive;
    cut_ = written.result != AnswerResult::Sent && !written.nothingSent;
    if (written.nothingSent) answeredStatus_ = 0;
    return written.result;
}

bool ServerRequest::finish() {
    if (!answered()) {
        OutgoingResponse response;
        response.status = 500;
        response.close = true;
        answer(response);
    }
    if (!keepAlive_) return false;
    const runtime::Deadline deadline = runtime::Deadline::after(kDrainTime, runtime::now());
    for (std::uint64_t drained = 0; !body_.complete() && drained <= kDrainedBody && !continuePending_;) {
        const BodyPart part = body_.next(deadline);
        if (part.status != BodyStatus::Data) break;
        drained += part.bytes.size();
    }
    return body_.complete();
}

}  // namespace myelin::http
