#include "endpoints/limits/rate.hpp"

#include <algorithm>
#include <utility>

#include "endpoints/algorithms/key_slots.hpp"
#include "engine/base/random.hpp"

namespace myelin::endpoints {

namespace {

std::int64_t ticks(base::TimePoint now) noexcept {
    return now.time_since_epoch().count();
}

/// How far ahead of now the bucket may be empty for one more message to go.
std::int64_t tolerance(const RateLimit& limit) noexcept {
    return limit.interval().count() * (static_cast<std::int64_t>(limit.burst) - 1);
}

base::Duration missingFor(const RateLimit& limit, std::int64_t empty, base::TimePoint now) noexcept {
    return base::Duration(std::max<std::int64_t>(empty - tolerance(limit) - ticks(now), 0));
}

std::int64_t fuller(const RateLimit& limit, std::int64_t empty, base::TimePoint now) noexcept {
    return std::max(empty, ticks(now)) + limit.interval().count();
}

/// How many messages the bucket has yet to let out.
std::int64_t messagesAgainst(const RateLimit& limit, std::int64_t empty, base::TimePoint now) noexcept {
    const auto interval = limit.interval().count();
    return std::max<std::int64_t>(empty - ticks(now) + interval - 1, 0) / interval;
}

}  // namespace

base::Duration RateLimit::interval() const noexcept {
    const auto all = base::Duration(per).count();
    const auto parts = static_cast<std::int64_t>(calls);
    return base::Duration((all + parts - 1) / parts);
}

base::Duration RateMeter::missing(const RateLimit& limit, base::TimePoint now) const noexcept {
    return missingFor(limit, empty_.load(std::memory_order_relaxed), now);
}

base::Duration RateMeter::take(const RateLimit& limit, base::TimePoint now) noexcept {
    auto empty = empty_.load(std::memory_order_relaxed);
    for (;;) {
        const auto missing = missingFor(limit, empty, now);
        if (missing.count() != 0) return missing;
        if (empty_.compare_exchange_weak(empty, fuller(limit, empty, now), std::memory_order_relaxed)) return missing;
    }
}

void RateMeter::giveBack(const RateLimit& limit) noexcept {
    empty_.fetch_sub(limit.interval().count(), std::memory_order_relaxed);
}

KeyedRateMeter::KeyedRateMeter() : seed_(base::random64()), entries_(kKeys) {}

std::uint64_t KeyedRateMeter::hashOf(std::string_view key) const noexcept {
    // Clients must not be able to compute which keys share a set.
    const auto hash = stableHash(key, seed_);
    return hash != 0 ? hash : 1;
}

KeyedRateMeter::Entry* KeyedRateMeter::setOf(std::uint64_t hash) const noexcept {
    return entries_.data() + hash % (kKeys / kWays) * kWays;
}

std::mutex& KeyedRateMeter::lockOf(std::uint64_t hash) const noexcept {
    return locks_[hash % (kKeys / kWays) % kLocks];
}

KeyedRateMeter::Entry* KeyedRateMeter::find(Entry* set, std::uint64_t hash) noexcept {
    Entry* found = std::find_if(set, set + kWays, [&](const Entry& one) { return one.key == hash; });
    return found == set + kWays ? nullptr : found;
}

base::Duration KeyedRateMeter::missing(const RateLimit& limit, std::string_view key, base::TimePoint now) const {
    const auto hash = hashOf(key);
    const std::lock_guard lock(lockOf(hash));
    Entry* found = find(setOf(hash), hash);
    if (!found) return base::Duration::zero();
    found->seen = ticks(now);
    return missingFor(limit, found->empty, now);
}

base::Duration KeyedRateMeter::take(const RateLimit& limit, std::string_view key, base::TimePoint now) {
    const auto hash = hashOf(key);
    const std::lock_guard lock(lockOf(hash));
    Entry* set = setOf(hash);
    Entry* found = find(set, hash);
    if (!found) {
        const auto against = [&](const Entry& one) { return messagesAgainst(limit, one.empty, now); };
        found = std::min_element(set, set + kWays, [&](const Entry& a, const Entry& b) {
            return std::pair(against(a), a.seen) < std::pair(against(b), b.seen);
        });
        *found = {hash, 0, 0};
    }
    found->seen = ticks(now);
    const auto missing = missingFor(limit, found->empty, now);
    if (missing.count() == 0) found->empty = fuller(limit, found->empty, now);
    return missing;
}

void KeyedRateMeter::giveBack(const RateLimit& limit, std::string_view key) {
    const auto hash = hashOf(key);
    const std::lock_guard lock(lockOf(hash));
    if (Entry* found = find(setOf(hash), hash)) found->empty -= limit.interval().count();
}

KeyedRateMeter& RateState::keyed() {
    std::call_once(made_, [this] { keyed_ = std::make_unique<KeyedRateMeter>(); });
    return *keyed_;
}

base::Duration RateState::missing(const RateLimit& limit, std::string_view key, base::TimePoint now) {
    return limit.by ? keyed().missing(limit, key, now) : all_.missing(limit, now);
}

base::Duration RateState::take(const RateLimit& limit, std::string_view key, base::TimePoint now) {
    return limit.by ? keyed().take(limit, key, now) : all_.take(limit, now);
}

void RateState::giveBack(const RateLimit& limit, std::string_view key) {
    if (limit.by)
        keyed().giveBack(limit, key);
    else
        all_.giveBack(limit);
}

}  // namespace myelin::endpoints
