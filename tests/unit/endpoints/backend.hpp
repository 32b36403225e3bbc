#pragma once

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace myelin::endpoints::test {

/// A server on a free port of the loopback that answers every connection with the same bytes, or with what a function
/// says, and closes it.
class Backend {
public:
    enum class Manner {
        Answer,       ///< reads the request, sends the bytes
        CloseAtOnce,  ///< reads the request, closes
        Silent        ///< reads the request and says nothing until the test is over
    };

    /// Answers each request with what the function makes of its head and body; called by the server's thread.
    explicit Backend(std::function<std::string(const std::string&)> answers);
    /// A port of 0 is any free one.
    explicit Backend(std::string bytes, Manner manner = Manner::Answer, std::uint16_t port = 0);
    ~Backend();

    std::string url(const std::string& path = "/") const;
    std::string port() const { return std::to_string(listener_.address().port()); }
    /// The heads and bodies of the requests so far.
    std::vector<std::string> requests() const;

private:
    void serve();

    std::function<std::string(const std::string&)> answers_;
    Manner manner_;
    Poco::Net::ServerSocket listener_;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

/// An answer with that status line and body.
std::string answer(const std::string& status, const std::string& body = "ok");

/// A port at which nobody listens.
std::uint16_t deadPort();

/// A URL at which nobody listens.
std::string deadUrl();

}  // namespace myelin::endpoints::test
