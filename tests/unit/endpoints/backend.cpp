#include "tests/unit/endpoints/backend.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <list>

namespace myelin::endpoints::test {

namespace {

/// Head, and the body that Content-Length announces.
std::string readRequest(Poco::Net::StreamSocket& socket) {
    std::string text;
    char buffer[4096];
    std::size_t wanted = std::string::npos;
    while (wanted == std::string::npos || text.size() < wanted) {
        const int count = socket.receiveBytes(buffer, sizeof buffer);
        if (count <= 0) break;
        text.append(buffer, static_cast<std::size_t>(count));
        const auto end = text.find("\r\n\r\n");
        if (wanted == std::string::npos && end != std::string::npos) {
            const auto length = text.find("Content-Length: ");
            wanted = end + 4 + (length < end ? std::stoul(text.substr(length + 16)) : 0);
        }
    }
    return text;
}

}  // namespace

Backend::Backend(std::string bytes, Manner manner, std::uint16_t port)
    : answers_([bytes = std::move(bytes)](const std::string&) { return bytes; }),
      manner_(manner),
      listener_(Poco::Net::SocketAddress("127.0.0.1", port)),
      thread_([this] { serve(); }) {}

Backend::Backend(std::function<std::string(const std::string&)> answers)
    : answers_(std::move(answers)),
      manner_(Manner::Answer),
      listener_(Poco::Net::SocketAddress("127.0.0.1", 0)),
      thread_([this] { serve(); }) {}

Backend::~Backend() {
    stop_ = true;
    thread_.join();
}

std::string Backend::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(listener_.address().port()) + path;
}

std::vector<std::string> Backend::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void Backend::serve() {
    std::list<Poco::Net::StreamSocket> kept;
    while (!stop_) {
        if (!listener_.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ)) continue;
        auto socket = listener_.acceptConnection();
        socket.setReceiveTimeout(Poco::Timespan(5, 0));
        try {
            const auto request = readRequest(socket);
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
            }
            if (manner_ == Manner::Answer) {
                const auto bytes = answers_(request);
                socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
            }
        } catch (const Poco::Exception&) {
            // The client gave up first: what it saw is for the test to judge.
            continue;
        }
        if (manner_ == Manner::Silent) kept.push_back(socket);
    }
}

std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::uint16_t deadPort() {
    const Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
    return listener.address().port();
}

std::string deadUrl() {
    return "http://127.0.0.1:" + std::to_string(deadPort()) + "/";
}

}  // namespace myelin::endpoints::test
