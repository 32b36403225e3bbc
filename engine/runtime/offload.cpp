#include "engine/runtime/offload.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

struct BlockingPool::Implementation {
    Implementation(std::size_t most, std::size_t limit) : maximumThreads(most), queueLimit(limit) {}

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            ++idle;
            wake.wait(lock, [this] { return ending || !queue.empty(); });
            --idle;
            if (ending) return;
            base::UniqueFunction<void()> job = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            job();
            job = {};  // what it holds must not be destroyed under the lock
            lock.lock();
        }
    }

    /// Under the lock. Signals are for the threads of the program that wait for them.
    bool startThread() {
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        bool started = true;
        try {
            threads.emplace_back([this] { work(); });
            ::pthread_setname_np(threads.back().native_handle(), "myelin-blocking");
        } catch (const std::system_error&) {
            started = false;  // the caller decides whether the threads there are will do
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return started;
    }

    const std::size_t maximumThreads;
    const std::size_t queueLimit;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<base::UniqueFunction<void()>> queue;  // these five guarded by mutex
    std::vector<std::thread> threads;
    std::size_t idle = 0;
    bool ending = false;
};

BlockingPool::BlockingPool(std::size_t threads, std::size_t queueLimit)
    : self_(std::make_unique<Implementation>(threads, queueLimit)) {}

BlockingPool::~BlockingPool() {
    {
        const std::lock_guard lock(self_->mutex);
        self_->ending = true;
    }
    self_->wake.notify_all();
    for (std::thread& thread : self_->threads) thread.join();
}

BlockingPool& BlockingPool::instance() {
    // Never destroyed: at exit a job may hang in a name look-up for half a minute.
    static BlockingPool& pool = *new BlockingPool(4, 256);
    return pool;
}

bool BlockingPool::submit(base::UniqueFunction<void()> job) {
    const std::lock_guard lock(self_->mutex);
    if (self_->queue.size() >= self_->queueLimit) return false;
    if (self_->idle <= self_->queue.size() && self_->threads.size() < self_->maximumThreads && !self_->startThread() &&
        self_->threads.empty()) {
        return false;
    }
    self_->queue.push_back(std::move(job));
    self_->wake.notify_one();
    return true;
}

namespace detail {

void runOnPool(BlockingPool& pool, base::UniqueFunction<void()> job) {
    WaitPoint ended;
    LoopCore* const core = tLoopCore;
    Loop* const loop = core == nullptr ? nullptr : &core->owner;
    const bool taken = pool.submit([&job, &ended, loop] {
        job();
        if (loop == nullptr) {
            ended.notify();
        } else {
            loop->post([&ended] { ended.notify(); });
        }
    });
    if (!taken) throw BlockingPoolFull();
    if (core != nullptr) ++core->outside;
    ended.wait(Deadline::never());
    if (core != nullptr) --core->outside;
}

}  // namespace detail

}  // namespace myelin::runtime
