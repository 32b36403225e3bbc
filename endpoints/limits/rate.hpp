#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/hash_key.hpp"
#include "engine/base/clock.hpp"

namespace myelin::endpoints {

/// How many messages an endpoint may get: <rateLimit>. On the average `calls` in each `per`, and `burst` at once after
/// a pause: so never more than calls + burst in any time of that length.
struct RateLimit {
    std::uint32_t calls = 0;
    base::Milliseconds per{0};
    std::uint32_t burst = 0;
    /// What each message counts for; null: all count together.
    std::shared_ptr<const HashKey> by;
    std::string byText;  ///< as it was written

    /// Between two messages of an even flow; rounded up, so that the limit is never passed.
    base::Duration interval() const noexcept;
};

/// A leaky bucket on one number (the generic cell rate algorithm): when the bucket will be empty. Any thread.
class RateMeter {
public:
    /// Nothing when a message may go now, else how long it would have to wait.
    base::Duration missing(const RateLimit& limit, base::TimePoint now) const noexcept;
    /// Lets a message go; or says, as missing() does, that it may not.
    base::Duration take(const RateLimit& limit, base::TimePoint now) noexcept;
    /// What was taken for a message that did not go after all.
    void giveBack(const RateLimit& limit) noexcept;

private:
    std::atomic<std::int64_t> empty_{0};  // ticks of the clock
};

/// The same for each of many keys, in bounded memory: a key whose bucket is empty takes no room, and when there is no
/// room for another one, that with the emptiest bucket is forgotten; among equals, to a message, that which has not
/// come for the longest, so that who goes on sending is not forgotten. Any thread.
class KeyedRateMeter {
public:
    /// Keys that are remembered at most.
    static constexpr std::size_t kKeys = 4096;

    KeyedRateMeter();
    base::Duration missing(const RateLimit& limit, std::string_view key, base::TimePoint now) const;
    base::Duration take(const RateLimit& limit, std::string_view key, base::TimePoint now);
    void giveBack(const RateLimit& limit, std::string_view key);

private:
    static constexpr std::size_t kWays = 8;
    static constexpr std::size_t kLocks = 64;
    struct Entry {
        std::uint64_t key = 0;
        std::int64_t empty = 0;
        std::int64_t seen = 0;
    };
    /// In a set; null when it is not there.
    static Entry* find(Entry* set, std::uint64_t hash) noexcept;

    std::uint64_t hashOf(std::string_view key) const noexcept;
    Entry* setOf(std::uint64_t hash) const noexcept;
    std::mutex& lockOf(std::uint64_t hash) const noexcept;

    std::uint64_t seed_;
    mutable std::vector<Entry> entries_;
    mutable std::array<std::mutex, kLocks> locks_;
};

/// What has been measured at one endpoint. Shared by all workers and by successive configurations.
class RateState {
public:
    /// `key` counts only for a limit with `by`.
    base::Duration missing(const RateLimit& limit, std::string_view key, base::TimePoint now);
    base::Duration take(const RateLimit& limit, std::string_view key, base::TimePoint now);
    void giveBack(const RateLimit& limit, std::string_view key);

private:
    KeyedRateMeter& keyed();

    RateMeter all_;
    std::once_flag made_;
    std::unique_ptr<KeyedRateMeter> keyed_;
};

}  // namespace myelin::endpoints
