#include "engine/http/client.hpp"

#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "engine/http/body_reader.hpp"
#include "engine/http/buffer_pool.hpp"
#include "engine/http/client_scope.hpp"
#include "engine/http/connection_pool.hpp"
#include "engine/http/parser.hpp"
#include "engine/http/sender.hpp"
#include "engine/http/writer.hpp"
#include "engine/runtime/acknowledged.hpp"
#include "engine/runtime/resolver.hpp"

namespace myelin::http {

using runtime::Deadline;
using runtime::IoStatus;

namespace {

UpstreamLimits upstreamLimits;

/// RFC 9110 9.2.2.
bool isIdempotent(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS" ||
           method == "TRACE";
}

/// True when the peer's kernel took nothing beyond `before` written bytes.
bool nothingTaken(int descriptor, std::uint64_t before) noexcept {
    const auto acknowledged = runtime::acknowledgedBytes(descriptor);
    return acknowledged && *acknowledged <= before;
}

}  // namespace

struct ClientResponse::State {
    State(ConnectionPool& owner, std::unique_ptr<PooledConnection> used, base::Arena& memory)
        : pool(owner), connection(std::move(used)), arena(memory) {}

    /// The way back to the pool, as soon as the answer has been received to its end. Views into the buffer stay.
    void giveBack(bool keepAlive) {
        if (!connection || !body->complete()) return;
        if (keepAlive && body->leftoverSize() == 0)
            pool.give(std::move(connection));
        else
            connection.reset();
    }

    ConnectionPool& pool;
    std::unique_ptr<PooledConnection> connection;
    base::Arena& arena;
    MessageBuffer buffer;
    std::optional<MessageBodyReader> body;
    bool reusable = false;  // the connection, once the body is through
};

ClientResponse::ClientResponse(base::Arena& arena) : head(arena), arena_(&arena) {}

ClientResponse::~ClientResponse() {
    reset();
}

void ClientResponse::reset() {
    if (state_) {
        if (state_->body) state_->giveBack(state_->reusable);
        std::exchange(state_, nullptr)->~State();
    }
    head.headers.clear();
    head.status = 0;
    body = nullptr;
    looked.reset();
    if (!held.empty()) held.clear();
    error = ClientError::None;
    progress = Progress::NotConnected;
    errorText.clear();
    reusedConnection = false;
    requestBodyStatus = BodyStatus::End;
}

/// The client of one thread.
class PoolingClient final : public Client {
public:
    PoolingClient() : limits_(upstreamLimits), pool_(limits_) {}

    void send(const Origin& origin,
              const OutgoingRequest& request,
              ClientResponse& response,
              Deadline deadline) override;
    void closeIdle() override { pool_.closeAll(); }
    const Counters& counters() const noexcept override { return counters_; }

private:
    using State = ClientResponse::State;

    void attempt(const OutgoingRequest& request, const Origin& origin, ClientResponse& response, Deadline deadline);
    bool sendRequest(const OutgoingRequest& request, const Origin& origin, ClientResponse& response, Deadline deadline);
    bool receiveHead(bool answersHead, ClientResponse& response, Deadline deadline);
    std::unique_ptr<PooledConnection> open(const Origin& origin, ClientResponse& response, Deadline deadline);
    bool mayRenew(const OutgoingRequest& request, const ClientResponse& response, std::uint64_t before) const;
    static bool fail(ClientResponse& response, ClientError error, std::string text);

