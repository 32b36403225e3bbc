#include <cerrno>
#include <system_error>

#include "engine/base/assert.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

void IoWatch::attach(Loop& loop, int descriptor, IdleCallback onIdleReadable, void* owner) {
    detach();
    readable_ = writable_ = hungUp_ = false;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = this;
    LoopCore& core = *loop.core_;
    if (::epoll_ctl(core.epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor: epoll_ctl");
    descriptor_ = descriptor;
    loop_ = &core;
    setIdleCallback(onIdleReadable, owner);
    core.link(*this);
}

void IoWatch::detach() noexcept {
    if (loop_ == nullptr) return;
    LoopCore& core = *loop_;
    // Closing the descriptor would do, but not when a forked child still has it: then events would come for a watch
    // that is no more.
    ::epoll_ctl(core.epoll, EPOLL_CTL_DEL, descriptor_, nullptr);
    core.unlink(*this);
    loop_ = nullptr;
    descriptor_ = -1;
    readable_ = writable_ = hungUp_ = true;
    for (void* waiter : {readWaiter_, writeWaiter_}) {
        if (waiter != nullptr) core.makeReady(*static_cast<Fiber*>(waiter));
    }
}

bool IoWatch::wait(void*& waiter, const bool& ready, Deadline deadline) {
    if (ready) return true;
    MYELIN_ASSERT(loop_ != nullptr && loop_ == tLoopCore && loop_->current != nullptr,
                  "a wait for a descriptor outside a fiber of its loop");
    MYELIN_ASSERT(waiter == nullptr, "two fibers wait for one direction of one descriptor");
    if (deadline.expired(loop_->now)) return false;
    LoopCore& core = *loop_;
    waiter = core.current;
    core.suspendUntil(deadline);
    waiter = nullptr;
    return ready;
}

bool IoWatch::waitReadable(Deadline deadline) {
    return wait(readWaiter_, readable_, deadline);
}
bool IoWatch::waitWritable(Deadline deadline) {
    return wait(writeWaiter_, writable_, deadline);
}

}  // namespace myelin::runtime
