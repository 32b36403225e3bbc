#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.hpp"
#include "engine/http/body.hpp"
#include "engine/http/head.hpp"
#include "engine/http/limits.hpp"
#include "engine/runtime/tls.hpp"

namespace myelin::http {

/// A backend: where it is and how it is spoken to. Immutable; shared by all workers, each of which keeps its own pool
/// of connections to it. Made once for each distinct (scheme, host, port, TLS options) of a configuration.
class Origin {
public:
    /// Throws std::invalid_argument for a port of 0 or an empty host.
    static std::shared_ptr<const Origin> make(std::string host,
                                              std::uint16_t port,
                                              std::shared_ptr<runtime::TlsContext> tls = nullptr);
    ~Origin();
    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    bool secure() const noexcept { return tls_ != nullptr; }
    /// The value of the Host field: the port is left out when it is the scheme's own.
    const std::string& authority() const noexcept { return authority_; }
    /// Whether that can stand in a request head, which spares the writer a look each time.
    bool authorityValid() const noexcept { return authorityValid_; }
    const runtime::TlsContext* tls() const noexcept { return tls_.get(); }
    /// Process-wide small number, the index into each worker's pools.
    std::uint32_t id() const noexcept { return id_; }

private:
    Origin() = default;
    std::string host_;
    std::string authority_;
    bool authorityValid_ = false;
    std::uint16_t port_ = 0;
    std::shared_ptr<runtime::TlsContext> tls_;
    std::uint32_t id_ = 0;
};

/// How far a request came before it failed; decides whether it may be tried elsewhere.
enum class Progress : std::uint8_t {
    NotConnected,  ///< no byte left for the backend: always safe to try again
    Connected,     ///< a connection existed, no byte of this request was written
    Sending,       ///< some bytes left: the backend may have seen the request
    Sent,          ///< all bytes left
    ResponseHead,  ///< part of an answer came
    ResponseBody,
};

enum class ClientError : std::uint8_t {
    None,
    ConnectFailed,  ///< refused, unreachable, name unknown, TLS handshake failed
    ConnectTimedOut,
    ResponseTimedOut,  ///< no (complete) head in time
    ConnectionClosed,  ///< the backend closed before the head was complete
    ConnectionReset,
    SendFailed,
    ProtocolError,     ///< not a proper HTTP answer
    RequestBodyFailed  ///< the body to be relayed broke off or was malformed: the caller's side, not the backend's
};

/// Whether a request that a server may have seen may be sent again. Asked only when that is about to happen; may wait.
class RepeatPermission {
public:
    virtual ~RepeatPermission() = default;
    virtual bool granted() const = 0;
};

struct OutgoingRequest {
    std::string_view method;
    std::string_view target;           ///< path and query, as it shall stand in the request line
    std::string_view host;             ///< empty: the origin's authority
    const Headers* headers = nullptr;  ///< hop-by-hop and framing fields are dropped
    OutgoingBody body;
    bool forceContentLength = false;  ///< a streamed body of unknown length is refused instead of chunked
    bool close = false;               ///< ask the backend to close afterwards
    /// From the end of the request to the head of the answer; UpstreamLimits::responseTime where it is not given.
    std::optional<base::Duration> responseTime;
    const RepeatPermission* repeatable = nullptr;  ///< null: granted
};

/// The answer of a backend. Owns the way to its body; destroying it gives the connection back to the pool when the
/// body was read to its end, and closes it otherwise.
class ClientResponse {
public:
    explicit ClientResponse(base::Arena& arena);
    ClientResponse(const ClientResponse&) = delete;
    ClientResponse& operator=(const ClientResponse&) = delete;
    ~ClientResponse();

    /// Gives up what it holds (closing the connection if a body is unread), for another attempt.
    void reset();

    ResponseHead head;
    BodySource* body = nullptr;  ///< null when the answer has none
    /// Where `body` is when somebody had to look into it first.
    std::unique_ptr<BodySource> looked;

    ClientError error = ClientError::None;
    BodyStatus requestBodyStatus = BodyStatus::End;  ///< with RequestBodyFailed: how the body broke off
    Progress progress = Progress::NotConnected;
    std::string errorText;  ///< for people; only with an error
    bool reusedConnection = false;
    /// Let go with the answer: what its sender has in use until then.
    std::vector<std::shared_ptr<const void>> held;

    bool ok() const noexcept { return error == ClientError::None; }

private:
    friend class PoolingClient;
    struct State;
    base::Arena* arena_;
    State* state_ = nullptr;  // in the arena
};

/// Sends requests over per-thread pools of kept-alive connections (last in, first out).
class Client {
public:
    /// The calling thread's client.
    static Client& current();
    /// For all threads; called once before the first use.
    static void configure(const UpstreamLimits& limits);

    virtual ~Client() = default;

    /// Sends and waits for the head of the answer; fills `response`. `deadline` bounds everything up to that head.
    /// The stale-connection race is handled here: a request on a reused connection that died before any byte of an
    /// answer came is sent once more on a fresh connection, if its body is in memory: always when no byte was written
    /// or the method may be repeated (RFC 9110 9.2.2) and request.repeatable grants it; otherwise only when the backend
    /// ended the connection in order (FIN) and its kernel had acknowledged no byte of the request.
    virtual void send(const Origin& origin,
                      const OutgoingRequest& request,
                      ClientResponse& response,
                      runtime::Deadline deadline) = 0;
    /// Closes idle connections, for shutdown and tests.
    virtual void closeIdle() = 0;

    struct Counters {
        std::uint64_t opened = 0;   ///< connections
        std::uint64_t reused = 0;   ///< requests on a pooled connection
        std::uint64_t renewed = 0;  ///< requests sent again because a pooled connection had died
    };
    virtual const Counters& counters() const noexcept = 0;
};

}  // namespace myelin::http
