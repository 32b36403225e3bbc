#include "endpoints/limits/in_flight.hpp"

#include <algorithm>
#include <utility>

#include "engine/runtime/loop.hpp"
#include "engine/runtime/sync.hpp"

namespace myelin::endpoints {

namespace {

/// How often whoever waits is asked whether it still wants to.
constexpr runtime::Milliseconds kAsk{200};

}  // namespace

struct InFlight::Place {
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (at) at->give();
    }

    std::shared_ptr<InFlight> at;  // null as long as it is none
};

/// One message in any number of queues; the first place that is free anywhere is its.
struct InFlight::Waiter {
    /// False when it has a place already, or wants none any more.
    bool claim(std::size_t index) noexcept {
        if (taken.exchange(true, std::memory_order_acq_rel)) return false;
        granted = index;
        return true;
    }

    std::atomic<bool> taken{false};
    std::size_t granted = 0;  // written by who claims, read after `awake`
    runtime::Event awake;
};

InFlightPlace InFlight::enter(const std::shared_ptr<InFlight>& self, std::uint32_t most, std::uint64_t age) {
    if (self->full(most)) return nullptr;
    // Made first: what may throw must not lose a place.
    auto place = std::make_shared<Place>();
    const std::lock_guard lock(self->mutex_);
    self->adopt(most, age);
    if (self->first_ || self->underWay() >= self->most_) return nullptr;
    self->underWay_.fetch_add(1, std::memory_order_relaxed);
    place->at = self;
    return place;
}

void InFlight::give() noexcept {
    const std::lock_guard lock(mutex_);
    underWay_.fetch_sub(1, std::memory_order_relaxed);
    grant();
}

void InFlight::adopt(std::uint32_t most, std::uint64_t age) noexcept {
    if (age < age_) return;
    age_ = age;
    most_ = most;
    grant();
}

void InFlight::grant() noexcept {
    while (first_ && underWay() < most_) {
        Stand& stand = *first_;
        unlink(stand);
        // Those that have a place elsewhere, or have given up, have not come to leave yet.
        if (!stand.waiter->claim(stand.index)) continue;
        underWay_.fetch_add(1, std::memory_order_relaxed);
        stand.waiter->awake.set();
    }
}

void InFlight::queue(Stand& stand, const InFlightQueue& queue, bool& room) {
    const std::lock_guard lock(mutex_);
    adopt(queue.limit.most, queue.age);
    if (!first_ && underWay() < most_) {
        if (!stand.waiter->claim(stand.index)) return;
        underWay_.fetch_add(1, std::memory_order_relaxed);
        stand.waiter->awake.set();
        return;
    }
    stand.takesRoom = room && roomTaken_ < queue.limit.queue;
    if (stand.takesRoom) {
        ++roomTaken_;
        room = false;
    }
    stand.previous = last_;
    (last_ ? last_->next : first_) = &stand;
    last_ = &stand;
    stand.linked = true;
    waiting_.fetch_add(1, std::memory_order_relaxed);
}

void InFlight::unlink(Stand& stand) noexcept {
    (stand.previous ? stand.previous->next : first_) = stand.next;
    (stand.next ? stand.next->previous : last_) = stand.previous;
    stand.linked = false;
    if (stand.takesRoom) --roomTaken_;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void InFlight::leave(Stand& stand) {
    const std::lock_guard lock(mutex_);
    if (stand.linked) unlink(stand);
}

InFlightWait InFlight::wait(const std::vector<InFlightQueue>& queues,
                            runtime::Deadline deadline,
                            const std::function<bool()>& givenUp) {
    InFlightWait result;
    auto place = std::make_shared<Place>();
    Waiter self;
    std::vector<Stand> stands(queues.size());
    runtime::Milliseconds longest{0};
    bool room = true;
    for (std::size_t index = 0; index < queues.size() && !self.taken.load(std::memory_order_acquire); ++index) {
        Stand& stand = stands[index];
        stand.waiter = &self;
        stand.index = index;
        queues[index].at->queue(stand, queues[index], room);
        longest = std::max(longest, queues[index].limit.wait);
    }
    // Without room there is no waiting; what has been granted on the way is taken.
    const auto end = room ? runtime::Deadline::at(runtime::now())
                          : deadline.earlier(runtime::Deadline::after(longest, runtime::now()));
    bool granted = false;
    for (;;) {
        granted = self.awake.wait(end.earlier(runtime::Deadline::after(kAsk, runtime::now())));
        if (granted) break;
        const bool over = end.expired(runtime::now());
        if (!over && !givenUp()) continue;
        result.end = room ? InFlightWait::End::Full : over ? InFlightWait::End::TooLong : InFlightWait::End::GivenUp;
        // In the moment between, a place may have been granted; whoever does it still refers to this frame.
        granted = self.taken.exchange(true, std::memory_order_acq_rel);
        if (granted) self.awake.wait(runtime::Deadline::never());
        break;
    }
    for (std::size_t index = 0; index < queues.size(); ++index) queues[index].at->leave(stands[index]);
    if (!granted) return result;
    result.end = InFlightWait::End::Granted;
    result.index = self.granted;
    place->at = queues[self.granted].at;
    result.place = std::move(place);
    return result;
}

}  // namespace myelin::endpoints
