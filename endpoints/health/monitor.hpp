#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "endpoints/health/check.hpp"
#include "endpoints/health/health_state.hpp"
#include "endpoints/health/probe.hpp"
#include "engine/runtime/background.hpp"

namespace myelin::endpoints {

/// Probes one server in the background as its check says, and knows what came of it. Shared by successive
/// configurations as long as endpoint, address and check stay as they are; ends with the last one. Any thread.
class HealthMonitor : public std::enable_shared_from_this<HealthMonitor> {
public:
    /// `name` is the endpoint's, for people.
    HealthMonitor(std::string name, std::shared_ptr<const HealthCheck> check, ProbeTarget target);

    /// Begins probing, unless it has begun. The first probe comes after a part of the interval, chosen by chance, so
    /// that those of many servers do not come all at once.
    void start();

    bool ready() const noexcept { return state_.ready(); }
    const HealthState& state() const noexcept { return state_; }
    const std::string& name() const noexcept { return name_; }
    /// Why it is not ready; empty when it is.
    std::string condition(base::TimePoint now) const;

    /// The pause between the beginnings of two probes; `chance` is a number from 0 up to 1. For tests.
    static base::Duration pause(const HealthCheck& check, double chance) noexcept;

private:
    void run();
    base::Duration untilNext();

    const std::string name_;
    const std::shared_ptr<const HealthCheck> check_;
    const ProbeTarget target_;
    HealthState state_;
    std::once_flag started_;
    base::TimePoint due_{};  // of the next probe; used by the task only
    bool first_ = true;
    std::unique_ptr<runtime::PeriodicTask> task_;
};

/// What a leaf knows of its check.
class LeafHealth {
public:
    using Flag = std::atomic<bool>;
    /// While `panic` is on, the check has no say. May be null.
    LeafHealth(std::shared_ptr<HealthMonitor> monitor, std::shared_ptr<const Flag> panic)
        : monitor_(std::move(monitor)), panic_(std::move(panic)) {}
    bool ready() const noexcept { return monitor_->ready() || (panic_ && panic_->load(std::memory_order_relaxed)); }
    const HealthMonitor& monitor() const noexcept { return *monitor_; }

private:
    std::shared_ptr<HealthMonitor> monitor_;
    std::shared_ptr<const Flag> panic_;
};

}  // namespace myelin::endpoints
