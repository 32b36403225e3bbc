#include "engine/runtime/fiber_stack.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#ifdef MYELIN_ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef MYELIN_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace myelin::runtime {

namespace {

#if defined(MYELIN_ASAN) || defined(MYELIN_TSAN)
constexpr std::size_t kUsable = 4 * kFiberStackSize;  // sanitizers' frames are several times as large
#else
constexpr std::size_t kUsable = kFiberStackSize;
#endif
// More than a page, so that a function with a large array on its stack cannot step over it into the next fiber's
// stack. Costs address space only.
constexpr std::size_t kGuard = 64 * 1024;
constexpr std::size_t kMapping = kGuard + kUsable;

[[noreturn]] void refuse(const char* call, int error, std::size_t existing) {
    throw std::runtime_error("cannot make a stack for another fiber: " + std::string(call) + ": " +
                             std::strerror(error) + "; this loop has " + std::to_string(existing) +
                             " fibers, each of which takes two memory mappings: lower the connection limit, or raise "
                             "the sysctl vm.max_map_count and the memory limit");
}

std::byte* map(std::size_t existing) {
    void* memory = ::mmap(nullptr, kMapping, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) refuse("mmap", errno, existing);
    auto* bytes = static_cast<std::byte*>(memory);
    if (::mprotect(bytes + kGuard, kUsable, PROT_READ | PROT_WRITE) != 0) {
        const int error = errno;
        ::munmap(memory, kMapping);
        refuse("mprotect", error, existing);
    }
    return bytes;
}

std::size_t usableSize(const Fiber& fiber) noexcept {
    return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&fiber) - (fiber.mapping + kGuard));
}

}  // namespace

StackBounds usableStack(const Fiber& fiber) noexcept {
    return {fiber.mapping + kGuard, reinterpret_cast<const std::byte*>(&fiber)};
}

StackBounds guardZone(const Fiber& fiber) noexcept {
    return {fiber.mapping, fiber.mapping + kGuard};
}

FiberPool::~FiberPool() {
    while (!all_.empty()) unmap(all_.back());
}

Fiber* FiberPool::take(LoopCore& loop, void (*main)(boost::context::detail::transfer_t)) {
    if (!free_.empty()) {
        Fiber* fiber = free_.back();
        free_.pop_back();
        leastFree_ = std::min(leastFree_, free_.size());
        fiber->finished = false;
        return fiber;
    }
    if (all_.size() == all_.capacity()) {
        all_.reserve(std::max<std::size_t>(64, 2 * all_.size()));
        free_.reserve(std::min(all_.capacity(), kKeepAtMost));  // so that give() cannot fail
    }
    std::byte* mapping = map(all_.size());
    constexpr std::size_t kAlignment = 64;
    static_assert(alignof(Fiber) <= kAlignment);
    constexpr std::size_t kTop = kMapping - (sizeof(Fiber) + kAlignment - 1) / kAlignment * kAlignment;
    auto* fiber = ::new (static_cast<void*>(mapping + kTop)) Fiber;
    fiber->loop = &loop;
    fiber->mapping = mapping;
    fiber->index = all_.size();
    fiber->at = boost::context::detail::make_fcontext(fiber, usableSize(*fiber), main);
#ifdef MYELIN_ASAN
    fiber->stackBottom = mapping + kGuard;
    fiber->stackSize = usableSize(*fiber);
#endif
#ifdef MYELIN_TSAN
    fiber->tsanFiber = __tsan_create_fiber(0);
#endif
    all_.push_back(fiber);
    return fiber;
}

void FiberPool::give(Fiber* fiber) {
    if (free_.size() >= kKeepAtMost) {
        unmap(fiber);
    } else {
        free_.push_back(fiber);
    }
}

void FiberPool::trim() {
    const std::size_t spare = free_.size() - std::min(free_.size(), kKeepAlways);
    const std::size_t surplus = std::min((leastFree_ + 1) / 2, spare);
    for (std::size_t i = 0; i < surplus; ++i) unmap(free_[i]);
    free_.erase(free_.begin(), free_.begin() + static_cast<std::ptrdiff_t>(surplus));
    leastFree_ = free_.size();
}

void FiberPool::unmap(Fiber* fiber) {
    all_[fiber->index] = all_.back();
    all_[fiber->index]->index = fiber->index;
    all_.pop_back();
#ifdef MYELIN_TSAN
    __tsan_destroy_fiber(fiber->tsanFiber);
#endif
    std::byte* mapping = fiber->mapping;
    fiber->~Fiber();
#ifdef MYELIN_ASAN
    __asan_unpoison_memory_region(mapping + kGuard, kUsable);
#endif
    ::munmap(mapping, kMapping);
}

}  // namespace myelin::runtime