    const UpstreamLimits limits_;
    ConnectionPool pool_;
    Counters counters_;
};

bool PoolingClient::fail(ClientResponse& response, ClientError error, std::string text) {
    response.error = error;
    response.errorText = std::move(text);
    return false;
}

void PoolingClient::send(const Origin& origin,
                         const OutgoingRequest& request,
                         ClientResponse& response,
                         Deadline deadline) {
    response.reset();
    Deadline renewal = Deadline::never();
    for (bool fresh = false;; fresh = true) {
        // A second try gets what the first one left of the longest time of one, so that it does not double that.
        if (fresh) deadline = deadline.earlier(renewal);
        auto connection = fresh ? nullptr : pool_.take(origin.id());
        const bool reused = connection != nullptr;
        if (!reused) connection = open(origin, response, deadline);
        if (!connection) return;
        if (reused) {
            const auto patience = request.responseTime.value_or(limits_.responseTime);
            renewal = Deadline::after(limits_.connectTime + limits_.writeTime + patience, runtime::now());
        }
        reused ? ++counters_.reused : ++counters_.opened;
        const std::uint64_t before = connection->written;
        void* const place = response.arena_->allocate(sizeof(State), alignof(State));
        response.state_ = new (place) State(pool_, std::move(connection), *response.arena_);
        response.reusedConnection = reused;
        response.progress = Progress::Connected;
        attempt(request, origin, response, deadline);
        if (response.ok() || !reused || !mayRenew(request, response, before)) return;
        response.reset();
        ++counters_.renewed;
    }
}

// Never closes the connection before the kernel was asked what became of the bytes.
bool PoolingClient::mayRenew(const OutgoingRequest& request,
                             const ClientResponse& response,
                             std::uint64_t before) const {
    const bool died = response.error == ClientError::ConnectionClosed ||
                      response.error == ClientError::ConnectionReset || response.error == ClientError::SendFailed;
    if (!died || response.progress >= Progress::ResponseHead) return false;
    if (request.body.kind == OutgoingBody::Kind::Source &&
        (!request.body.source->wholeIfBuffered() || request.body.source->trailers())) {
        return false;
    }
    if (response.progress <= Progress::Connected) return true;
    if (isIdempotent(request.method) && (!request.repeatable || request.repeatable->granted())) return true;
    // A reset says nothing about what was read before it: the kernel does not look at the acknowledgement it carries.
    // An orderly end carries one that counts.
    if (response.error != ClientError::ConnectionClosed) return false;
    return nothingTaken(response.state_->connection->stream->descriptor(), before);
}

std::unique_ptr<PooledConnection> PoolingClient::open(const Origin& origin,
                                                      ClientResponse& response,
                                                      Deadline deadline) {
    const Deadline limit = deadline.earlier(Deadline::after(limits_.connectTime, runtime::now()));
    const auto resolved = runtime::resolve(origin.host(), origin.port(), limit);
    if (resolved.addresses.empty()) {
        fail(response,
             resolved.timedOut ? ClientError::ConnectTimedOut : ClientError::ConnectFailed,
             origin.host() + ": " + resolved.error);
        return nullptr;
    }
    runtime::ConnectResult connected;
    for (const auto& address : resolved.addresses) {
        connected = runtime::connectTcp(address, limit);
        if (connected.stream) break;
    }
    if (!connected.stream) {
        fail(response,
             connected.status == IoStatus::TimedOut ? ClientError::ConnectTimedOut : ClientError::ConnectFailed,
             origin.authority() + ": " + connected.text);
        return nullptr;
    }
    auto connection = std::make_unique<PooledConnection>();
    connection->origin = origin.id();
    connection->stream = std::move(connected.stream);
    if (origin.tls()) {
        auto secured = runtime::connectTls(std::move(connection->stream), *origin.tls(), origin.host(), limit);
        if (!secured.stream) {
            fail(response,
                 secured.status == IoStatus::TimedOut ? ClientError::ConnectTimedOut : ClientError::ConnectFailed,
                 origin.authority() + ": TLS: " + secured.text);
            return nullptr;
        }
        connection->stream = std::move(secured.stream);
    }
    return connection;
}

void PoolingClient::attempt(const OutgoingRequest& request,
                            const Origin& origin,
                            ClientResponse& response,
                            Deadline deadline) {
    if (!sendRequest(request, origin, response, deadline)) return;
    const bool requestWhole = response.progress == Progress::Sent;
    const Deadline patience = Deadline::after(request.responseTime.value_or(limits_.responseTime), runtime::now());
    if (!receiveHead(request.method == "HEAD", response, deadline.earlier(patience))) return;
    State& state = *response.state_;
    state.body.emplace(
        *state.connection->stream, state.buffer, BodyFraming::of(response.head), BodyBounds::of(limits_), state.arena);
    state.reusable = response.head.keepAlive && requestWhole && !request.close;
    if (response.head.hasBody) response.body = &*state.body;
    state.giveBack(state.reusable);
}

// True when an answer can be waited for: the request is out, or the backend answered before it was.
bool PoolingClient::sendRequest(const OutgoingRequest& request,
                                const Origin& origin,
                                ClientResponse& response,
                                Deadline deadline) {
    PooledConnection& connection = *response.state_->connection;
    OutgoingBody body = request.body;
    if (body.kind == OutgoingBody::Kind::Source) {
        if (const auto whole = body.source->wholeIfBuffered(); whole && !body.source->trailers()) {
            body = OutgoingBody::of(*whole);
        }
    }
    RequestToWrite head;
    head.method = request.method;
    head.target = request.target;
    head.hostChecked = request.host.empty() && origin.authorityValid();
    head.host = request.host.empty() ? std::string_view(origin.authority()) : request.host;
    head.headers = request.headers;
    head.framing = framingFor(body, true);
    head.close = request.close;
    if (request.forceContentLength && head.framing.kind == BodyFraming::Kind::Chunked) {
        return fail(response, ClientError::RequestBodyFailed, "the body's length is not known beforehand");
    }
    Buffer scratch(BufferKind::Large);
    std::span<char> room(scratch.data(), scratch.capacity());
    WriteOutcome written = writeRequestHead(room, head);
    if (written.size > room.size()) {
        room = {response.state_->arena.text(written.size), written.size};
        written = writeRequestHead(room, head);
    }
    if (!written.valid) {
        return fail(response, ClientError::RequestBodyFailed, "method, target or host cannot stand in a request line");
    }
    SendOptions options;
    options.writeTime = limits_.writeTime;
    options.deadline = deadline;
    options.watchPeer = body.kind == OutgoingBody::Kind::Source;
    const SendReport report = sendMessage(*connection.stream, room, written.size, body, head.framing, options);
    connection.written += report.written;
    response.progress = report.written == 0 ? Progress::Connected : Progress::Sending;
    switch (report.status) {
        case SendStatus::Sent:
            response.progress = Progress::Sent;
            return true;
        case SendStatus::PeerAnswered:
            return true;
        case SendStatus::SourceFailed:
            response.requestBodyStatus = report.sourceStatus;
            return fail(response, ClientError::RequestBodyFailed, "the request's body broke off");
        case SendStatus::PeerTooSlow:
            return fail(response, ClientError::ResponseTimedOut, origin.authority() + " takes no more of the request");
        case SendStatus::PeerGone:
            break;
    }
    // A backend may answer and close before it has read everything; the answer counts (RFC 9112 9.3).
    if (body.kind == OutgoingBody::Kind::Source && connection.stream->readable()) return true;
    return fail(response, ClientError::SendFailed, origin.authority() + " broke the connection");
}

bool PoolingClient::receiveHead(bool answersHead, ClientResponse& response, Deadline deadline) {
    State& state = *response.state_;
    const bool cutShort = response.progress != Progress::Sent;
    std::size_t scanned = 0;
    for (int informational = 0;;) {
        if (!state.buffer.empty()) {
            response.progress = Progress::ResponseHead;
            response.head.headers.clear();
            const ParseOutcome outcome =
                parseResponseHead(state.buffer.unread(), scanned, limits_, answersHead, response.head);
            if (outcome.status == ParseStatus::Refused) {
                return fail(response, ClientError::ProtocolError, std::string(outcome.reason));
            }
            if (outcome.status == ParseStatus::Complete) {
                state.buffer.take(outcome.consumed);
                if (response.head.status >= 200) return true;
                if (++informational > limits_.informational) {
                    return fail(response, ClientError::ProtocolError, "interim answers without end");
                }
                // The rest of the request was held back for what looked like the answer; waiting now would be for ever.
                if (cutShort && state.buffer.empty()) {
                    return fail(
                        response, ClientError::ProtocolError, "an interim answer before the request was complete");
                }
                scanned = 0;
                continue;
            }
            scanned = state.buffer.unread().size();
        }
        if (state.buffer.spaceSize() == 0 && !state.buffer.grow()) {
            return fail(response, ClientError::ProtocolError, "the head of the answer is too large");
        }
        const auto result = state.connection->stream->read(state.buffer.space(), state.buffer.spaceSize(), deadline);
        if (result.ok()) {
            state.buffer.added(result.bytes);
            continue;
        }
        switch (result.status) {
            case IoStatus::TimedOut:
                return fail(response, ClientError::ResponseTimedOut, "no answer in time");
            case IoStatus::Closed:
                return fail(response,
                            ClientError::ConnectionClosed,
                            response.progress == Progress::ResponseHead ? "the connection ended inside the head"
                                                                        : "the connection ended without an answer");
            case IoStatus::Reset:
            case IoStatus::Failed:
            case IoStatus::Ok:
                break;
        }
        return fail(response, ClientError::ConnectionReset, "the connection broke before an answer came");
    }
}

namespace {
constinit thread_local Client* tClient = nullptr;
}

Client& Client::current() {
    if (tClient == nullptr) [[unlikely]] {
        thread_local PoolingClient client;
        tClient = &client;
    }
    return *tClient;
}

ClientScope::ClientScope(Client& client) noexcept : previous_(std::exchange(tClient, &client)) {}

ClientScope::~ClientScope() {
    tClient = previous_;
}

void Client::configure(const UpstreamLimits& limits) {
    upstreamLimits = limits;
}

}  // namespace myelin::http
