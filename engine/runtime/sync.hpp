#pragma once

#include <mutex>

#include "engine/runtime/fiber.hpp"

namespace myelin::runtime {

namespace detail {

struct Waiter;

/// Waiting fibers and threads in the order of their coming. The list is guarded by the owner's mutex; a waiter lies
/// on the stack of whoever waits.
class WaiterList {
public:
    void push(Waiter& waiter) noexcept;
    void remove(Waiter& waiter) noexcept;
    /// Takes the first off and wakes it, on whichever loop or thread it is. False when there is none.
    bool wakeFirst();

private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

}  // namespace detail

/// Fiber-aware event among the fibers of one loop, or among threads: set() releases every waiter, now and later,
/// until reset(). Any thread may call any function. Whoever's wait() has returned may destroy it.
class Event {
public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void set();
    void reset();
    bool isSet() const;
    /// False when the deadline passed first.
    bool wait(Deadline deadline);

private:
    mutable std::mutex mutex_;  // never held across a suspension
    bool set_ = false;
    detail::WaiterList waiters_;
};

/// Fiber-aware mutual exclusion: a fiber that waits does not block its thread. Any thread may lock; the holder may
/// suspend. First come, first served. Meets BasicLockable.
class Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() { lockUntil(Deadline::never()); }
    bool tryLock();
    /// False when the deadline passed first.
    bool lockUntil(Deadline deadline);
    void unlock();

private:
    std::mutex mutex_;  // never held across a suspension
    bool locked_ = false;
    detail::WaiterList waiters_;
};

}  // namespace myelin::runtime
