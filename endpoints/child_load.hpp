#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/base/clock.hpp"

namespace myelin::endpoints {

/// How busy one child of a group is, for algorithms that measure. Shared by all workers and by successive
/// configurations. Any thread.
class ChildLoad {
public:
    std::uint32_t inFlight() const noexcept { return inFlight_.load(std::memory_order_relaxed); }
    /// Nanoseconds; see plugin::Candidates::latency().
    std::int64_t latency(base::TimePoint now) const noexcept;
    void observe(base::Duration taken, base::TimePoint now) noexcept;

    /// A message is under way until what is returned, and all copies of it, are gone.
    static std::shared_ptr<const void> enter(std::shared_ptr<ChildLoad> load);

private:
    std::atomic<std::uint32_t> inFlight_{0};
    /// Two workers that write at the same time may lose one of the two observations.
    std::atomic<std::int64_t> latency_{0};
    std::atomic<std::int64_t> observed_{0};  // when: ticks of the clock
};

}  // namespace myelin::endpoints
