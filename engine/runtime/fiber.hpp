#pragma once

#include <cstddef>

#include "engine/base/function.hpp"
#include "engine/runtime/deadline.hpp"

/// Stackful fibers. A fiber belongs to the loop that started it and never leaves its thread. Code that runs in one is
/// plain sequential C++; when it waits, the loop goes on with other fibers. Outside a fiber the same waits block the
/// thread, so the same code runs in a unit test and in a thread of a foreign server.
namespace myelin::runtime {

class Loop;

/// True when the caller runs in a fiber, that is, when a wait suspends instead of blocking.
bool inFiber() noexcept;

/// A place where one waiter waits for one notification, on one thread or from another. The building brick of every
/// wait in the runtime; users want Event, Mutex, Stream or sleepUntil().
///
/// In a fiber: notify() may be called on the loop's thread only; use Loop::post from elsewhere.
/// Outside a fiber: notify() may be called from any thread.
class WaitPoint {
public:
    enum class Wake { Notified, TimedOut };

    WaitPoint();
    WaitPoint(const WaitPoint&) = delete;
    WaitPoint& operator=(const WaitPoint&) = delete;
    ~WaitPoint();

    /// Waits until notify() or the deadline. A notify() that came first is not lost: the next wait() takes it.
    Wake wait(Deadline deadline);
    void notify();

private:
    struct Blocking;
    void* fiber_ = nullptr;         // who waits here, when in a fiber
    Blocking* blocking_ = nullptr;  // made on first use outside a fiber
    bool notified_ = false;
};

/// Lets others run, or passes the time.
void sleepUntil(Deadline deadline);
void sleepFor(Duration duration);

/// Law 2 (engine/README.md): across a suspension hold no std::mutex, no iterator into a shared table, nothing of
/// OpenSSL's error queue. While one of these lives, suspending aborts with the given reason.
class NoSuspension {
public:
    explicit NoSuspension(const char* why) noexcept;
    NoSuspension(const NoSuspension&) = delete;
    NoSuspension& operator=(const NoSuspension&) = delete;
    ~NoSuspension();

private:
    const char* previous_;
};

/// Usable bytes of each fiber's stack (law 4). Below it lies a guard page; running into it prints
/// "fiber stack overflow" with the fiber's stack bounds before the process dies.
constexpr std::size_t kFiberStackSize = 128 * 1024;

}  // namespace myelin::runtime
