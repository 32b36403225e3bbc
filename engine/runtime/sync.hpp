#pragma once

#include <atomic>

#include "engine/runtime/fiber.hpp"

namespace myelin::runtime {

/// Fiber-aware event among the fibers of one loop, or among threads: set() releases every waiter, now and later,
/// until reset(). Any thread may call any function.
class Event {
public:
    Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event();

    void set();
    void reset();
    bool isSet() const noexcept;
    /// False when the deadline passed first.
    bool wait(Deadline deadline);

private:
    struct Implementation;
    Implementation* self_;
};

/// Fiber-aware mutual exclusion: a fiber that waits does not block its thread. Any thread may lock; the holder may
/// suspend. First come, first served. Meets BasicLockable.
class Mutex {
public:
    Mutex();
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex();

    void lock();
    bool tryLock();
    bool lockUntil(Deadline deadline);
    void unlock();

private:
    struct Implementation;
    Implementation* self_;
};

}  // namespace myelin::runtime
