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
///
/// Calls that find all connections in use wait for their turn, five times `wait` at most; whoever gets a connection
/// then sends the commands of the next ones with its own. Time in that queue is never the server's fault: what counts
/// is how long it says nothing at all while it has something to answer.
class Client : public std::enable_shared_from_this<Client> {
public:
    struct Options {
        Server server;
        base::Milliseconds wait{100};  ///< a server that has said nothing for so long is away
        std::string probeKey;          ///< is written, for a second, to see whether the server is back
        base::Milliseconds probePeriod{500};
    };
    /// The server went away, or came back. Called by whoever found out, once a change.
    using Changed = std::function<void(bool available, const std::string& why)>;

    Client(Options options, Changed changed);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// As many answers as asked for, none of them an error; nothing at all when the server is, or thereby went, away,
    /// or when the call did not get its answers by its deadline or in ten times `wait`, though the server is there.
    /// The commands may be sent twice, so each has to mean the same the second time.
    std::vector<Reply> call(std::string_view commands, std::size_t count, runtime::Deadline deadline);

    bool available() const noexcept { return available_.load(std::memory_order_acquire); }
    /// What the server said before this may be forgotten: it was away, or has ended a connection (it started again).
    base::TimePoint since() const noexcept;
    const Address& address() const noexcept { return options_.server.address; }

private:
    struct Slot;
    /// One call, which others may send. Shared, as its caller may give up first.
    struct Call {
        enum class State { Queued, Leads, Follows, Ended };
        Call(std::string_view text, std::size_t expected) : commands(text), count(expected) {}
        std::string_view commands;  // the caller's, who is there while it is queued
        const std::size_t count;
        std::vector<Reply> replies;   // the leader's until it has ended
        State state = State::Queued;  // guarded by the pool
        Slot* slot = nullptr;         // to lead on; guarded by the pool
        runtime::Event changed;
    };
    /// Of one worker.
    struct Pool;
    struct Attempt {
        bool done = false;
        std::string error;
    };
    using Batch = std::vector<std::shared_ptr<Call>>;

    Pool& pool();
    std::vector<Reply> lead(Pool& pool, Slot& slot, const std::shared_ptr<Call>& call, runtime::Deadline deadline);
    static void end(Pool& pool, Call& call);
    static void passOn(Pool& pool, Slot& slot);
    Attempt attempt(Slot& slot,
                    std::string_view commands,
                    std::size_t count,
                    const std::function<void(Reply&&)>& answered,
                    const Connection::Pace& pace);
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
    const std::unique_ptr<Pool> blocking_;  // of threads without a loop
};

}  // namespace myelin::redis
