#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "endpoints/operations.hpp"

namespace myelin::cli {

/// What `myelin endpoint` talks to: a Unix-domain socket that only the user of the process, and root, may use. One
/// request a connection, a line of at most 4096 bytes: "list", "list json", "off NAME", "on NAME". The answer is a line
/// "ok LENGTH" or "error LENGTH", then a text of so many bytes. Has a thread of its own, so that it answers whatever
/// the workers do. A client that says or takes nothing is given two seconds; of more than kMostClients the one that has
/// been silent for longest goes.
class ControlServer {
public:
    static constexpr std::size_t kMostClients = 32;

    /// Takes the place of a socket that nobody listens on any more. Throws std::runtime_error for people.
    ControlServer(std::string path, endpoints::Operations& operations);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

private:
    class Client;
    using Clients = std::list<Client>;

    void serve();
    void advance(Clients& clients, const std::vector<pollfd>& polled) const;
    /// False when none can be had for now.
    bool acceptAll(Clients& clients) const;

    std::string path_;
    dev_t device_ = 0;  // of the socket there, which another process may have replaced
    ino_t inode_ = 0;
    endpoints::Operations& operations_;
    int listener_ = -1;
    int stop_ = -1;  // an eventfd
    std::thread thread_;
};

struct ControlAnswer {
    bool done = false;
    std::string text;
};

/// Asks the process behind that socket. Throws std::runtime_error when there is none, or when the answer is cut short.
ControlAnswer askControl(const std::string& path, const std::string& request);

}  // namespace myelin::cli
