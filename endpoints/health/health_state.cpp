#include "endpoints/health/health_state.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kChangesKept = 16;

}  // namespace

std::string_view toText(Health health) noexcept {
    switch (health) {
        case Health::Up:
            return "UP";
        case Health::TransitionallyDown:
            return "TRANSITIONALLY_DOWN";
        case Health::Down:
            return "DOWN";
        case Health::TransitionallyUp:
            return "TRANSITIONALLY_UP";
    }
    return "UP";
}

Health HealthState::next(ProbeResult::Verdict verdict) const noexcept {
    const bool inService = now_.health == Health::Up || now_.health == Health::TransitionallyDown;
    switch (verdict) {
        case ProbeResult::Verdict::Good:
            if (inService || goodInRow_ >= rise_) return Health::Up;
            return Health::TransitionallyUp;
        case ProbeResult::Verdict::Bad:
            if (!inService || badInRow_ >= fall_) return Health::Down;
            return Health::TransitionallyDown;
        case ProbeResult::Verdict::Neutral:
            if (!inService && now_.inRow >= rise_ + fall_) return Health::Up;
            break;
    }
    return now_.health;
}

HealthState::Transition HealthState::observe(const ProbeResult& result, base::TimePoint now) {
    using Verdict = ProbeResult::Verdict;
    const std::lock_guard lock(mutex_);
    const bool first = now_.good + now_.bad + now_.neutral == 0;
    now_.inRow = !first && now_.last.verdict == result.verdict ? now_.inRow + 1 : 1;
    now_.last = result;
    switch (result.verdict) {
        case Verdict::Good:
            ++now_.good;
            ++goodInRow_;
            badInRow_ = 0;
            break;
        case Verdict::Bad:
            ++now_.bad;
            ++badInRow_;
            goodInRow_ = 0;
            now_.lastBad = result;
            now_.lastBadAt = now;
            break;
        case Verdict::Neutral:
            ++now_.neutral;
            break;
    }
    if (result.verdict != Verdict::Neutral) {
        allProbes_ += result.took;
        now_.averageProbe = allProbes_ / static_cast<std::int64_t>(now_.good + now_.bad);
    }
    const Transition transition{now_.health, next(result.verdict)};
    if (!transition.changed()) return transition;
    // Rows that neutral results have made old.
    if (result.verdict == Verdict::Neutral) goodInRow_ = badInRow_ = 0;
    now_.health = transition.to;
    now_.since = now;
    now_.changes.push_back({transition.from, transition.to, now, result.text});
    if (now_.changes.size() > kChangesKept) now_.changes.pop_front();
    const bool inService = transition.to == Health::Up || transition.to == Health::TransitionallyDown;
    if (inService && !ready()) recoveredAt_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    ready_.store(inService, std::memory_order_relaxed);
    return transition;
}

HealthState::Snapshot HealthState::snapshot() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

}  // namespace myelin::endpoints
