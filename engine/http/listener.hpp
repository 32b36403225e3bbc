#pragma once

#include <Poco/Net/ServerSocket.h>

#include <cstdint>
#include <memory>

#include "engine/http/server.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/timers.hpp"

namespace myelin::http {

/// One listening socket of one worker.
class Server::Listener {
public:
    Listener(Server& server, Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls);
    ~Listener();

    /// Takes what waits in the kernel's queue, then closes the socket.
    void close();
    /// A connection has ended: go on if accepting had paused for want of room.
    void roomAgain();

    const std::shared_ptr<runtime::TlsContext>& tls() const noexcept { return tls_; }
    std::uint16_t port() const noexcept { return port_; }

private:
    void acceptAll();
    void pause();
    void descriptorsExhausted();

    Server& server_;
    Poco::Net::ServerSocket socket_;
    std::shared_ptr<runtime::TlsContext> tls_;
    std::uint16_t port_;
    runtime::IoWatch watch_;
    // After EMFILE: give the spare up, accept one connection with it, close that, take the spare again. The client then
    // sees a closed connection instead of a hanging one, and the loop does not spin.
    int spareDescriptor_ = -1;
    bool paused_ = false;

    struct Resume : runtime::Timer {
        explicit Resume(Listener& listener)
            : Timer([](Timer& timer) { static_cast<Resume&>(timer).owner.roomAgain(); }), owner(listener) {}
        Listener& owner;
    } resume_;
};

}  // namespace myelin::http
