#pragma once

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace myelin::endpoints::test {

/// A server on a free port of the loopback that answers every connection with the same bytes and closes it.
class Backend {
public:
    enum class Manner {
        Answer,       ///< reads the request, sends the bytes
        CloseAtOnce,  ///< reads the request, closes
        Silent        ///< reads the request and says nothing until the test is over
    };

    explicit Backend(std::string bytes, Manner manner = Manner::Answer);
    ~Backend();

    std::string url(const std::string& path = "/") const;
    /// The heads and bodies of the requests so far.
    std::vector<std::string> requests() const;

private:
    void serve();

    std::string bytes_;
    Manner manner_;
    Poco::Net::ServerSocket listener_;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

/// An answer with that status line and body.
std::string answer(const std::string& status, const std::string& body = "ok");

/// A URL at which nobody listens.
std::string deadUrl();

}  // namespace myelin::endpoints::test
