#include "engine/runtime/loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <typeinfo>

#include "engine/base/assert.hpp"
#include "engine/base/scope_exit.hpp"
#include "engine/runtime/loop_core.hpp"
#include "engine/runtime/overflow_report.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::runtime {

namespace {

[[noreturn]] void abortWith(const char* where, const char* kind, const char* text) noexcept {
    std::fprintf(stderr, "myelin: internal error: an exception left %s: %s: %s\n", where, kind, text);
    std::abort();
}

/// Calls a task that must not throw. Its captures are destroyed here too: that may run any code.
void runToEnd(Task& task, const char* where) noexcept {
    try {
        task();
        task = Task();
    } catch (const std::exception& e) {
        abortWith(where, typeid(e).name(), e.what());
    } catch (...) {
        abortWith(where, "an object that is no std::exception", "no text");
    }
}

}  // namespace

LoopCore::LoopCore(Loop& loop, Loop::Options settings)
    : owner(loop), options(settings), now(settings.virtualTime ? VirtualLoop::kStart : Clock::now()) {
    epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    base::ScopeExit closeEpoll([this] { ::close(epoll); });
    wakeUp = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wakeUp < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    // Edge-triggered: every write is an edge, so it need never be read.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.ptr = nullptr;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) != 0) {
        const int error = errno;
        ::close(wakeUp);
        throw std::system_error(error, std::generic_category(), "epoll_ctl");
    }
    closeEpoll.release();
}

LoopCore::~LoopCore() {
    std::vector<Mail> unread;
    {
        const std::lock_guard lock(mailMutex_);
        unread.swap(mail_);
    }
    unread.clear();
    while (watches_ != nullptr) watches_->detach();
    ::close(wakeUp);
    ::close(epoll);
}

void LoopCore::fiberMain(boost::context::detail::transfer_t arrival) {
    LoopCore& core = *tLoopCore;
    Fiber& self = *core.current;
    arriveOnFreshStack(self, arrival);
    for (;;) {
        runToEnd(self.task, "a fiber's task");
        self.finished = true;
        core.suspend();
    }
}

void LoopCore::resume(Fiber& fiber) {
    current = &fiber;
    switchContext(main, fiber);
    current = nullptr;
    if (!fiber.finished) return;
    --running;
    pool.give(&fiber);
    if (pool.large() && !trimTimer_.armed()) timers.arm(trimTimer_, now + std::chrono::seconds(1));
}

void LoopCore::trimPool(Timer& timer) {
    LoopCore& self = static_cast<TrimTimer&>(timer).loop;
    self.pool.trim();
    if (self.pool.large()) self.timers.arm(timer, self.now + std::chrono::seconds(1));
}

void LoopCore::spawn(Task task) {
    MYELIN_ASSERT(tLoopCore == this || tLoopCore == nullptr, "spawn on another loop: use Loop::postFiber");
    Fiber* fiber = pool.take(*this, &LoopCore::fiberMain);
    fiber->task = std::move(task);
    ++running;
    if (current == nullptr && tLoopCore == this) {
        resume(*fiber);
    } else {
        ready.push(fiber);
    }
}

bool LoopCore::suspendUntil(Deadline deadline) {
    if (deadline.isNever()) {
        suspend();
        return false;
    }
    struct WakeTimer : Timer {
        explicit WakeTimer(Fiber& f)
            : Timer([](Timer& timer) {
                  auto& self = static_cast<WakeTimer&>(timer);
                  if (self.fiber.queued) return;  // notified in this very turn: that came first
                  self.fired = true;
                  self.fiber.loop->ready.push(&self.fiber);
              }),
              fiber(f) {}
        Fiber& fiber;
        bool fired = false;
    } timer(*current);
    timers.arm(timer, deadline.when());
    suspend();
    return timer.fired;
}

void LoopCore::mail(Task task, bool asFiber) {
    // The wake-up too happens under the lock: the letter may be the one that ends the loop, which then waits for the
    // lock before it closes anything.
    const std::lock_guard lock(mailMutex_);
    mail_.push_back({std::move(task), asFiber});
    hasMail_.store(true);
    if (!sleeping_.load() || !sleeping_.exchange(false)) return;
    const std::uint64_t one = 1;
    // Cannot fail: the counter would have to reach 2^64.
    [[maybe_unused]] const auto written = ::write(wakeUp, &one, sizeof one);
}

void LoopCore::stop() {
    stopping_.store(true);
    mail(Task([] {}), false);
}

void LoopCore::readMail() {
    if (!hasMail_.load(std::memory_order_acquire)) return;
    {
        const std::lock_guard lock(mailMutex_);
        opened_.swap(mail_);
        hasMail_.store(false, std::memory_order_relaxed);
    }
    for (Mail& letter : opened_) {
        if (letter.asFiber) {
            spawn(std::move(letter.task));
        } else {
            runToEnd(letter.task, "a posted task");
        }
    }
    opened_.clear();
}

void LoopCore::runReady() {
    for (int i = 0; i < kResumesPerTurn && !ready.empty(); ++i) resume(*ready.pop());
    ready.append(yielded);
}

int LoopCore::blockingTimeout() const noexcept {
    const TimePoint next = timers.nextExpiry();
    if (next == TimePoint::max()) return -1;
    if (next <= now) return 0;
    const auto rounded = std::chrono::ceil<Milliseconds>(next - now).count();
    return rounded > INT_MAX ? INT_MAX : static_cast<int>(rounded);
}

