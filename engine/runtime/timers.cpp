#include "engine/runtime/timers.hpp"

#include <algorithm>
#include <bit>

namespace myelin::runtime {

namespace {
constexpr base::Duration kTick = base::Milliseconds(1);
}

TimerWheel::~TimerWheel() {
    for (auto& level : slots_) {
        for (Timer*& slot : level) {
            while (slot != nullptr) slot->disarm();
        }
    }
}

std::uint64_t TimerWheel::tickOf(TimePoint when) const noexcept {
    if (when <= origin_) return 0;
    const base::Duration offset = when - origin_;
    const auto whole = static_cast<std::uint64_t>(offset / kTick);
    return offset % kTick == base::Duration::zero() ? whole : whole + 1;
}

void TimerWheel::place(Timer& timer, std::uint64_t tick) noexcept {
    const std::uint64_t distance = tick - tick_;
    unsigned level = 0;
    while (level + 1 < kLevels && distance >> (kSlotBits * (level + 1)) != 0) ++level;
    const std::uint64_t reach = std::uint64_t{1} << (kSlotBits * kLevels);
    if (distance >= reach) tick = tick_ + reach - 1;
    const auto slot = static_cast<unsigned>(tick >> (kSlotBits * level)) % kSlots;
    Timer*& head = slots_[level][slot];
    timer.next_ = head;
    timer.link_ = &head;
    if (head != nullptr) head->link_ = &timer.next_;
    head = &timer;
    occupied_[level][slot / 64] |= std::uint64_t{1} << (slot % 64);
    earliest_ = std::min(earliest_, tick >> (kSlotBits * level) << (kSlotBits * level));
}

void TimerWheel::arm(Timer& timer, TimePoint when) noexcept {
    timer.disarm();
    timer.when_ = when;
    if (when == TimePoint::max()) return;
    place(timer, std::max(tickOf(when), tick_ + 1));
}

void TimerWheel::cascade(unsigned level) noexcept {
    Timer*& head = slots_[level][static_cast<unsigned>(tick_ >> (kSlotBits * level)) % kSlots];
    // Taken off as a whole first: a timer beyond the wheel's reach may be placed into this very slot again.
    Timer* chain = head;
    head = nullptr;
    while (chain != nullptr) {
        Timer& timer = *chain;
        chain = timer.next_;
        timer.link_ = nullptr;
        place(timer, std::max(tickOf(timer.when_), tick_));
    }
}

unsigned TimerWheel::slotsUntilOccupied(unsigned level) const noexcept {
    const auto here = static_cast<unsigned>(tick_ >> (kSlotBits * level)) % kSlots;
    auto& bits = occupied_[level];
    unsigned step = 1;
    while (step <= kSlots) {
        const unsigned slot = (here + step) % kSlots;
        const std::uint64_t rest = bits[slot / 64] >> (slot % 64);
        if (rest == 0) {
            step += 64 - slot % 64;
            continue;
        }
        step += static_cast<unsigned>(std::countr_zero(rest));
        if (step > kSlots) break;
        const unsigned found = (here + step) % kSlots;
        if (slots_[level][found] != nullptr) return step;
        bits[found / 64] &= ~(std::uint64_t{1} << (found % 64));
        ++step;
    }
    return 0;
}

std::uint64_t TimerWheel::nextTick() const noexcept {
    std::uint64_t next = kNoTick;
    for (unsigned level = 0; level < kLevels; ++level) {
        if (const unsigned steps = slotsUntilOccupied(level)) {
            const unsigned shift = kSlotBits * level;
            next = std::min(next, ((tick_ >> shift) + steps) << shift);
        }
    }
    return next;
}

void TimerWheel::advance(TimePoint now) {
    if (now <= origin_) return;
    const auto target = static_cast<std::uint64_t>((now - origin_) / kTick);
    while (tick_ < target) {
        if (earliest_ <= target) earliest_ = nextTick();
        if (earliest_ > target) {
            tick_ = target;
            return;
        }
        tick_ = earliest_;
        for (unsigned level = 1; level < kLevels && (tick_ & ((std::uint64_t{1} << (kSlotBits * level)) - 1)) == 0;
             ++level) {
            cascade(level);
        }
        Timer*& due = slots_[0][static_cast<unsigned>(tick_) % kSlots];
        while (due != nullptr) {
            Timer& timer = *due;
            timer.disarm();
            timer.callback_(timer);
        }
    }
}

TimePoint TimerWheel::nextExpiry() const noexcept {
    if (earliest_ <= tick_) earliest_ = nextTick();
    if (earliest_ == kNoTick) return TimePoint::max();
    return origin_ + kTick * static_cast<base::Duration::rep>(earliest_);
}

}  // namespace myelin::runtime
