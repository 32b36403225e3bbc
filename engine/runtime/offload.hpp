#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "engine/base/function.hpp"
#include "engine/runtime/deadline.hpp"
#include "engine/runtime/fiber.hpp"

namespace myelin::runtime {

/// The pool's queue is full: the caller faults instead of queueing for ever.
class BlockingPoolFull : public std::runtime_error {
public:
    BlockingPoolFull() : std::runtime_error("the pool for blocking work is full") {}
};

/// Threads for work that blocks or recurses without bound (law 3): name look-ups, XSLT, schemas, SQL. One a process.
/// The queue is bounded.
class BlockingPool {
public:
    BlockingPool(std::size_t threads, std::size_t queueLimit);
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;
    /// Finishes what runs; what still queues is dropped.
    ~BlockingPool();

    /// The process's pool, made with 4 threads and room for 256 jobs on first use.
    static BlockingPool& instance();

    /// False when the queue is full. The job must not throw.
    bool submit(base::UniqueFunction<void()> job);

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

namespace detail {
/// Runs `job` on the pool and waits for its end without blocking the loop; throws BlockingPoolFull.
void runOnPool(BlockingPool& pool, base::UniqueFunction<void()> job);
}  // namespace detail

/// Runs `work` on the blocking pool while the calling fiber is suspended; its result or exception is handed over.
/// Outside a fiber it simply runs. There is no deadline: `work` may refer to the caller's stack, so the caller has to
/// see it end.
template <typename F>
auto offload(F&& work) -> std::invoke_result_t<F> {
    using Result = std::invoke_result_t<F>;
    if (!inFiber()) return work();
    std::exception_ptr failure;
    if constexpr (std::is_void_v<Result>) {
        detail::runOnPool(BlockingPool::instance(), [&] {
            try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
        });
        if (failure) std::rethrow_exception(failure);
    } else {
        std::optional<Result> result;
        detail::runOnPool(BlockingPool::instance(), [&] {
            try {
                result.emplace(work());
            } catch (...) {
                failure = std::current_exception();
            }
        });
        if (failure) std::rethrow_exception(failure);
        return std::move(*result);
    }
}

}  // namespace myelin::runtime
