#include "endpoints/state.hpp"

#include <algorithm>

namespace myelin::endpoints {

namespace {

/// `milliseconds` from now in ticks of the clock, without overflow and never one of the marks for always and never.
std::int64_t ticksAfter(base::TimePoint now, std::int64_t milliseconds) noexcept {
    constexpr std::int64_t kTicks = base::Duration(base::Milliseconds(1)).count();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() - 1;
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min() + 1;
    const std::int64_t start = now.time_since_epoch().count();
    std::int64_t ticks = 0;
    if (__builtin_mul_overflow(milliseconds, kTicks, &ticks) || __builtin_add_overflow(start, ticks, &ticks)) {
        return milliseconds < 0 ? kLeast : kMost;
    }
    return std::clamp(ticks, kLeast, kMost);
}

}  // namespace

std::string_view toText(Condition condition) noexcept {
    switch (condition) {
        case Condition::Active:
            return "ACTIVE";
        case Condition::Timeout:
            return "TIMEOUT";
        case Condition::Suspended:
            return "SUSPENDED";
        case Condition::Off:
            return "MAINTNENCE";
    }
    return "ACTIVE";
}

void LeafState::become(Condition condition, std::int64_t notBefore, base::TimePoint now) {
    if (condition_ != condition) since_ = now;
    condition_ = condition;
    notBefore_.store(notBefore, std::memory_order_relaxed);
}

LeafState::Transition LeafState::onFailure(const FailurePolicy& policy,
                                           int code,
                                           std::string_view cause,
                                           base::TimePoint now) {
    const auto failure = policy.classify(code);
    const std::lock_guard lock(mutex_);
    Transition transition{condition_, condition_};
    // A result that arrives late (switched off since, or suspended by another request of the same burst) tells nothing
    // new: off stays off, and one outage moves the suspension one step.
    const bool late = condition_ == Condition::Off || (condition_ == Condition::Suspended && !ready(now));
    if (failure == FailurePolicy::Class::Ignore || late) return transition;

    lastCode_ = code;
    lastCause_ = cause;
    transition.changed = true;
    if (failure == FailurePolicy::Class::Timeout) {
        if (remaining_ < 0) remaining_ = std::max(policy.retriesBeforeSuspension, 0);
        if (remaining_ > 0) {
            --remaining_;
            transition.after = Condition::Timeout;
            transition.duration = policy.retryDelay;
            transition.mayTryAgain = true;
            become(Condition::Timeout, ticksAfter(now, policy.retryDelay), now);
            return transition;
        }
    }
    lastSuspension_ = policy.nextSuspension(lastSuspension_);
    transition.after = Condition::Suspended;
    transition.duration = lastSuspension_;
    since_ = now;
    become(Condition::Suspended, ticksAfter(now, lastSuspension_), now);
    return transition;
}

bool LeafState::recover(base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (condition_ == Condition::Off || condition_ == Condition::Active) return false;
    remaining_ = -1;
    lastSuspension_ = -1;
    become(Condition::Active, kAlways, now);
    return true;
}

void LeafState::switchOff(base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    remaining_ = -1;
    lastSuspension_ = -1;
    become(Condition::Off, kNever, now);
}

void LeafState::switchOn(base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    remaining_ = -1;
    lastSuspension_ = -1;
    become(Condition::Active, kAlways, now);
}

LeafState::Snapshot LeafState::snapshot() const {
    const std::lock_guard lock(mutex_);
    Snapshot result;
    result.condition = condition_;
    result.since = since_;
    result.nextRetry = base::TimePoint(base::Duration(notBefore_.load(std::memory_order_relaxed)));
    result.lastCode = lastCode_;
    result.lastCause = lastCause_;
    result.lastSuspension = lastSuspension_;
    result.remainingRetries = remaining_;
    return result;
}

}  // namespace myelin::endpoints
