#include "engine/runtime/fiber.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/assert.hpp"
#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

bool inFiber() noexcept {
    return tLoopCore != nullptr && tLoopCore->current != nullptr;
}

struct WaitPoint::Blocking {
    std::mutex mutex;
    std::condition_variable condition;
};

// On a loop's thread only fibers can wait, so the thread's means of waiting are made elsewhere only.
WaitPoint::WaitPoint() : blocking_(tLoopCore == nullptr ? new Blocking : nullptr) {}
WaitPoint::~WaitPoint() {
    delete blocking_;
}

WaitPoint::Wake WaitPoint::wait(Deadline deadline) {
    if (LoopCore* core = tLoopCore) {
        MYELIN_ASSERT(core->current != nullptr, "a wait on the loop, outside its fibers, would stop them all");
        MYELIN_ASSERT(fiber_ == nullptr, "two fibers wait at one point");
        if (!notified_) {
            if (deadline.expired(core->now)) return Wake::TimedOut;
            fiber_ = core->current;
            core->suspendUntil(deadline);
            fiber_ = nullptr;
        }
        return std::exchange(notified_, false) ? Wake::Notified : Wake::TimedOut;
    }
    MYELIN_ASSERT(blocking_ != nullptr, "a wait outside a fiber at a point that was made in a loop");
    std::unique_lock lock(blocking_->mutex);
    const auto notified = [this] { return notified_; };
    if (deadline.isNever()) {
        blocking_->condition.wait(lock, notified);
    } else {
        blocking_->condition.wait_until(lock, deadline.when(), notified);
    }
    return std::exchange(notified_, false) ? Wake::Notified : Wake::TimedOut;
}

void WaitPoint::notify() {
    Fiber* fiber = nullptr;
    if (blocking_ != nullptr) {
        // All under the lock: as soon as it is free, the waiter may be gone, and this with it.
        const std::lock_guard lock(blocking_->mutex);
        notified_ = true;
        fiber = static_cast<Fiber*>(fiber_);
        blocking_->condition.notify_one();
    } else {
        notified_ = true;
        fiber = static_cast<Fiber*>(fiber_);
    }
    if (fiber == nullptr) return;
    MYELIN_ASSERT(fiber->loop == tLoopCore, "a fiber is notified from another thread than its loop's: use Loop::post");
    fiber->loop->makeReady(*fiber);
}

void sleepFor(Duration duration) {
    const bool simulated = tLoopCore != nullptr && tLoopCore->options.virtualTime;
    sleepUntil(Deadline::after(duration, simulated ? tLoopCore->now : Clock::now()));
}

void sleepUntil(Deadline deadline) {
    if (LoopCore* core = tLoopCore) {
        MYELIN_ASSERT(core->current != nullptr, "a sleep on the loop, outside its fibers, would stop them all");
        if (deadline.expired(core->now)) {
            core->yield();
        } else {
            core->suspendUntil(deadline);
        }
    } else if (deadline.isNever()) {
        for (;;) std::this_thread::sleep_for(std::chrono::hours(24));
    } else {
        std::this_thread::sleep_until(deadline.when());
    }
}

}  // namespace myelin::runtime
