#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/http/body.hpp"
#include "engine/http/head.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::http {

/// What a handler wants to be sent. Framing fields (Content-Length, Transfer-Encoding, Connection, Keep-Alive, Date
/// when absent, Trailer) are the writer's business: those in `headers` are dropped, with all hop-by-hop fields.
struct OutgoingResponse {
    int status = 200;
    std::string_view reason;           ///< empty: the standard phrase
    const Headers* headers = nullptr;  ///< may be null
    OutgoingBody body;
    bool close = false;  ///< end the connection after this answer
};

enum class AnswerResult {
    Sent,
    ClientGone,  ///< the client broke the connection or took nothing for too long
    /// The relayed body broke off. When a byte of the answer had left, the client's connection was cut, so that it
    /// notices; otherwise answered() is false again, and another answer can be given.
    SourceFailed,
    SourceTimedOut,  ///< likewise, because the source was too slow
};

/// One request of a client and the way to answer it: the seam between a transport (ours, or Poco's) and mediation.
/// Lives on the handler's stack or its transport's; one fiber or thread uses it.
class ServerExchange {
public:
    virtual ~ServerExchange() = default;

    virtual RequestHead& request() noexcept = 0;
    /// Null when the request has no body. Reading it answers `Expect: 100-continue` first.
    virtual BodySource* requestBody() noexcept = 0;
    /// Memory that lives until the answer is written.
    virtual base::Arena& arena() noexcept = 0;

    /// Sends the answer: exactly once, unless the relayed body failed before anything left. HEAD, 204 and 304 get no
    /// body whatever is given.
    virtual AnswerResult answer(const OutgoingResponse& response) = 0;
    bool answered() const noexcept { return answeredStatus_ != 0; }
    /// Status of the answer, 0 before it; for the access log.
    int answeredStatus() const noexcept { return answeredStatus_; }
    std::uint64_t bodyBytesSent() const noexcept { return bodyBytesSent_; }
    /// Of the request's body, as far as it has been received; for the access log.
    virtual std::uint64_t bodyBytesReceived() const noexcept { return 0; }

    virtual std::string_view peerAddress() const noexcept = 0;  ///< without port
    virtual bool secure() const noexcept = 0;
    virtual std::uint16_t localPort() const noexcept = 0;
    /// Whether the client has ended its side or broken the connection, so that its answer is probably of no use any
    /// more. A system call; for whoever makes a request wait.
    virtual bool clientGone() noexcept { return false; }

protected:
    int answeredStatus_ = 0;
    std::uint64_t bodyBytesSent_ = 0;
};

/// What serves requests. One object serves all workers.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;
    /// Runs in a fiber (or a foreign server's thread) and has to answer before it returns; a request left without an
    /// answer gets 500. Must not throw.
    virtual void handle(ServerExchange& exchange) noexcept = 0;
};

}  // namespace myelin::http
