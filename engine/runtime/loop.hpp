#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/function.hpp"
#include "engine/runtime/deadline.hpp"
#include "engine/runtime/timers.hpp"

namespace myelin::runtime {

class Loop;
struct LoopCore;

using Task = base::UniqueFunction<void()>;

/// A descriptor registered once, edge-triggered, for reading and writing (epoll); readiness is remembered here in user
/// space. At most one waiter a direction. When it becomes readable (or is hung up) while nobody waits for reading,
/// `onIdleReadable` is called on the loop, outside any fiber: that is how an idle connection exists without a fiber.
/// The callback may come again for what was announced before, and may destroy the watch or any other.
/// Belongs to the loop's thread. A loop that ends detaches the watches it still has.
class IoWatch {
public:
    using IdleCallback = void (*)(IoWatch&, void* owner);

    IoWatch() = default;
    IoWatch(const IoWatch&) = delete;
    IoWatch& operator=(const IoWatch&) = delete;
    ~IoWatch() { detach(); }

    /// Registers `descriptor` with the loop. Throws std::system_error when epoll refuses.
    void attach(Loop& loop, int descriptor, IdleCallback onIdleReadable = nullptr, void* owner = nullptr);
    /// To be called before the descriptor is closed. Whoever waits here wakes up as if it were ready.
    void detach() noexcept;
    bool attached() const noexcept { return loop_ != nullptr; }
    void setIdleCallback(IdleCallback onIdleReadable, void* owner) noexcept {
        onIdleReadable_ = onIdleReadable;
        owner_ = owner;
    }

    /// False when the deadline passed first. Must be called in a fiber of the loop.
    bool waitReadable(Deadline deadline);
    bool waitWritable(Deadline deadline);

    /// What epoll last said, less what the caller has used up since.
    bool readable() const noexcept { return readable_; }
    bool writable() const noexcept { return writable_; }
    /// The peer has ended its side, or the connection is broken. The end has still to be read.
    bool hungUp() const noexcept { return hungUp_; }
    /// The caller saw EAGAIN or a short read: nothing is there until the next edge.
    void clearReadable() noexcept { readable_ = false; }
    void clearWritable() noexcept { writable_ = false; }

private:
    friend struct LoopCore;
    bool wait(void*& waiter, const bool& ready, Deadline deadline);

    LoopCore* loop_ = nullptr;
    IoWatch* next_ = nullptr;  // among the watches of the loop
    IoWatch* previous_ = nullptr;
    void* readWaiter_ = nullptr;  // the fiber that waits
    void* writeWaiter_ = nullptr;
    IdleCallback onIdleReadable_ = nullptr;
    void* owner_ = nullptr;
    int descriptor_ = -1;
    bool readable_ = false;
    bool writable_ = false;
    bool hungUp_ = false;
};

/// One epoll loop, one thread, many fibers.
class Loop {
public:
    struct Options {
        /// Spin this long before blocking in epoll_wait when the last turns were busy; zero switches it off.
        std::chrono::microseconds busyPoll{0};
        /// Time passes only when every fiber waits, and then jumps to the next timer; there is no network. See
        /// VirtualLoop.
        bool virtualTime = false;
    };

    Loop();
    explicit Loop(Options options);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// The loop that runs on this thread; nullptr elsewhere.
    static Loop* current() noexcept;

    /// Runs on the calling thread until stop(); may be called again. Fibers that still exist then are abandoned (their
    /// destructors never run) by the loop's destructor, so let them end first.
    void run();
    /// Ends run() after the current turn, or the next run() at once. Any thread, but no signal handler.
    void stop();

    /// Starts a fiber that runs `task`; on this loop's thread only, or before run(). The task starts at once when
    /// called from the loop itself, and at the end of the current turn when called from a fiber. A task must not throw:
    /// what escapes it aborts the process with the exception's text. Throws std::runtime_error when there is no memory
    /// for a stack.
    void spawn(Task task);
    /// Runs `task` on the loop, outside a fiber: from any thread. It must not throw or wait either.
    void post(Task task);
    /// Runs `task` in a fiber of the loop: from any thread.
    void postFiber(Task task);

    /// The coarse clock: read once a turn of the loop.
    TimePoint now() const noexcept;
    TimerWheel& timers() noexcept;
    std::size_t fibersRunning() const noexcept;

private:
    friend class IoWatch;
    friend class VirtualLoop;
    std::unique_ptr<LoopCore> core_;
};

/// The coarse clock of the current loop, or the precise one outside a loop.
TimePoint now() noexcept;

}  // namespace myelin::runtime
