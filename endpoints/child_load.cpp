#include "endpoints/child_load.hpp"

#include <cmath>

namespace myelin::endpoints {

namespace {

/// In which an old observation loses all but 1/e of its say (peak EWMA: Finagle's and linkerd's default is 10 s).
constexpr double kDecay = 10e9;

double faded(std::int64_t since) noexcept {
    return since <= 0 ? 1.0 : std::exp(-static_cast<double>(since) / kDecay);
}

std::int64_t ticks(base::TimePoint now) noexcept {
    return now.time_since_epoch().count();
}

/// Counts one message from its construction to its destruction.
class Under {
public:
    Under(std::shared_ptr<ChildLoad> load, std::atomic<std::uint32_t>& count) : load_(std::move(load)), count_(&count) {
        count_->fetch_add(1, std::memory_order_relaxed);
    }
    Under(const Under&) = delete;
    Under& operator=(const Under&) = delete;
    ~Under() { count_->fetch_sub(1, std::memory_order_relaxed); }

private:
    std::shared_ptr<ChildLoad> load_;
    std::atomic<std::uint32_t>* count_;
};

}  // namespace

std::int64_t ChildLoad::latency(base::TimePoint now) const noexcept {
    const auto value = latency_.load(std::memory_order_relaxed);
    if (value == 0) return 0;
    // A child that was slow once and gets nothing since has to be tried again some time.
    const double fade = faded(ticks(now) - observed_.load(std::memory_order_relaxed));
    return static_cast<std::int64_t>(static_cast<double>(value) * fade);
}

void ChildLoad::observe(base::Duration taken, base::TimePoint now) noexcept {
    const auto sample = std::max<std::int64_t>(taken.count(), 1);
    const auto before = latency_.load(std::memory_order_relaxed);
    std::int64_t after = sample;
    if (sample < before) {
        const double fade = faded(ticks(now) - observed_.load(std::memory_order_relaxed));
        after =
            static_cast<std::int64_t>(static_cast<double>(before) * fade + static_cast<double>(sample) * (1.0 - fade));
    }
    latency_.store(std::max<std::int64_t>(after, 1), std::memory_order_relaxed);
    observed_.store(ticks(now), std::memory_order_relaxed);
}

std::shared_ptr<const void> ChildLoad::enter(std::shared_ptr<ChildLoad> load) {
    auto& count = load->inFlight_;
    return std::make_shared<const Under>(std::move(load), count);
}

}  // namespace myelin::endpoints
