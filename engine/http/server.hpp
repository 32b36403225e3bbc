#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/http/limits.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/tls.hpp"

namespace myelin::http {

/// Opens the listening sockets of one address, one a worker, so that the kernel spreads connections over them
/// (SO_REUSEPORT). The first is bound exclusively, so that a second process on the same port is refused instead of
/// silently taking half the traffic. Port 0 takes a free port, the same for all. Throws Poco::Net::NetException with
/// the address in its text.
std::vector<Poco::Net::ServerSocket> openListeners(const Poco::Net::SocketAddress& address, std::size_t count);

class ServerConnection;

/// The HTTP/1.1 server of one worker: accepts, keeps idle connections without fiber or buffer, and runs a fiber for
/// each connection that has a request. Belongs to its loop's thread.
class Server {
public:
    struct Counters {
        std::uint64_t accepted = 0;
        std::uint64_t requests = 0;
        std::uint64_t refusedRequests = 0;  ///< by the guard
        std::uint64_t acceptPauses = 0;     ///< descriptors or connection slots had run out
        std::uint64_t givenUp = 0;          ///< connections closed because there was no stack or watch for them
    };

    /// `maximumConnections` bounds this worker's connections; accepting pauses at it.
    Server(runtime::Loop& loop, RequestHandler& handler, const Limits& limits, std::size_t maximumConnections);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Starts to accept. `tls` is null for plain HTTP.
    void listen(Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls);

    /// Stops accepting (what the kernel has queued is still served), closes idle connections, and lets the others end
    /// after their current answer, which then says `Connection: close`.
    void drain();
    bool draining() const noexcept { return draining_; }
    /// Closes whatever is left at once.
    void closeAll();

    std::size_t connections() const noexcept { return connectionCount_; }
    const Limits& limits() const noexcept { return limits_; }
    const Counters& counters() const noexcept { return counters_; }

private:
    friend class ServerConnection;
    class Listener;

    void adopt(int descriptor, const sockaddr* peer, unsigned peerLength, Listener& listener);
    void forget(ServerConnection& connection) noexcept;

    runtime::Loop& loop_;
    RequestHandler& handler_;
    const Limits limits_;
    const std::size_t maximumConnections_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    ServerConnection* first_ = nullptr;  // intrusive list of all connections
    std::size_t connectionCount_ = 0;
    bool draining_ = false;
    Counters counters_;
};

}  // namespace myelin::http
