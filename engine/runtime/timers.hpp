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

    bool armed() const noexcept { return link_ != nullptr; }
    TimePoint when() const noexcept { return when_; }
    /// Constant time; nothing happens when the timer is not armed.
    void disarm() noexcept {
        if (link_ == nullptr) return;
        *link_ = next_;
        if (next_ != nullptr) next_->link_ = link_;
        link_ = nullptr;
    }

private:
    friend class TimerWheel;
    Timer* next_ = nullptr;
    Timer** link_ = nullptr;  // what points at this timer: a slot, or the timer before it
    TimePoint when_{};
    Callback callback_;
};

/// A hierarchical timing wheel with ticks of one millisecond: arming and disarming take constant time whatever the
/// number of timers. Used by one thread only. Callbacks run inside advance(), never before their time and at most one
/// tick after the first advance() that is due; those of one tick in no particular order.
///
/// Level L has 256 slots of 256^L ticks each; a timer lies in the lowest level that reaches it and falls through the
/// levels below as its time comes near. What lies beyond the top level (49 days) waits in its last slot and is placed
/// anew from there. A bit per slot says that the slot may hold timers: disarming leaves it set, since a timer does not
/// know its wheel, and looking for the next expiry clears it.
class TimerWheel {
public:
    explicit TimerWheel(TimePoint now) noexcept : origin_(now) {}
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    /// Disarms what is still armed.
    ~TimerWheel();

    /// Arms, or moves an armed timer. TimePoint::max() leaves it disarmed.
    void arm(Timer& timer, TimePoint when) noexcept;
    /// Runs the callbacks of everything due at `now`; a callback may arm and disarm any timer.
    void advance(TimePoint now);
    /// How long the loop may sleep without missing a timer: a lower bound, which a timer that was disarmed since may
    /// have left too early. TimePoint::max() when nothing was armed since the last expiry.
    TimePoint nextExpiry() const noexcept;

private:
    static constexpr unsigned kLevels = 4;
    static constexpr unsigned kSlotBits = 8;
    static constexpr unsigned kSlots = 1u << kSlotBits;
    static constexpr std::uint64_t kNoTick = ~std::uint64_t{0};

    std::uint64_t tickOf(TimePoint when) const noexcept;
    void place(Timer& timer, std::uint64_t tick) noexcept;
    void cascade(unsigned level) noexcept;
    unsigned slotsUntilOccupied(unsigned level) const noexcept;
    std::uint64_t nextTick() const noexcept;

    TimePoint origin_;
    std::uint64_t tick_ = 0;  // everything up to here has been run
    // No slot that needs looking at comes before; not after tick_ means unknown. Spares a search each turn of the loop.
    mutable std::uint64_t earliest_ = kNoTick;
    std::array<std::array<Timer*, kSlots>, kLevels> slots_{};
    mutable std::array<std::array<std::uint64_t, kSlots / 64>, kLevels> occupied_{};
};

}  // namespace myelin::runtime
