#include "endpoints/health/monitor.hpp"

#include <Poco/Logger.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "endpoints/duration_text.hpp"
#include "engine/base/random.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/wall_clock.hpp"

namespace myelin::endpoints {

namespace {

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.health");
    return instance;
}

double byChance() noexcept {
    return base::shareOf(base::random64());
}

}  // namespace

HealthMonitor::HealthMonitor(std::string name, std::shared_ptr<const HealthCheck> check, ProbeTarget target)
    : name_(std::move(name)),
      check_(std::move(check)),
      target_(std::move(target)),
      state_(check_->rise, check_->fall) {}

void HealthMonitor::start() {
    std::call_once(started_, [this] {
        const auto weak = weak_from_this();
        task_ = std::make_unique<runtime::PeriodicTask>(
            [weak] {
                const auto self = weak.lock();
                return self ? self->untilNext() : base::Duration(std::chrono::hours(1));
            },
            [weak] {
                if (const auto self = weak.lock()) self->run();
            });
    });
}

base::Duration HealthMonitor::pause(const HealthCheck& check, double chance) noexcept {
    constexpr double kPercent = 100.0;
    const double share = 1.0 + (2.0 * chance - 1.0) * check.jitter / kPercent;
    return std::chrono::duration_cast<base::Duration>(base::Duration(check.interval) * share);
}

base::Duration HealthMonitor::untilNext() {
    const auto now = runtime::now();
    if (check_->cron) {
        const auto wall = runtime::wallTime();
        const auto next = check_->cron->next(std::chrono::system_clock::to_time_t(wall));
        return std::chrono::duration_cast<base::Duration>(std::chrono::system_clock::from_time_t(next) - wall) +
               base::Duration(base::Milliseconds(1));
    }
    if (std::exchange(first_, false)) {
        // Not at once: whoever only checks a configuration has gone by then.
        constexpr double kLeast = 0.2;
        due_ = now + std::chrono::duration_cast<base::Duration>(base::Duration(check_->interval) *
                                                                (kLeast + (1.0 - kLeast) * byChance()));
    } else {
        // From beginning to beginning, however long the probe took.
        due_ = std::max(now, due_ + pause(*check_, byChance()));
    }
    return due_ - now;
}

void HealthMonitor::run() {
    const auto result = probe(*check_, target_);
    const auto transition = state_.observe(result, runtime::now());
    const std::string what = result.request + ": " + result.text;
    if (transition.changed()) {
        const std::string line = "endpoint " + name_ + " goes from " + std::string(toText(transition.from)) + " to " +
                                 std::string(toText(transition.to)) + ": " + what;
        if (transition.to == Health::Down)
            logger().warning(line);
        else
            logger().information(line);
    }
    if (result.verdict != ProbeResult::Verdict::Neutral) return;
    // The 1st, 2nd, 4th, 8th, ... in a row.
    if (const auto inRow = state_.snapshot().inRow; std::has_single_bit(inRow)) {
        logger().warning("endpoint " + name_ + ": the health check decides nothing (" + std::to_string(inRow) +
                         " in a row): " + what);
    }
}

std::string HealthMonitor::condition(base::TimePoint now) const {
    const auto seen = state_.snapshot();
    if (seen.health == Health::Up || seen.health == Health::TransitionallyDown) return {};
    return "endpoint " + name_ + " is " + std::string(toText(seen.health)) + " by its health check for " +
           milliseconds(now - seen.since) + ", the last failed one " + milliseconds(now - seen.lastBadAt) +
           " ago: " + seen.lastBad.request + ": " + seen.lastBad.text;
}

}  // namespace myelin::endpoints
