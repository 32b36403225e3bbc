#include "engine/http/server_connection.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "engine/http/body_reader.hpp"
#include "engine/http/buffer_pool.hpp"
#include "engine/http/parser.hpp"
#include "engine/http/server_request.hpp"
#include "engine/http/writer.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::http {

using runtime::Deadline;
using runtime::IoStatus;

namespace {

// What a client may still send after our last answer before we stop listening to it.
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr runtime::Milliseconds kLingerTime{1'000};

in6_addr addressOf(const sockaddr* peer) {
    in6_addr address{};
    if (peer->sa_family == AF_INET6) return reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr;
    address.s6_addr[10] = address.s6_addr[11] = 0xff;
    std::memcpy(&address.s6_addr[12], &reinterpret_cast<const sockaddr_in*>(peer)->sin_addr, 4);
    return address;
}

}  // namespace

ServerConnection::ServerConnection(
    Server& server, Server::Listener& listener, std::unique_ptr<runtime::Stream> stream, const sockaddr* peer, unsigned)
    : server_(server), listener_(listener), stream_(std::move(stream)), idleTimer_(*this), peer_(addressOf(peer)) {
    next_ = server_.first_;
    if (next_) next_->previous_ = this;
    server_.first_ = this;
    ++server_.connectionCount_;
}

ServerConnection::~ServerConnection() {
    if (stream_) stream_->close(aborted_);
    if (previous_)
        previous_->next_ = next_;
    else
        server_.first_ = next_;
    if (next_) next_->previous_ = previous_;
    server_.forget(*this);
}

void ServerConnection::start() {
    idle();
}

void ServerConnection::idle() {
    active_ = false;
    server_.loop_.timers().arm(idleTimer_, server_.loop_.now() + server_.limits().idleTime);
    stream_->watch()->setIdleCallback(&onReadable, this);
}

void ServerConnection::onReadable(runtime::IoWatch& watch, void* self) {
    auto& connection = *static_cast<ServerConnection*>(self);
    watch.setIdleCallback(nullptr, nullptr);
    connection.idleTimer_.disarm();
    connection.active_ = true;
    try {
        connection.server_.loop_.spawn([&connection] { connection.serve(); });
    } catch (const std::runtime_error&) {
        // No memory for another stack: this client is let go rather than all of them.
        ++connection.server_.counters_.givenUp;
        delete &connection;
    }
}

void ServerConnection::onIdleTooLong(runtime::Timer& timer) {
    delete &static_cast<IdleTimer&>(timer).owner;
}

void ServerConnection::drain() {
    if (active_) return;
    char byte;
    // A request that has come, though the loop has not heard of it yet, is still served.
    if (::recv(stream_->descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return;
    if (served_) {
        delete this;
        return;
    }
    // Just accepted: its first request may be on the way.
    server_.loop_.timers().arm(idleTimer_, server_.loop_.now() + kLingerTime);
}

void ServerConnection::abort() {
    if (!active_) {
        delete this;
        return;
    }
    aborted_ = true;
    ::shutdown(stream_->descriptor(), SHUT_RDWR);
}

void ServerConnection::serve() {
    served_ = true;
    if (!handshakeDone_ && !handshake()) {
        delete this;
        return;
    }
    if (serveRequests())
        idle();
    else
        delete this;
}

bool ServerConnection::handshake() {
    handshakeDone_ = true;
    if (!listener_.tls()) return true;
    auto result = runtime::acceptTls(
        std::move(stream_), *listener_.tls(), Deadline::after(server_.limits().headTime, runtime::now()));
    stream_ = std::move(result.stream);
    return stream_ != nullptr;
}

bool ServerConnection::serveRequests() {
    MessageBuffer buffer;
    while (!buffer.empty() || stream_->readable()) {
        if (!serveOne(buffer)) return false;
        // An empty line after a body is no request that has begun (RFC 9112 2.2).
        if (buffer.unread() == "\r\n") buffer.clear();
    }
    if (!server_.draining()) return true;
    lingeringClose(buffer);
    return false;
}

bool ServerConnection::serveOne(MessageBuffer& buffer) {
    base::Arena arena;
    RequestHead head(arena);
    std::size_t headLength = 0;
    if (!readHead(buffer, head, headLength)) return false;
    buffer.take(headLength);
    ++server_.counters_.requests;
    MessageBodyReader body(*stream_, buffer, BodyFraming::of(head), BodyBounds::of(server_.limits()), arena);
    ServerRequest exchange(*this, head, body, arena);
    server_.handler_.handle(exchange);
    const bool keep = exchange.finish();
    if (keep) {
        body.finishMessage();
        return true;
    }
    if (exchange.cut())
        aborted_ = true;
    else
        lingeringClose(buffer);
    return false;
}

bool ServerConnection::readHead(MessageBuffer& buffer, RequestHead& head, std::size_t& headLength) {
    std::size_t scanned = 0;
    bool begun = !buffer.empty();
    Deadline deadline = Deadline::after(begun ? server_.limits().headTime : server_.limits().idleTime, runtime::now());
    for (bool first = true;; first = false) {
        if (!first || buffer.empty()) {
            if (buffer.spaceSize() == 0 && !buffer.grow()) {
                refuse(431, "header section too large");
                return false;
            }
            const auto result = stream_->read(buffer.space(), buffer.spaceSize(), deadline);
            if (result.status == IoStatus::TimedOut) {
                if (begun) refuse(408, "the request head did not come in time");
                return false;
            }
            if (!result.ok()) {
                if (begun && result.status == IoStatus::Closed) refuse(400, "the connection ended inside the head");
                return false;
            }
            buffer.added(result.bytes);
            if (!begun) deadline = Deadline::after(server_.limits().headTime, runtime::now());
            begun = true;
        }
        head.headers.clear();
        const ParseOutcome outcome = parseRequestHead(buffer.unread(), scanned, server_.limits(), head);
        if (outcome.status == ParseStatus::Complete) {
            headLength = outcome.consumed;
            return true;
        }
        if (outcome.status == ParseStatus::Refused) {
            refuse(outcome.answerStatus, outcome.reason);
            lingeringClose(buffer);
            return false;
        }
        scanned = buffer.unread().size();
        if (buffer.unread() == "\r\n") {
            buffer.clear();
            scanned = 0;
            begun = false;
            deadline = Deadline::after(server_.limits().idleTime, runtime::now());
        }
    }
}

void ServerConnection::refuse(int status, std::string_view reason) {
    ++server_.counters_.refusedRequests;
    base::Arena arena;
    Headers headers(arena);
    headers.addView("Content-Type", "text/plain; charset=utf-8", HeaderId::ContentType);
    const std::string_view text = arena.join(reason, "\n");
    Buffer scratch(BufferKind::Message);
    ResponseToWrite response;
    response.status = status;
    response.headers = &headers;
    response.framing = BodyFraming::ofLength(text.size());
    response.keepAlive = false;
    const WriteOutcome head = writeResponseHead({scratch.data(), scratch.capacity()}, response);
    SendOptions options;
    options.writeTime = server_.limits().writeTime;
    sendMessage(
        *stream_, {scratch.data(), scratch.capacity()}, head.size, OutgoingBody::of(text), response.framing, options);
}

void ServerConnection::lingeringClose(MessageBuffer& buffer) {
    stream_->shutdownWrite();
    buffer.clear();
    Buffer sink(BufferKind::Message);
    const Deadline deadline = Deadline::after(kLingerTime, runtime::now());
    for (std::size_t total = 0; total < kLingerBytes;) {
        const auto result = stream_->read(sink.data(), sink.capacity(), deadline);
        if (!result.ok()) return;
        total += result.bytes;
    }
}

}  // namespace myelin::http
