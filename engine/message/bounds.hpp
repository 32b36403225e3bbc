#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "engine/base/clock.hpp"

namespace myelin::message {

/// The most that one message can cost with every server dead: retries are bounded by construction, so this is known
/// when a configuration is loaded. Sums stay at the largest value instead of passing it.
struct Bounds {
    std::size_t attempts = 0;       ///< requests that are begun
    base::Milliseconds waiting{0};  ///< for connections and for the heads of answers

    /// One after the other.
    Bounds& operator+=(const Bounds& other) noexcept {
        attempts = sum(attempts, other.attempts);
        waiting = base::Milliseconds(sum(waiting.count(), other.waiting.count()));
        return *this;
    }
    friend Bounds operator+(Bounds left, const Bounds& right) noexcept { return left += right; }
    /// The same, `count` times.
    Bounds times(std::size_t count) const noexcept {
        Bounds result;
        result.attempts = product(attempts, count);
        result.waiting = base::Milliseconds(
            product(waiting.count(), static_cast<base::Milliseconds::rep>(std::min(count, kMostTimes))));
        return result;
    }
    /// One or the other.
    static Bounds larger(const Bounds& left, const Bounds& right) noexcept {
        return {std::max(left.attempts, right.attempts), std::max(left.waiting, right.waiting)};
    }
    friend bool operator==(const Bounds&, const Bounds&) = default;

private:
    static constexpr std::size_t kMostTimes =
        static_cast<std::size_t>(std::numeric_limits<base::Milliseconds::rep>::max());

    template <typename Number>
    static Number product(Number one, Number count) noexcept {
        constexpr Number kMost = std::numeric_limits<Number>::max();
        return count != 0 && one > kMost / count ? kMost : one * count;
    }

    template <typename Number>
    static Number sum(Number left, Number right) noexcept {
        return left > std::numeric_limits<Number>::max() - right ? std::numeric_limits<Number>::max() : left + right;
    }
};

}  // namespace myelin::message
