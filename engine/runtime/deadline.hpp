#pragma once

#include <algorithm>

#include "engine/base/clock.hpp"

namespace myelin::runtime {

using base::Clock;
using base::Duration;
using base::Milliseconds;
using base::TimePoint;

/// When a wait has to be over: a value that is passed down. A child's deadline is made with earlier() and so is never
/// later than its parent's.
class Deadline {
public:
    static constexpr Deadline never() noexcept { return Deadline(TimePoint::max()); }
    static constexpr Deadline at(TimePoint when) noexcept { return Deadline(when); }
    /// Counted from `now`, which a fiber takes from its loop's coarse clock.
    static constexpr Deadline after(Duration duration, TimePoint now) noexcept {
        return duration >= TimePoint::max() - now ? never() : Deadline(now + duration);
    }

    constexpr Deadline earlier(Deadline other) const noexcept { return Deadline(std::min(when_, other.when_)); }
    constexpr bool isNever() const noexcept { return when_ == TimePoint::max(); }
    constexpr bool expired(TimePoint now) const noexcept { return now >= when_; }
    constexpr TimePoint when() const noexcept { return when_; }

private:
    explicit constexpr Deadline(TimePoint when) noexcept : when_(when) {}
    TimePoint when_;
};

}  // namespace myelin::runtime
