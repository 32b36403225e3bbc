#include "engine/http/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace myelin::http {

namespace {

constexpr int kBacklog = 1024;
constexpr runtime::Milliseconds kPause{100};

int openSpare() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

std::vector<Poco::Net::ServerSocket> openListeners(const Poco::Net::SocketAddress& address, std::size_t count) {
    std::vector<Poco::Net::ServerSocket> sockets;
    Poco::Net::SocketAddress actual = address;
    for (std::size_t i = 0; i < count; ++i) {
        Poco::Net::ServerSocket socket;
        const bool first = i == 0;
        // Sharing is allowed only after the first, exclusive bind: the kernel then knows that the port was free.
        if (address.family() == Poco::Net::SocketAddress::IPv6) {
            socket.bind6(actual, true, !first, true);
        } else {
            socket.bind(actual, true, !first);
        }
        if (first) {
            if (count > 1) socket.setReusePort(true);
            actual = socket.address();
        }
        sockets.push_back(std::move(socket));
    }
    for (auto& socket : sockets) {
        socket.listen(kBacklog);
        socket.setBlocking(false);
    }
    return sockets;
}

Server::Listener::Listener(Server& server, Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls)
    : server_(server),
      socket_(std::move(socket)),
      tls_(std::move(tls)),
      port_(socket_.address().port()),
      spareDescriptor_(openSpare()),
      resume_(*this) {
    watch_.attach(
        server_.loop_,
        socket_.impl()->sockfd(),
        [](runtime::IoWatch&, void* self) { static_cast<Listener*>(self)->acceptAll(); },
        this);
}

Server::Listener::~Listener() {
    watch_.detach();
    if (spareDescriptor_ >= 0) ::close(spareDescriptor_);
}

void Server::Listener::close() {
    paused_ = false;
    acceptAll();
    resume_.disarm();
    watch_.detach();
    socket_.close();
}

void Server::Listener::roomAgain() {
    if (!paused_) return;
    paused_ = false;
    resume_.disarm();
    acceptAll();
}

void Server::Listener::pause() {
    if (!paused_) ++server_.counters_.acceptPauses;
    paused_ = true;
    server_.loop_.timers().arm(resume_, server_.loop_.now() + kPause);
}

void Server::Listener::acceptAll() {
    while (!paused_) {
        if (server_.connectionCount_ >= server_.maximumConnections_) return pause();
        sockaddr_storage peer{};
        socklen_t length = sizeof peer;
        const int descriptor = ::accept4(
            socket_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            server_.adopt(descriptor, reinterpret_cast<sockaddr*>(&peer), length, *this);
            continue;
        }
        switch (errno) {
            case EINTR:
            case ECONNABORTED:
                continue;
            case EMFILE:
            case ENFILE:
                return descriptorsExhausted();
            case ENOBUFS:
            case ENOMEM:
                return pause();
            default:  // EAGAIN: the queue is empty; anything else is about a connection that is gone
                watch_.clearReadable();
                return;
        }
    }
}

void Server::Listener::descriptorsExhausted() {
    if (spareDescriptor_ >= 0) {
        ::close(spareDescriptor_);
        const int refused = ::accept4(socket_.impl()->sockfd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (refused >= 0) ::close(refused);
    }
    spareDescriptor_ = openSpare();
    pause();
}

}  // namespace myelin::http
