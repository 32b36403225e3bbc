#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/redis/address.hpp"
#include "engine/redis/reply.hpp"
#include "engine/runtime/stream.hpp"
#include "engine/runtime/tls.hpp"

namespace myelin::redis {

/// A server, and as whom to speak to it.
struct Server {
    Address address;
    std::string user;  ///< empty: the default one, if there is a password
    std::string password;
    std::shared_ptr<runtime::TlsContext> tls;  ///< for rediss://
};

/// One connection, logged in and on its database. Used by one fiber (or thread) at a time, which waits in it.
class Connection {
public:
    struct Opened {
        std::unique_ptr<Connection> connection;  ///< null when it failed
        std::string error;                       ///< why, for people; never has the password
        bool timedOut = false;
    };
    static Opened open(const Server& server, runtime::Deadline deadline);

    enum class Outcome {
        Done,
        TimedOut,
        Lost,      ///< the server ended the connection before it said anything
        Failed,    ///< anything else; of the connection
        Malformed  ///< that is no Redis server
    };
    /// How long answers may take: the first one until `first`, each further one `pause` after the one before it, and
    /// none beyond `all`.
    struct Pace {
        runtime::Deadline first;
        base::Duration pause;
        runtime::Deadline all;
    };
    /// Sends commands (see command()) and waits for so many answers, each of which is told as it comes. After anything
    /// but Done it must not be used again.
    Outcome call(std::string_view commands,
                 std::size_t count,
                 const std::function<void(Reply&&)>& answered,
                 const Pace& pace);
    /// The same with all answers by one deadline.
    Outcome call(std::string_view commands, std::size_t count, std::vector<Reply>& replies, runtime::Deadline deadline);
    /// Nothing came that nobody asked for, such as the end; and it belongs to the loop that runs here.
    bool usable();

    explicit Connection(std::unique_ptr<runtime::Stream> stream) : stream_(std::move(stream)) {}

private:
    std::unique_ptr<runtime::Stream> stream_;
    ReplyReader reader_;
};

/// For people.
std::string_view toString(Connection::Outcome outcome) noexcept;

}  // namespace myelin::redis
