#pragma once

#include <chrono>

namespace myelin::base {

/// Every time-out, suspension and age in Myelin is measured on the monotonic clock, so that a jump of the wall clock
/// moves nothing. Wall time is only for log lines.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
using Milliseconds = std::chrono::milliseconds;

}  // namespace myelin::base
