#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/redis/connection.hpp"
#include "engine/runtime/background.hpp"
#include "engine/runtime/sync.hpp"

namespace myelin::redis {

/// Commands to one server that may be away. A few connections for each worker, opened when they are needed. After a
/// failure the server counts as away: from then on every call fails at once, until a periodic task of the background
/// thread has written something to it. Any thread; waits in fibers, and blocks outside them.
class Client : public std::enable_shared_from_this<Client> {
public:
    struct Options {
        Server server;
        base::Milliseconds wait{100};  ///< a call takes no longer, whatever its own deadline is
        std::string probeKey;          ///< is written, for a second, to see whether the server is back
        base::Milliseconds probePeriod{500};
    };
    /// The server went away, or came back. Called by whoever found out, once a change.
    using Changed = std::function<void(bool available, const std::string& why)>;

    Client(Options options, Changed changed);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// As many answers as asked for, none of them an error; nothing at all when the server is, or thereby went, away.
    /// The commands may be sent twice, so each has to mean the same the second time.
    std::vector<Reply> call(std::string_view commands, std::size_t count, runtime::Deadline deadline);

    bool available() const noexcept { return available_.load(std::memory_order_acquire); }
    /// What the server said before this may be forgotten: it was away, or has ended a connection (it started again).
    base::TimePoint since() const noexcept;
    const Address& address() const noexcept { return options_.server.address; }

private:
    struct Slot {
        runtime::Mutex busy;
        std::unique_ptr<Connection> connection;
    };
    /// Of one worker.
    struct Pool {
        static constexpr std::size_t kSlots = 4;
        std::array<Slot, kSlots> slots;
        std::atomic<std::size_t> turn{0};
    };
    struct Attempt {
        bool done = false;
        std::string error;
    };

    Pool& pool();
    Slot* take(runtime::Deadline deadline);
    Attempt attempt(Slot& slot,
                    std::string_view commands,
                    std::size_t count,
                    std::vector<Reply>& replies,
                    runtime::Deadline deadline);
    void goAway(unsigned generation, const std::string& why);
    void probe();
    void forgetful();

    const Options options_;
    const Changed changed_;
    const std::uint64_t id_;
    std::atomic<bool> available_{true};
    std::atomic<unsigned> generation_{0};  // of changes
    std::atomic<base::TimePoint::rep> since_{base::TimePoint::min().time_since_epoch().count()};
    std::mutex mutex_;  // guards probing_
    std::unique_ptr<runtime::PeriodicTask> probing_;
    Pool blocking_;  // of threads without a loop
};

}  // namespace myelin::redis
