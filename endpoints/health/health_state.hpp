#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace myelin::endpoints {

/// What active checks make of a server. It gets messages while it is Up or TransitionallyDown.
enum class Health : std::uint8_t {
    Up,
    TransitionallyDown,  ///< the last probe failed, but not yet `fall` in a row
    Down,
    TransitionallyUp  ///< the last probe succeeded, but not yet `rise` in a row
};

/// "UP", "TRANSITIONALLY_DOWN", "DOWN", "TRANSITIONALLY_UP".
std::string_view toText(Health health) noexcept;

/// What one probe found.
struct ProbeResult {
    /// Neutral: it proves neither health nor illness.
    enum class Verdict : std::uint8_t { Good, Bad, Neutral };
    Verdict verdict = Verdict::Good;
    int status = 0;       ///< of the answer; 0 without one
    std::string request;  ///< "GET http://host:80/health"
    std::string text;     ///< what was found, for people: "the server answered 500"
    base::Duration took{0};
};

/// What the probes of one server have shown so far. Time is always passed in. Any thread; readiness is one relaxed
/// load.
class HealthState {
public:
    /// `rise` good results in a row make it Up, `fall` bad ones make it Down; both at least 1.
    HealthState(std::uint32_t rise, std::uint32_t fall) : rise_(rise), fall_(fall) {}
    HealthState(const HealthState&) = delete;
    HealthState& operator=(const HealthState&) = delete;

    bool ready() const noexcept { return ready_.load(std::memory_order_relaxed); }
    /// When it was last Down and became Up, in ticks of the clock; 0: never.
    std::int64_t recoveredAt() const noexcept { return recoveredAt_.load(std::memory_order_relaxed); }

    struct Transition {
        Health from = Health::Up;
        Health to = Health::Up;
        bool changed() const noexcept { return from != to; }
    };
    /// A neutral result moves nothing, with one exception: a server that is out of service and whose last rise + fall
    /// results were all neutral is Up again, for nothing speaks against it any more and messages will show.
    Transition observe(const ProbeResult& result, base::TimePoint now);

    struct Change {
        Health from = Health::Up;
        Health to = Health::Up;
        base::TimePoint when;
        std::string reason;
    };
    struct Snapshot {
        Health health = Health::Up;
        base::TimePoint since;  ///< the clock's epoch before the first change
        std::uint64_t good = 0;
        std::uint64_t bad = 0;
        std::uint64_t neutral = 0;
        std::uint32_t inRow = 0;         ///< results like the last one
        base::Duration averageProbe{0};  ///< of all good and bad ones
        ProbeResult last;
        ProbeResult lastBad;  ///< without a request: there was none
        base::TimePoint lastBadAt;
        std::deque<Change> changes;  ///< the last 16, oldest first
    };
    Snapshot snapshot() const;

private:
    Health next(ProbeResult::Verdict verdict) const noexcept;

    const std::uint32_t rise_;
    const std::uint32_t fall_;
    std::atomic<bool> ready_{true};
    std::atomic<std::int64_t> recoveredAt_{0};
    mutable std::mutex mutex_;  // guards all below, and changes of the above
    Snapshot now_;
    std::uint32_t goodInRow_ = 0;  // neutral results do not end a row of good or bad ones
    std::uint32_t badInRow_ = 0;
    base::Duration allProbes_{0};
};

}  // namespace myelin::endpoints
