#pragma once

#include <cstddef>
#include <vector>

#include "engine/runtime/fiber.hpp"
#include "engine/runtime/fiber_switch.hpp"
#include "engine/runtime/loop.hpp"

/// Fibers and where they live. Internal to the runtime.
namespace myelin::runtime {

struct LoopCore;

/// A fiber's control block. It lies at the top of the fiber's own stack, so starting a fiber allocates nothing, and it
/// outlives the task: a finished fiber waits in the pool for the next one, its context still standing in its main loop.
struct Fiber : Context {
    LoopCore* loop = nullptr;
    Fiber* next = nullptr;  // in the ready queue
    bool queued = false;    // in the ready queue: whoever else wants to wake it is late
    bool finished = false;
    Task task;
    std::byte* mapping = nullptr;  // guard zone first, then the usable stack
    std::size_t index = 0;         // place among all fibers of the pool
};

/// The lowest and the one-past-highest byte of something.
struct StackBounds {
    const std::byte* low;
    const std::byte* high;
};
StackBounds usableStack(const Fiber& fiber) noexcept;
StackBounds guardZone(const Fiber& fiber) noexcept;

/// The stacks of one loop, handed out last in, first out, so that the one still warm in the cache is used next.
class FiberPool {
public:
    FiberPool() = default;
    FiberPool(const FiberPool&) = delete;
    FiberPool& operator=(const FiberPool&) = delete;
    /// Unmaps everything, also what is still in use (abandoned fibers).
    ~FiberPool();

    /// A fiber that starts in `main`, or goes on in it after its last task. Throws std::runtime_error when the system
    /// grants no more memory mappings.
    Fiber* take(LoopCore& loop, void (*main)(boost::context::detail::transfer_t));
    void give(Fiber* fiber);

    /// Whether trim() would find something worth giving back to the system.
    bool large() const noexcept { return free_.size() > kKeepAlways; }
    /// Gives back half of the stacks that nobody has needed since the last trim, coldest first. A burst of connections
    /// must not hold its memory for ever.
    void trim();
    std::size_t mapped() const noexcept { return all_.size(); }

private:
    static constexpr std::size_t kKeepAlways = 16;
    static constexpr std::size_t kKeepAtMost = 512;

    void unmap(Fiber* fiber);

    std::vector<Fiber*> free_;
    std::vector<Fiber*> all_;  // a fiber's place in it is Fiber::index
    std::size_t leastFree_ = 0;
};

}  // namespace myelin::runtime
