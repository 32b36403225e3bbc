#pragma once

#include <netinet/in.h>

#include <memory>

#include "engine/http/listener.hpp"
#include "engine/http/server.hpp"
#include "engine/runtime/stream.hpp"
#include "engine/runtime/timers.hpp"

namespace myelin::http {

class MessageBuffer;

/// One client connection. While it idles it is this record alone: a descriptor in epoll, a timer, no fiber, no buffer.
/// When bytes arrive, a fiber serves requests until the connection idles again or ends. Owned by its server's list;
/// belongs to its loop's thread.
class ServerConnection {
public:
    ServerConnection(Server& server,
                     Server::Listener& listener,
                     std::unique_ptr<runtime::Stream> stream,
                     const sockaddr* peer,
                     unsigned peerLength);
    ~ServerConnection();
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    /// Begins to wait for the first request (or for the client's handshake).
    void start();
    /// Ends it if nothing is going on; otherwise it ends after its current answer.
    void drain();
    /// Breaks the connection; a fiber that serves it notices at its next read or write.
    void abort();

private:
    friend class Server;
    friend class ServerRequest;

    static void onReadable(runtime::IoWatch&, void* self);
    static void onIdleTooLong(runtime::Timer& timer);

    void serve();
    bool handshake();
    /// Reads and answers requests until the connection idles (true) or has to end (false).
    bool serveRequests();
    /// One request from the first byte of its head. False when the connection has to end.
    bool serveOne(MessageBuffer& buffer);
    bool readHead(MessageBuffer& buffer, RequestHead& head, std::size_t& headLength);
    void refuse(int status, std::string_view reason);
    /// Sends FIN and reads what the client still sends for a moment, so that our answer is not lost in a reset.
    void lingeringClose(MessageBuffer& buffer);
    void idle();
    void end() noexcept;

    struct IdleTimer : runtime::Timer {
        explicit IdleTimer(ServerConnection& connection) : Timer(&onIdleTooLong), owner(connection) {}
        ServerConnection& owner;
    };

    Server& server_;
    Server::Listener& listener_;
    std::unique_ptr<runtime::Stream> stream_;
    ServerConnection* next_ = nullptr;
    ServerConnection* previous_ = nullptr;
    IdleTimer idleTimer_;
    in6_addr peer_{};      // an IPv4 peer as a mapped address
    bool active_ = false;  // a fiber serves it
    bool handshakeDone_ = false;
    bool served_ = false;  // something has come from it
    bool aborted_ = false;
};

}  // namespace myelin::http
