#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "endpoints/failure_policy.hpp"
#include "engine/base/clock.hpp"

namespace myelin::endpoints {

/// What a leaf is doing, in Synapse's words. Time alone changes no condition: a suspended leaf whose interval is over
/// is ready, and becomes Active by the first success.
enum class Condition : std::uint8_t { Active, Timeout, Suspended, Off };

/// As Synapse's logs and errors spell it ("MAINTNENCE" for Off).
std::string_view toText(Condition condition) noexcept;

/// The health of one leaf (synapse-endpoints 2). Shared by all workers and by successive configurations. Time is always
/// passed in. Readiness is one atomic load, and a success on an active leaf writes nothing; everything else takes a
/// lock for some instructions and never waits. Any thread.
class LeafState {
public:
    LeafState() = default;
    LeafState(const LeafState&) = delete;
    LeafState& operator=(const LeafState&) = delete;

    bool ready(base::TimePoint now) const noexcept {
        return notBefore_.load(std::memory_order_relaxed) <= now.time_since_epoch().count();
    }

    bool active() const noexcept { return notBefore_.load(std::memory_order_relaxed) == kAlways; }

    struct Transition {
        Condition before;
        Condition after;
        /// Of the suspension or delay that begins now, in milliseconds.
        std::int64_t duration = 0;
        /// Whether the failure changed anything: one that was ignored did not, nor one that came while the leaf was
        /// suspended already, nor one after switchOff().
        bool changed = false;
        /// The leaf keeps some of its tries and is not suspended: a group may give it the same message again.
        bool mayTryAgain = false;
    };

    /// A failed attempt. `cause` is kept for people who ask later.
    Transition onFailure(const FailurePolicy& policy, int code, std::string_view cause, base::TimePoint now);
    /// An answer came, whatever its status. True when that ended a suspension or timeout.
    bool onSuccess(base::TimePoint now) {
        if (notBefore_.load(std::memory_order_relaxed) == kAlways) return false;
        return recover(now);
    }

    /// Out of service until switchOn(); late results of requests in flight do not change that.
    void switchOff(base::TimePoint now);
    void switchOn(base::TimePoint now);

    struct Snapshot {
        Condition condition = Condition::Active;
        base::TimePoint since;      ///< when it came into this condition; the clock's epoch at first
        base::TimePoint nextRetry;  ///< with Timeout and Suspended: when it is ready again
        int lastCode = 0;           ///< of the last failure that changed something
        std::string lastCause;
        std::int64_t lastSuspension = -1;    ///< milliseconds; -1 when there was none since the last success
        std::int32_t remainingRetries = -1;  ///< -1 when none was used yet
    };
    Snapshot snapshot() const;

private:
    static constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    bool recover(base::TimePoint now);
    void become(Condition condition, std::int64_t notBefore, base::TimePoint now);

    /// Ticks of the clock: kAlways exactly while Active, kNever while Off.
    std::atomic<std::int64_t> notBefore_{kAlways};
    mutable std::mutex mutex_;  // guards all below, and changes of notBefore_
    Condition condition_ = Condition::Active;
    base::TimePoint since_;
    std::int64_t lastSuspension_ = -1;
    std::int32_t remaining_ = -1;
    int lastCode_ = 0;
    std::string lastCause_;
};

}  // namespace myelin::endpoints
