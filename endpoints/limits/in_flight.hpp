#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// How many messages an endpoint may have under way, and who waits beyond that: <limit>.
struct InFlightLimit {
    std::uint32_t most = 0;         ///< under way at the same time
    std::uint32_t queue = 0;        ///< so many more may wait for a place
    runtime::Milliseconds wait{0};  ///< and for no longer than that
    friend bool operator==(const InFlightLimit&, const InFlightLimit&) = default;
};

/// A place among the messages that an endpoint has under way; given back when the last copy goes. Null: none.
using InFlightPlace = std::shared_ptr<const void>;

class InFlight;

/// Where a message may wait.
struct InFlightQueue {
    std::shared_ptr<InFlight> at;
    InFlightLimit limit;
    std::uint64_t age = 0;  ///< of the limit: InFlight::nextAge()
};

/// What came of waiting.
struct InFlightWait {
    enum class End {
        Granted,
        Full,     ///< there was no room in any queue
        TooLong,  ///< the longest `wait` of the queues, or the deadline, has passed
        GivenUp,  ///< by whoever waits
    };
    End end = End::Full;
    InFlightPlace place;    ///< with Granted
    std::size_t index = 0;  ///< with Granted: of its queue
};

/// The messages that one endpoint has under way, and those that wait, first come first served. Shared by all workers
/// and by successive configurations, each of which brings its own limit: the newest with which a message has come
/// counts for all, also for those that wait already. Any thread.
class InFlight {
public:
    std::uint32_t underWay() const noexcept { return underWay_.load(std::memory_order_relaxed); }
    std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
    /// Whether a newcomer would have to wait: those that wait already come first.
    bool full(std::uint32_t most) const noexcept { return underWay() >= most || waiting() != 0; }

    /// For a limit that is made now: newer ones have higher ages.
    std::uint64_t nextAge() noexcept { return ages_.fetch_add(1, std::memory_order_relaxed) + 1; }

    /// Null when a newcomer has to wait.
    static InFlightPlace enter(const std::shared_ptr<InFlight>& self, std::uint32_t most, std::uint64_t age = 0);
    /// Waits, in a fiber or outside one, for the first place that is free at any of them. The message stands in all of
    /// the queues and takes up room in one of them, so that as many can wait as all of them are long together.
    /// `givenUp` is asked now and then whether there is still a use in it.
    static InFlightWait wait(const std::vector<InFlightQueue>& queues,
                             runtime::Deadline deadline,
                             const std::function<bool()>& givenUp);

private:
    struct Place;
    struct Waiter;
    /// A waiter's stand in one queue; lives with the waiter, linked under the mutex.
    struct Stand {
        Waiter* waiter = nullptr;
        std::size_t index = 0;
        bool linked = false;
        bool takesRoom = false;
        Stand* next = nullptr;
        Stand* previous = nullptr;
    };

    /// Links it, or grants it a place. `room`: whether it still needs room in a queue; false afterwards if it got it.
    void queue(Stand& stand, const InFlightQueue& queue, bool& room);
    /// Under the mutex: what counts from now on, unless it is older than what does.
    void adopt(std::uint32_t most, std::uint64_t age) noexcept;
    /// Under the mutex: places for those that wait, as many as there are.
    void grant() noexcept;
    void unlink(Stand& stand) noexcept;
    void leave(Stand& stand);
    void give() noexcept;

    std::mutex mutex_;  // guards the list and all changes; never held while waiting
    std::atomic<std::uint32_t> underWay_{0};
    std::atomic<std::uint32_t> waiting_{0};
    std::atomic<std::uint64_t> ages_{0};
    std::uint64_t age_ = 0;
    std::uint32_t most_ = 0;
    std::uint32_t roomTaken_ = 0;
    Stand* first_ = nullptr;
    Stand* last_ = nullptr;
};

}  // namespace myelin::endpoints
