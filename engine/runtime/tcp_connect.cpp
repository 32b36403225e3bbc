#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "engine/runtime/loop_core.hpp"
#include "engine/runtime/socket_io.hpp"
#include "engine/runtime/tcp_stream.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::runtime {

namespace {

ConnectResult failure(const Poco::Net::SocketAddress& address, IoStatus status, int error) {
    const std::string why = status == IoStatus::TimedOut ? "no answer within the time limit" : std::strerror(error);
    return {nullptr, status, error, "cannot connect to " + address.toString() + ": " + why};
}

/// Nobody listens on a port that the kernel also hands out to clients: then a connection may be given that very port
/// and meet itself. It would look like a server, and keep the real one from coming back.
bool metItself(int descriptor, const Poco::Net::SocketAddress& address) {
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) != 0) return false;
    return Poco::Net::SocketAddress(reinterpret_cast<sockaddr*>(&own), size) == address;
}

}  // namespace

ConnectResult connectTcp(const Poco::Net::SocketAddress& address, Deadline deadline) {
    if (tLoopCore != nullptr && tLoopCore->network != nullptr) return tLoopCore->network->connect(address, deadline);
    const int descriptor = ::socket(address.af(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return failure(address, IoStatus::Failed, errno);
    Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(descriptor));
    prepareSocket(descriptor);
    int connecting = 0;
    if (::connect(descriptor, address.addr(), address.length()) != 0) {
        connecting = errno;
        if (connecting != EINPROGRESS && connecting != EINTR) return failure(address, IoStatus::Failed, connecting);
    }
    // Registered only now: epoll reports a socket that does not connect yet as hung up.
    auto stream = std::make_unique<TcpStream>(std::move(socket));
    if (connecting != 0) {
        const int error = stream->finishConnecting(deadline);
        if (error < 0) return failure(address, IoStatus::TimedOut, ETIMEDOUT);
        if (error > 0) return failure(address, IoStatus::Failed, error);
    }
    if (metItself(descriptor, address)) {
        stream->close(true);
        return failure(address, IoStatus::Failed, ECONNREFUSED);
    }
    return {std::move(stream), IoStatus::Ok, 0, {}};
}

}  // namespace myelin::runtime
