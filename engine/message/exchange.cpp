#include "engine/message/exchange.hpp"

#include "engine/base/strings.hpp"
#include "engine/message/message_context.hpp"
#include "engine/message/outgoing.hpp"
#include "engine/message/problem.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::message {

namespace {

using http::HeaderId;

ContentKind clientKindOf(const http::RequestHead& head) {
    if (const auto type = head.headers.get(HeaderId::ContentType)) return classifyContent(*type);
    if (head.chunked || head.contentLength != 0) return ContentKind::Opaque;
    for (const http::HeaderField& field : head.headers) {
        if (field.id != HeaderId::Accept) continue;
        // The first type of the list that names a kind; weights are not looked at.
        for (const std::string_view range : base::split(field.value, ",")) {
            const ContentKind kind = classifyContent(range);
            if (kind == ContentKind::Json) return kind;
            if (isXml(kind)) return ContentKind::Pox;
        }
    }
    return ContentKind::Pox;
}

}  // namespace

Exchange::PendingReply::PendingReply(base::Arena& arena) : response(arena), inherited(arena) {}
Exchange::PendingReply::~PendingReply() = default;

Exchange::PendingReplyPtr Exchange::makeReply() {
    void* const place = arena().allocate(sizeof(PendingReply), alignof(PendingReply));
    return PendingReplyPtr(new (place) PendingReply(arena()));
}

Exchange::Exchange(http::ServerExchange& server, const Artifacts& artifacts)
    : server_(&server),
      artifacts_(&artifacts),
      deadline_(runtime::Deadline::after(artifacts.options().globalTimeout, runtime::now())),
      operation_(server.arena()),
      clientKind_(clientKindOf(server.request())),
      pending_(&server.arena().resource()) {}

Exchange::~Exchange() {
    // The flow has seen the end of it, unless an exception came in between.
    if (beside_) abandon();
}

void Exchange::runBeside(base::UniqueFunction<void()> work) {
    if (!beside_) beside_ = std::make_unique<Beside>();
    ++beside_->begun;
    if (!runtime::inFiber()) return work();
    runtime::Loop::current()->spawn([this, work = std::move(work)]() mutable {
        // What the work holds lives in this exchange's arena.
        {
            auto mine = std::move(work);
            mine();
        }
        --beside_->running;
        beside_->over.notify();
    });
    ++beside_->running;
}

void Exchange::deliver(PendingReplyPtr reply) {
    if (beside_ && beside_->abandoned) return;
    if (!reply->failure) {
        pending_.push_back(std::move(reply));
    } else {
        if (!beside_) beside_ = std::make_unique<Beside>();
        beside_->failed.push_back(std::move(reply));
    }
}

void Exchange::waitBeside() {
    // No deadline: every send has one, and what runs here refers to this exchange.
    beside_->over.wait(runtime::Deadline::never());
}

Exchange::PendingReplyPtr Exchange::nextReply() {
    while (pending_.empty() && beside_ && beside_->running != 0) waitBeside();
    PendingReplyPtr reply;
    if (!pending_.empty()) {
        reply = std::move(pending_.front());
        pending_.pop_front();
    } else if (beside_ && !beside_->failed.empty()) {
        reply = std::move(beside_->failed.front());
        beside_->failed.pop_front();
    }
    return reply;
}

void Exchange::abandon() {
    pending_.clear();
    if (!beside_) return;
    beside_->abandoned = true;
    beside_->failed.clear();
    while (beside_->running != 0) waitBeside();
}

bool Exchange::begin() {
    if (!answered()) return true;
    if (beside_)
        ++surplusAnswers_;
    else
        trouble_ = "a second answer to the same request was not sent";
    return false;
}

void Exchange::send(http::OutgoingResponse& response) {
    // The client's next request would have to wait for the slowest recipient of this one.
    if (beside_ && beside_->running != 0) response.close = true;
    switch (server_->answer(response)) {
        case http::AnswerResult::Sent:
            break;
        case http::AnswerResult::ClientGone:
            trouble_ = "the client went away before its answer was complete";
            break;
        case http::AnswerResult::SourceFailed:
            if (answered()) trouble_ = "the body of the answer broke off; the client's connection was cut";
            break;
        case http::AnswerResult::SourceTimedOut:
            if (answered()) trouble_ = "the body of the answer did not arrive in time; the client's connection was cut";
            break;
    }
}

bool Exchange::answerProblem(int status,
                             int code,
                             std::string_view text,
                             std::string_view detail,
                             std::string_view allow,
                             std::uint32_t retryAfter) {
    if (!begin()) return false;
    const RenderedProblem rendered = renderProblem(clientKind_, {status, code, text, detail});
    http::Headers headers(arena());
    headers.addView("Content-Type", rendered.contentType, HeaderId::ContentType);
    headers.addView("Server", kServerName, HeaderId::Server);
    // Overload and suspended backends pass quickly; a second keeps clients from hammering.
    if (status == 503 && retryAfter == 0) retryAfter = 1;
    const std::string seconds = std::to_string(retryAfter);
    if (retryAfter != 0) headers.addView("Retry-After", seconds, HeaderId::Other);
    if (!allow.empty()) headers.addView("Allow", allow, HeaderId::Other);
    http::OutgoingResponse response;
    response.status = rendered.status;
    response.headers = &headers;
    response.body = http::OutgoingBody::of(rendered.body);
    send(response);
    return true;
}

bool Exchange::answerEmpty(int status) {
    if (!begin()) return false;
    http::Headers headers(arena());
    headers.addView("Server", kServerName, HeaderId::Server);
    http::OutgoingResponse response;
    response.status = status;
    response.headers = &headers;
    send(response);
    return true;
}

}  // namespace myelin::message