int LoopCore::waitForEvents(bool mayBlock) {
    if (!mayBlock || hasMail_.load(std::memory_order_acquire)) return ::epoll_wait(epoll, events_, kBatch, 0);
    const bool spinning = options.busyPoll.count() > 0;
    const TimePoint begin = now;
    if (spinning && spinPays_) {
        const TimePoint end = begin + options.busyPoll;
        for (TimePoint at = begin; at < end && at < timers.nextExpiry(); at = Clock::now()) {
            const int count = ::epoll_wait(epoll, events_, kBatch, 0);
            if (count != 0 || hasMail_.load(std::memory_order_acquire)) return count;
        }
        now = Clock::now();
    }
    // Whoever posts from here on sees that a wake-up is needed; whoever posted before is seen here. Both sides are
    // sequentially consistent, so at least one of them notices.
    sleeping_.store(true);
    const int timeout = hasMail_.load() ? 0 : blockingTimeout();
    const int count = ::epoll_wait(epoll, events_, kBatch, timeout);
    sleeping_.store(false, std::memory_order_relaxed);
    // Spinning pays while what is waited for comes about as fast as one is ready to spin.
    if (spinning) spinPays_ = count > 0 && Clock::now() - begin < 2 * options.busyPoll;
    return count;
}

void LoopCore::dispatchOne(const epoll_event& event) {
    if (event.data.ptr == nullptr) return;  // the wake-up, or a watch detached since epoll_wait
    IoWatch& watch = *static_cast<IoWatch*>(event.data.ptr);
    constexpr std::uint32_t kBroken = EPOLLHUP | EPOLLERR;
    const bool in = (event.events & (EPOLLIN | EPOLLRDHUP | kBroken)) != 0;
    if ((event.events & (EPOLLRDHUP | kBroken)) != 0) watch.hungUp_ = true;
    if ((event.events & (EPOLLOUT | kBroken)) != 0) {
        watch.writable_ = true;
        if (watch.writeWaiter_ != nullptr) makeReady(*static_cast<Fiber*>(watch.writeWaiter_));
    }
    if (!in) return;
    watch.readable_ = true;
    // From here on the watch may be gone: what runs now may destroy it.
    if (watch.readWaiter_ != nullptr) {
        auto& fiber = *static_cast<Fiber*>(watch.readWaiter_);
        if (!fiber.queued) resume(fiber);
    } else if (watch.onIdleReadable_ != nullptr) {
        watch.onIdleReadable_(watch, watch.owner_);
    }
}

void LoopCore::dispatch(int count) {
    eventCount_ = count;
    for (eventAt_ = 0; eventAt_ < eventCount_; ++eventAt_) dispatchOne(events_[eventAt_]);
    eventCount_ = 0;
}

void LoopCore::takeTurn() noexcept {
    const int count = waitForEvents(ready.empty());
    MYELIN_ASSERT(count >= 0 || errno == EINTR, "epoll_wait failed");
    now = Clock::now();
    dispatch(count);
    timers.advance(now);
    readMail();
    runReady();
}

void LoopCore::waitForMail() noexcept {
    sleeping_.store(true);
    if (!hasMail_.load()) ::epoll_wait(epoll, events_, kBatch, -1);
    sleeping_.store(false, std::memory_order_relaxed);
}

/// False when nothing can happen any more.
bool LoopCore::takeVirtualTurn() noexcept {
    readMail();
    runReady();
    if (!ready.empty() || hasMail_.load(std::memory_order_acquire)) return true;
    if (outside != 0) {
        // What other threads do takes no time here, so that the result does not depend on how fast they are.
        waitForMail();
        return true;
    }
    const TimePoint next = timers.nextExpiry();
    if (next == TimePoint::max()) return false;
    now = std::max(now, next);
    timers.advance(now);
    return true;
}

void LoopCore::run() {
    MYELIN_ASSERT(tLoopCore == nullptr, "two loops on one thread");
    tLoopCore = this;
    adoptThread(main);
    const OverflowReport overflowReport;
    const base::ScopeExit leave([] { tLoopCore = nullptr; });
    if (options.virtualTime) {
        while (!stopping_.load(std::memory_order_relaxed) && takeVirtualTurn()) continue;
    } else {
        now = Clock::now();
        readMail();
        runReady();
        while (!stopping_.load(std::memory_order_relaxed)) takeTurn();
    }
    stopping_.store(false);
}

void LoopCore::link(IoWatch& watch) noexcept {
    watch.previous_ = nullptr;
    watch.next_ = watches_;
    if (watches_ != nullptr) watches_->previous_ = &watch;
    watches_ = &watch;
}

void LoopCore::unlink(IoWatch& watch) noexcept {
    (watch.previous_ != nullptr ? watch.previous_->next_ : watches_) = watch.next_;
    if (watch.next_ != nullptr) watch.next_->previous_ = watch.previous_;
    for (int i = eventAt_; i < eventCount_; ++i) {
        if (events_[i].data.ptr == &watch) events_[i].data.ptr = nullptr;
    }
}

Loop::Loop() : Loop(Options{}) {}
Loop::Loop(Options options) : core_(std::make_unique<LoopCore>(*this, options)) {}
Loop::~Loop() = default;

Loop* Loop::current() noexcept {
    return tLoopCore == nullptr ? nullptr : &tLoopCore->owner;
}
void Loop::run() {
    core_->run();
}
void Loop::stop() {
    core_->stop();
}
void Loop::spawn(Task task) {
    core_->spawn(std::move(task));
}
void Loop::post(Task task) {
    core_->mail(std::move(task), false);
}
void Loop::postFiber(Task task) {
    core_->mail(std::move(task), true);
}
TimePoint Loop::now() const noexcept {
    return core_->now;
}
TimerWheel& Loop::timers() noexcept {
    return core_->timers;
}
std::size_t Loop::fibersRunning() const noexcept {
    return core_->running;
}

TimePoint now() noexcept {
    return tLoopCore == nullptr ? Clock::now() : tLoopCore->now;
}

}  // namespace myelin::runtime
