#include "engine/runtime/wall_clock.hpp"

#include "engine/runtime/loop_core.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::runtime {

std::chrono::system_clock::time_point wallTime() noexcept {
    using std::chrono::system_clock;
    if (tLoopCore == nullptr || !tLoopCore->options.virtualTime) return system_clock::now();
    constexpr std::chrono::sys_days kMidnight =
        std::chrono::year_month_day(std::chrono::year(2026), std::chrono::January, std::chrono::day(1));
    return std::chrono::time_point_cast<system_clock::duration>(kMidnight + (tLoopCore->now - VirtualLoop::kStart));
}

}  // namespace myelin::runtime
