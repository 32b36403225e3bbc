#include "engine/poco/exchange.hpp"

#include <Poco/Buffer.h>
#include <Poco/Net/HTTPServerSession.h>

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/base/strings.hpp"
#include "engine/http/answer.hpp"
#include "engine/http/characters.hpp"
#include "engine/http/writer.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::poco {

using http::AnswerResult;
using http::Refusal;
using runtime::Deadline;

namespace {

// A rest of the body that is not worth a new connection.
constexpr std::uint64_t kDrainedBody = 64 * 1024;
constexpr runtime::Milliseconds kDrainTime{2'000};
// What a client may still send after our last answer before we stop listening to it.
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr runtime::Milliseconds kLingerTime{1'000};

/// Poco keeps the first eight characters of the version.
Refusal readVersion(std::string_view version, int& minor) noexcept {
    if (version.size() != 8 || !version.starts_with("HTTP/") || !base::isDigit(version[5]) || version[6] != '.' ||
        !base::isDigit(version[7])) {
        return {400, "invalid protocol version"};
    }
    if (version[5] != '1') return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    minor = std::min(version[7] - '0', 1);
    return {};
}

}  // namespace

Exchange::Exchange(Poco::Net::HTTPServerRequestImpl& request,
                   Poco::Net::HTTPServerResponse& response,
                   const http::Limits& limits)
    : request_(request), response_(response), limits_(limits), head_(arena_), stream_(request.socket()) {}

Refusal Exchange::readHead() {
    std::string_view authority;
    http::FieldGuard guard;
    if (const Refusal refusal = readRequestLine(authority)) return refusal;
    if (const Refusal refusal = readFields(guard)) return refusal;
    if (const Refusal refusal = guard.finish(head_, authority)) return refusal;
    openBody();
    return {};
}

// Views into Poco's strings, which nobody changes as long as this exchange lives.
Refusal Exchange::readRequestLine(std::string_view& authority) {
    head_.method = request_.getMethod();
    head_.target = request_.getURI();
    if (!http::isToken(head_.method)) return {400, "invalid method"};
    const char* const end = head_.target.data() + head_.target.size();
    if (http::skipTarget(head_.target.data(), end) != end) {
        return {400, "a character that may not stand in a request target"};
    }
    if (const Refusal refusal = readVersion(request_.getVersion(), head_.minorVersion)) return refusal;
    if (head_.method.size() + head_.target.size() + 10 > limits_.startLine) return {414, "request line too long"};
    return http::checkTarget(head_.method, head_.target, authority);
}

// Poco has decoded RFC 2047 words, and so may have put line ends into values.
Refusal Exchange::readFields(http::FieldGuard& guard) {
    std::size_t section = head_.target.size();
    for (const auto& [name, text] : request_) {
        const std::string_view value = http::trimBlanks(text);
        if (!http::isToken(name)) return {400, "invalid header field name"};
        if (!http::isFieldValue(value)) return {400, "a control character in a header field"};
        if (head_.headers.size() == limits_.headerCount) return {431, "too many header fields"};
        section += name.size() + value.size() + 4;
        if (section > limits_.headerSection) return {431, "header section too large"};
        const http::HeaderId id = http::classifyHeader(name);
        if (!guard.note(id, value)) return guard.refusal();
        head_.headers.addView(name, value, id);
    }
    return {};
}

void Exchange::openBody() {
    const auto framing = http::BodyFraming::of(head_);
    if (framing.kind == http::BodyFraming::Kind::None) return;
    Poco::Buffer<char> begun(0);
    request_.session().drainBuffer(begun);
    buffer_.assign({begun.begin(), begun.size()});
    body_.emplace(stream_, buffer_, framing, http::BodyBounds::of(limits_), arena_);
    continuePending_ = head_.expectContinue && !body_->complete();
    if (!continuePending_) return;
    body_->beforeFirstRead([this] {
        continuePending_ = false;
        const auto deadline = Deadline::after(limits_.writeTime, runtime::now());
        return stream_.write(http::kContinue.data(), http::kContinue.size(), deadline).ok();
    });
}

void Exchange::refuse(const Refusal& refusal) {
    http::Headers headers(arena_);
    headers.addView("Content-Type", "text/plain; charset=utf-8", http::HeaderId::ContentType);
    http::OutgoingResponse response;
    response.status = refusal.status;
    response.headers = &headers;
    response.body = http::OutgoingBody::of(arena_.join(refusal.reason, "\n"));
    response.close = true;
    answer(response);
}

std::string_view Exchange::peerAddress() const noexcept {
    return arena_.copy(request_.clientAddress().host().toString());
}

std::uint16_t Exchange::localPort() const noexcept {
    return request_.serverAddress().port();
}

bool Exchange::bodyIsLeft() const noexcept {
    if (!body_ || body_->complete()) return false;
    const auto length = body_->length();
    return continuePending_ || !length || *length - body_->received() > kDrainedBody;
}

AnswerResult Exchange::answer(const http::OutgoingResponse& response) {
    MYELIN_ASSERT(!answered(), "a request is answered once");
    answeredStatus_ = response.status;
    // A source may be this very request's body, which is then read while it is relayed.
    const bool bodyFits = response.body.kind == http::OutgoingBody::Kind::Source || !bodyIsLeft();
    const bool pipelined = body_ && body_->leftoverSize() != 0;
    const bool keepAlive = head_.keepAlive && response_.getKeepAlive() && !response.close && bodyFits && !pipelined;
    const http::WrittenAnswer written =
        http::writeAnswer(stream_, head_, response, keepAlive, limits_.writeTime, arena_);
    bodyBytesSent_ = written.bodyBytes;
    keepAlive_ = written.keepAlive;
    cut_ = written.result != AnswerResult::Sent && !written.nothingSent;
    if (written.nothingSent) answeredStatus_ = 0;
    return written.result;
}

bool Exchange::standsAtNextRequest() {
    if (!keepAlive_) return false;
    if (!body_) return true;
    const Deadline deadline = Deadline::after(kDrainTime, runtime::now());
    for (std::uint64_t drained = 0; !body_->complete() && drained <= kDrainedBody && !continuePending_;) {
        const http::BodyPart part = body_->next(deadline);
        if (part.status != http::BodyStatus::Data) break;
        drained += part.bytes.size();
    }
    return body_->complete() && body_->leftoverSize() == 0;
}

void Exchange::finish() {
    if (!answered()) {
        http::OutgoingResponse response;
        response.status = 500;
        response.close = true;
        answer(response);
    }
    const bool keep = standsAtNextRequest();
    if (cut_)
        stream_.close(true);
    else if (!keep)
        linger();
    // What surrounds this handler may want to know, and Poco asks the response whether to go on.
    response_.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answeredStatus_));
    response_.setKeepAlive(keep);
}

// Closing a socket with unread bytes would send a reset that overtakes our answer.
void Exchange::linger() {
    stream_.shutdownWrite();
    http::Buffer sink(http::BufferKind::Message);
    const Deadline deadline = Deadline::after(kLingerTime, runtime::now());
    for (std::size_t total = 0; total < kLingerBytes;) {
        const auto result = stream_.read(sink.data(), sink.capacity(), deadline, nullptr);
        if (!result.ok()) return;
        total += result.bytes;
    }
}

}  // namespace myelin::poco
