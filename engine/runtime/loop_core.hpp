#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "engine/runtime/fiber_stack.hpp"
#include "engine/runtime/loop.hpp"

/// What is behind Loop, for the other files of the runtime. Internal to the runtime.
namespace myelin::runtime {

/// First in, first out, linked through the fibers.
class FiberQueue {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    void push(Fiber* fiber) noexcept {
        fiber->next = nullptr;
        fiber->queued = true;
        *(first_ == nullptr ? &first_ : &last_->next) = fiber;
        last_ = fiber;
    }
    Fiber* pop() noexcept {
        Fiber* fiber = first_;
        first_ = fiber->next;
        fiber->queued = false;
        return fiber;
    }
    /// Takes over all of `other`, behind what is here.
    void append(FiberQueue& other) noexcept {
        if (other.empty()) return;
        *(first_ == nullptr ? &first_ : &last_->next) = other.first_;
        last_ = other.last_;
        other.first_ = nullptr;
    }

private:
    Fiber* first_ = nullptr;
    Fiber* last_ = nullptr;
};

class SimulatedNetwork;

struct LoopCore {
    LoopCore(Loop& loop, Loop::Options settings);
    LoopCore(const LoopCore&) = delete;
    LoopCore& operator=(const LoopCore&) = delete;
    ~LoopCore();

    void run();
    void spawn(Task task);
    void mail(Task task, bool asFiber);
    void stop();

    /// Runs `fiber` until it suspends or ends; from the loop only.
    void resume(Fiber& fiber);
    /// Lets `fiber` run later in this turn. From the loop or any of its fibers; once is enough.
    void makeReady(Fiber& fiber) noexcept {
        if (!fiber.queued) ready.push(&fiber);
    }
    /// Leaves the running fiber until somebody makes it ready or resumes it.
    void suspend() { switchContext(*current, main); }
    /// The same with a deadline; true when the deadline ended the wait.
    bool suspendUntil(Deadline deadline);
    /// Leaves the running fiber until the next turn.
    void yield() {
        yielded.push(current);
        suspend();
    }

    void link(IoWatch& watch) noexcept;
    void unlink(IoWatch& watch) noexcept;

    Loop& owner;
    const Loop::Options options;
    int epoll = -1;
    int wakeUp = -1;  // eventfd
    TimePoint now;
    FiberPool pool;  // goes after the wheel, into which timers on abandoned stacks are linked
    TimerWheel timers{now};

    Fiber* current = nullptr;  // nullptr while the loop itself runs
    Context main;
    FiberQueue ready;
    FiberQueue yielded;
    std::size_t running = 0;

    SimulatedNetwork* network = nullptr;  // instead of the real one
    std::size_t outside = 0;              // fibers that wait for what another thread does for them

private:
    struct Mail {
        Task task;
        bool asFiber;
    };
    // Enough that one epoll_wait is shared by many connections under load; more adds only latency.
    static constexpr int kBatch = 256;
    // Fibers that wake each other must not keep the loop from the network for ever.
    static constexpr int kResumesPerTurn = 1024;

    [[noreturn]] static void fiberMain(boost::context::detail::transfer_t arrival);
    static void trimPool(Timer& timer);
    void takeTurn() noexcept;
    bool takeVirtualTurn() noexcept;
    void waitForMail() noexcept;
    int waitForEvents(bool mayBlock);
    int blockingTimeout() const noexcept;
    void dispatch(int count);
    void dispatchOne(const epoll_event& event);
    void readMail();
    void runReady();

    struct TrimTimer : Timer {
        explicit TrimTimer(LoopCore& core) : Timer(&LoopCore::trimPool), loop(core) {}
        LoopCore& loop;
    } trimTimer_{*this};

    IoWatch* watches_ = nullptr;
    epoll_event events_[kBatch];
    int eventAt_ = 0;
    int eventCount_ = 0;
    bool spinPays_ = false;

    std::mutex mailMutex_;
    std::vector<Mail> mail_;  // guarded by mailMutex_
    std::vector<Mail> opened_;
    std::atomic<bool> hasMail_{false};
    std::atomic<bool> sleeping_{false};
    std::atomic<bool> stopping_{false};
};

/// The core of the loop that runs on this thread.
inline constinit thread_local LoopCore* tLoopCore = nullptr;

}  // namespace myelin::runtime
