#pragma once

#include <functional>
#include <memory>

#include "engine/base/clock.hpp"

namespace myelin::runtime {

/// Work that has to be done now and then, whether or not messages come: probes of servers that are out of service,
/// names that are resolved again. It runs in fibers of one thread of its own, which starts with the first task, so it
/// may wait without holding up the workers.
class PeriodicTask {
public:
    /// Runs `work` every `period` (more than 0), for the first time after one period; a run is over before the next one
    /// begins. `work` must not throw, and owns what it uses: a run under way goes on after the task is destroyed.
    PeriodicTask(base::Duration period, std::function<void()> work);
    /// The same with pauses of any length: before each run, `pause` says how long to wait.
    PeriodicTask(std::function<base::Duration()> pause, std::function<void()> work);
    PeriodicTask(const PeriodicTask&) = delete;
    PeriodicTask& operator=(const PeriodicTask&) = delete;
    /// No run begins afterwards. Does not wait. Any thread.
    ~PeriodicTask();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace myelin::runtime
