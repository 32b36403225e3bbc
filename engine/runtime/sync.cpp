#include "engine/runtime/sync.hpp"

#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

namespace detail {

struct Waiter {
    LoopCore* const loop = tLoopCore;  // nullptr outside a loop
    WaitPoint point;
    bool chosen = false;  // taken off the list: a notification is on its way
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
};

void WaiterList::push(Waiter& waiter) noexcept {
    waiter.previous = last_;
    (last_ != nullptr ? last_->next : first_) = &waiter;
    last_ = &waiter;
}

void WaiterList::remove(Waiter& waiter) noexcept {
    (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
    (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
}

bool WaiterList::wakeFirst() {
    if (first_ == nullptr) return false;
    Waiter& waiter = *first_;
    remove(waiter);
    waiter.chosen = true;
    if (waiter.loop == nullptr || waiter.loop == tLoopCore) {
        waiter.point.notify();
    } else {
        waiter.loop->mail([&waiter] { waiter.point.notify(); }, false);
    }
    return true;
}

namespace {

/// Waits in the list; true when chosen. Called with the owner's mutex held, returns with it released. After that the
/// waker, which holds the mutex while it wakes, is done with the owner: it may be destroyed.
bool waitInList(std::unique_lock<std::mutex>& lock, WaiterList& list, Deadline deadline) {
    Waiter self;
    list.push(self);
    lock.unlock();
    const bool notified = self.point.wait(deadline) == WaitPoint::Wake::Notified;
    lock.lock();
    const bool chosen = self.chosen;
    if (!chosen) list.remove(self);
    lock.unlock();
    // Chosen in the moment the deadline passed: the notification under way still refers to this frame.
    if (chosen && !notified) self.point.wait(Deadline::never());
    return chosen;
}

}  // namespace

}  // namespace detail

void Event::set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    while (waiters_.wakeFirst()) continue;
}

void Event::reset() {
    const std::lock_guard lock(mutex_);
    set_ = false;
}

bool Event::isSet() const {
    const std::lock_guard lock(mutex_);
    return set_;
}

bool Event::wait(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return set_ || detail::waitInList(lock, waiters_, deadline);
}

bool Mutex::tryLock() {
    const std::lock_guard lock(mutex_);
    if (locked_) return false;
    locked_ = true;
    return true;
}

bool Mutex::lockUntil(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (!locked_) {
        locked_ = true;
        return true;
    }
    return detail::waitInList(lock, waiters_, deadline);
}

void Mutex::unlock() {
    const std::lock_guard lock(mutex_);
    // Handed over to the first waiter without ever being free, so that nobody can push in.
    locked_ = waiters_.wakeFirst();
}

}  // namespace myelin::runtime
