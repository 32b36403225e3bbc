#include "engine/http/server.hpp"

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <exception>

#include "engine/http/listener.hpp"
#include "engine/http/server_connection.hpp"

namespace myelin::http {

Server::Server(runtime::Loop& loop, RequestHandler& handler, const Limits& limits, std::size_t maximumConnections)
    : loop_(loop), handler_(handler), limits_(limits), maximumConnections_(maximumConnections) {}

Server::~Server() {
    closeAll();
}

void Server::listen(Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls) {
    listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket), std::move(tls)));
}

void Server::adopt(int descriptor, const sockaddr* peer, unsigned peerLength, Listener& listener) {
    ++counters_.accepted;
    try {
        auto stream = runtime::makeTcpStream(Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(descriptor)));
        (new ServerConnection(*this, listener, std::move(stream), peer, peerLength))->start();
    } catch (const std::exception&) {
        // The kernel has no room to watch it: the socket closes with its owner, which the client sees.
        ++counters_.givenUp;
    }
}

void Server::forget(ServerConnection&) noexcept {
    --connectionCount_;
    for (auto& listener : listeners_) listener->roomAgain();
}

void Server::drain() {
    draining_ = true;
    for (auto& listener : listeners_) listener->close();
    for (ServerConnection* connection = first_; connection;) {
        ServerConnection* const next = connection->next_;
        connection->drain();
        connection = next;
    }
}

void Server::closeAll() {
    for (ServerConnection* connection = first_; connection;) {
        ServerConnection* const next = connection->next_;
        connection->abort();
        connection = next;
    }
}

}  // namespace myelin::http
