#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "endpoints/operations.hpp"

namespace myelin::cli {

/// What `myelin endpoint` talks to: a Unix-domain socket that only the user of the process, and root, may use. One
/// request a connection, a line of at most 4096 bytes: "list", "list json", "off NAME", "on NAME". The answer is a line
/// "ok" or "error", then text, until the connection ends. Has a thread of its own, so that it answers whatever the
/// workers do; a client that says nothing is given two seconds.
class ControlServer {
public:
    /// Takes the place of a socket that nobody listens on any more. Throws std::runtime_error for people.
    ControlServer(std::string path, endpoints::Operations& operations);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

    /// The answer to one request, for tests too.
    static std::string answerTo(const std::string& request, endpoints::Operations& operations);

private:
    void serve();
    void serveOne(int client);

    std::string path_;
    endpoints::Operations& operations_;
    int listener_ = -1;
    int stop_ = -1;  // an eventfd
    std::thread thread_;
};

/// Asks the process behind that socket. Throws std::runtime_error when there is none.
std::string askControl(const std::string& path, const std::string& request);

}  // namespace myelin::cli
