#pragma once

#include <array>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace myelin::runtime {

using base::TimePoint;

/// One pending expiry; lives in the object that waits and is linked into a TimerWheel while armed. Not copied, not
/// moved while armed; destroying an armed timer disarms it.
class Timer {
public:
    using Callback = void (*)(Timer&);

    explicit Timer(Callback callback) noexcept : callback_(callback) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { disarm(); }

    bool armed() const noexcept { return next_ != nullptr; }
    TimePoint when() const noexcept { return when_; }
    /// Constant time; nothing happens when the timer is not armed.
    void disarm() noexcept;

private:
    friend class TimerWheel;
    Timer* next_ = nullptr;
    Timer* previous_ = nullptr;
    TimePoint when_{};
    Callback callback_;
};

/// A hierarchical timing wheel with ticks of one millisecond: arming and disarming take constant time whatever the
/// number of timers. Used by one thread only. Callbacks run inside advance(), never before their time and at most one
/// tick after the first advance() that is due.
class TimerWheel {
public:
    explicit TimerWheel(TimePoint now);
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// Arms, or moves an armed timer. TimePoint::max() leaves it disarmed.
    void arm(Timer& timer, TimePoint when) noexcept;
    /// Runs the callbacks of everything due at `now`; a callback may arm and disarm any timer.
    void advance(TimePoint now);
    /// How long the loop may sleep without missing a timer (a lower bound); TimePoint::max() when none is armed.
    TimePoint nextExpiry() const noexcept;

private:
    static constexpr int kLevels = 4;
    static constexpr int kSlots = 256;

    void place(Timer& timer, std::uint64_t tick) noexcept;
    void cascade(int level);

    struct Head;
    TimePoint origin_;
    std::uint64_t tick_ = 0;  // everything up to here has been run
    std::array<std::array<Timer*, kSlots>, kLevels> slots_{};
};

}  // namespace myelin::runtime
