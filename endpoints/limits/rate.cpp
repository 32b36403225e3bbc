#include "endpoints/limits/rate.hpp"

#include <algorithm>

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

base::Duration KeyedRateMeter::missing(const RateLimit& limit, std::string_view key, base::TimePoint now) const {
    const auto hash = hashOf(key);
    const std::lock_guard lock(lockOf(hash));
    const Entry* set = setOf(hash);
    const Entry* found = std::find_if(set, set + kWays, [&](const Entry& one) { return one.key == hash; });
    return found == set + kWays ? base::Duration::zero() : missingFor(limit, found->empty, now);
}

base::Duration KeyedRateMeter::take(const RateLimit& limit, std::string_view key, base::TimePoint now) {
    const auto hash = hashOf(key);
    const std::lock_guard lock(lockOf(hash));
    Entry* set = setOf(hash);
    Entry* found = std::find_if(set, set + kWays, [&](const Entry& one) { return one.key == hash; });
    if (found == set + kWays) {
        found = std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) { return a.empty < b.empty; });
        *found = {hash, 0};
    }
    const auto missing = missingFor(limit, found->empty, now);
    if (missing.count() == 0) found->empty = fuller(limit, found->empty, now);
    return missing;
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

}  // namespace myelin::endpoints
