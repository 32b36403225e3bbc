#pragma once

#include <chrono>

namespace myelin::runtime {

/// The time of day, for timetables (cron). In virtual time it begins on 2026-01-01 at midnight UTC and passes as that
/// does.
std::chrono::system_clock::time_point wallTime() noexcept;

}  // namespace myelin::runtime
