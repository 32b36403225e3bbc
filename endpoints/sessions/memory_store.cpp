#include "endpoints/sessions/memory_store.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

// Few enough that each has plenty to choose from when it lets go of something, many enough that workers rarely meet.
constexpr std::size_t kSessionsOfShard = 4096;
constexpr std::size_t kMostShards = 1024;
constexpr std::chrono::minutes kBetweenReports{1};
/// The clocks of workers, which they read once a turn, may lie behind this one.
constexpr std::chrono::minutes kSlack{1};
/// In milliseconds; four bytes of them last for two years.
constexpr std::int64_t kStampUnit = 16;

std::size_t shardsFor(std::size_t sessions) {
    return std::bit_floor(std::clamp<std::size_t>(sessions / kSessionsOfShard, 1, kMostShards));
}

SessionTable::Time milliseconds(base::Milliseconds time) {
    return static_cast<SessionTable::Time>(std::max<std::int64_t>(time.count(), 0));
}

base::KeyedHash::Key makeSecret() {
    base::KeyedHash::Key key;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), sizeof key) != 1) {
        throw std::runtime_error("the system has no random numbers for the table of sessions");
    }
    return key;
}

}  // namespace

/// A shard, locked; what is done to its table shows in the store's sums.
class MemoryStore::Access {
public:
    Access(MemoryStore& store, Shard& shard)
        : store_(store),
          shard_(shard),
          lock_(shard.mutex),
          sessions_(shard.table.size()),
          bytes_(shard.table.bytes()) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() { settle(); }

    Shard* operator->() noexcept { return &shard_; }
    /// Unsigned differences wrap round to the right sums.
    void settle() noexcept {
        const std::size_t sessions = shard_.table.size();
        const std::size_t bytes = shard_.table.bytes();
        if (sessions != sessions_) store_.sessions_.fetch_add(sessions - sessions_, std::memory_order_relaxed);
        if (bytes != bytes_) store_.bytes_.fetch_add(bytes - bytes_, std::memory_order_relaxed);
        sessions_ = sessions;
        bytes_ = bytes;
    }
    bool evict() {
        if (!shard_.table.evict()) return false;
        ++shard_.evicted;
        store_.evictedSinceReport_.fetch_add(1, std::memory_order_relaxed);
        settle();
        return true;
    }

private:
    MemoryStore& store_;
    Shard& shard_;
    std::lock_guard<std::mutex> lock_;
    std::size_t sessions_;
    std::size_t bytes_;
};

MemoryStore::MemoryStore(const Limits& limits)
    : limits_(limits),
      secret_(makeSecret()),
      origin_(runtime::now() - kSlack),
      shardCount_(shardsFor(limits.sessions)) {
    // The rest is for those that come: on probation they need some time to come back.
    const std::size_t mostProtected = limits.sessions / shardCount_ * 4 / 5;
    shards_ = std::make_unique<std::unique_ptr<Shard>[]>(shardCount_);
    for (std::size_t i = 0; i < shardCount_; ++i) shards_[i] = std::make_unique<Shard>(mostProtected);
}

base::Hash128 MemoryStore::hash(const SessionKey& key) const noexcept {
    return base::KeyedHash(secret_).add(key.group.size()).add(key.group).add(key.id).finish();
}

SessionTable::Time MemoryStore::time(base::TimePoint now) const noexcept {
    const auto since = std::chrono::duration_cast<base::Milliseconds>(now - origin_).count();
    return static_cast<SessionTable::Time>(std::max<std::int64_t>(since, 0));
}

/// 0 is for those that are not confirmed.
std::uint32_t MemoryStore::stamp(base::TimePoint now) const noexcept {
    return static_cast<std::uint32_t>(time(now) / kStampUnit + 1);
}

std::optional<std::string> MemoryStore::find(const SessionKey& key, base::TimePoint now, runtime::Deadline) {
    const auto hashed = hash(key);
    Access shard(*this, shardOf(hashed));
    shard->table.expire(time(now));
    auto* const session = shard->table.find(hashed, time(now));
    ++(session ? shard->found : shard->unknown);
    if (!session) return std::nullopt;
    session->shared = true;
    return std::string(shard->table.pathOf(*session));
}

std::optional<MemoryStore::Known> MemoryStore::look(const SessionKey& key, base::TimePoint now) {
    const auto hashed = hash(key);
    const auto when = time(now);
    Access shard(*this, shardOf(hashed));
    shard->table.expire(when);
    auto* const session = shard->table.find(hashed, when);
    ++(session ? shard->found : shard->unknown);
    if (!session) return std::nullopt;
    session->shared = true;
    Known known{std::string(shard->table.pathOf(*session)),
                base::Milliseconds(session->expires - when),
                std::nullopt,
                session->changed};
    if (session->stamp != 0) known.confirmed = origin_ + base::Milliseconds((session->stamp - 1) * kStampUnit);
    return known;
}

void MemoryStore::bind(
    const SessionKey& key, std::string_view path, base::Milliseconds lifetime, base::TimePoint now, runtime::Deadline) {
    keep(key, path, lifetime, now, false);
}

void MemoryStore::keep(const SessionKey& key,
                       std::string_view path,
                       base::Milliseconds lifetime,
                       base::TimePoint now,
                       bool confirmed,
                       Use use) {
    put(key, {path, lifetime, confirmed, use}, now, [](std::string_view) { return true; });
}

std::string MemoryStore::claim(
    const SessionKey& key, std::string_view path, base::Milliseconds lifetime, base::TimePoint now, runtime::Deadline) {
    const auto counts = put(key, {path, lifetime}, now, [](std::string_view) { return false; });
    return counts.value_or(std::string(path));
}

std::string MemoryStore::replace(const SessionKey& key,
                                 std::string_view expected,
                                 std::string_view path,
                                 base::Milliseconds lifetime,
                                 base::TimePoint now,
                                 runtime::Deadline) {
    const auto counts = put(key, {path, lifetime}, now, [&](std::string_view known) { return known == expected; });
    return counts.value_or(std::string(path));
}

template <typename MayReplace>
std::optional<std::string> MemoryStore::put(const SessionKey& key,
                                            const Change& change,
                                            base::TimePoint now,
                                            const MayReplace& mayReplace) {
    const auto hashed = hash(key);
    const auto when = time(now);
    {
        Access shard(*this, shardOf(hashed));
        shard->table.expire(when);
        auto* const known = shard->table.find(hashed, when);
        if (known != nullptr && !mayReplace(shard->table.pathOf(*known))) {
            ++shard->found;
            known->shared = true;
            return std::string(shard->table.pathOf(*known));
        }
        const auto ends = when + milliseconds(change.lifetime);
        const auto confirmed = change.confirmed ? stamp(now) : 0;
        const bool changed = !change.confirmed && known != nullptr &&
                             (known->changed || (known->stamp != 0 && shard->table.pathOf(*known) != change.path));
        auto& session = shard->table.put(hashed, change.path, ends, confirmed, when);
        session.changed = changed;
        if (change.use != Use::AsBefore) session.shared = change.use == Use::Shared;
        if (known != nullptr) return std::nullopt;
        ++shard->bound;
        shard.settle();
        while (full() && shard.evict()) continue;
    }
    // This shard has nothing but the new session: another one has to give.
    if (full()) makeRoom(hashed.high & (shardCount_ - 1));
    if (evictedSinceReport_.load(std::memory_order_relaxed) != 0) report(now);
    return std::nullopt;
}

void MemoryStore::release(const SessionKey& key, std::string_view path, base::TimePoint now, runtime::Deadline) {
    letGo(key, path, now);
}

bool MemoryStore::letGo(const SessionKey& key, std::string_view path, base::TimePoint now) {
    const auto hashed = hash(key);
    const auto when = time(now);
    Access shard(*this, shardOf(hashed));
    const auto* const session = shard->table.find(hashed, when);
    if (session == nullptr) return true;
    if (session->shared || shard->table.pathOf(*session) != path) return false;
    shard->table.erase(hashed, when);
    return true;
}

void MemoryStore::renew(const SessionKey& key, base::Milliseconds lifetime, base::TimePoint now, runtime::Deadline) {
    const auto hashed = hash(key);
    const auto when = time(now);
    Access shard(*this, shardOf(hashed));
    if (auto* const session = shard->table.find(hashed, when))
        shard->table.renew(*session, when + milliseconds(lifetime));
}

bool MemoryStore::extend(const SessionKey& key,
                         base::Milliseconds lifetime,
                         base::Milliseconds more,
                         base::TimePoint now) {
    const auto hashed = hash(key);
    const auto when = time(now);
    Access shard(*this, shardOf(hashed));
    auto* const session = shard->table.find(hashed, when);
    if (session == nullptr || session->expires >= when + milliseconds(lifetime)) return false;
    shard->table.renew(*session, when + milliseconds(more));
    return true;
}

std::optional<base::Milliseconds> MemoryStore::left(const SessionKey& key, base::TimePoint now) {
    const auto known = look(key, now);
    return known ? std::optional(known->left) : std::nullopt;
}

void MemoryStore::unbind(const SessionKey& key, base::TimePoint now, runtime::Deadline) {
    const auto hashed = hash(key);
    Access shard(*this, shardOf(hashed));
    shard->table.erase(hashed, time(now));
}

bool MemoryStore::full() const noexcept {
    return sessions_.load(std::memory_order_relaxed) > limits_.sessions ||
           bytes_.load(std::memory_order_relaxed) > limits_.bytes;
}

void MemoryStore::makeRoom(std::size_t first) {
    for (std::size_t i = 1; i < shardCount_ && full(); ++i) {
        Access shard(*this, *shards_[(first + i) & (shardCount_ - 1)]);
        while (full() && shard.evict()) continue;
    }
}

void MemoryStore::report(base::TimePoint now) {
    auto at = reportAt_.load(std::memory_order_relaxed);
    const auto next = (now + kBetweenReports).time_since_epoch().count();
    if (now.time_since_epoch().count() < at) return;
    if (!reportAt_.compare_exchange_strong(at, next, std::memory_order_relaxed)) return;
    const auto count = evictedSinceReport_.exchange(0, std::memory_order_relaxed);
    observe::log(observe::Level::Warning,
                 "session store",
                 "full with " + std::to_string(size()) + " sessions, " + std::to_string(bytes()) +
                     " bytes: " + std::to_string(count) + (count == 1 ? " was" : " were") +
                     " let go of before the end, those first that never came back; see <sessions> in the engine "
                     "settings");
}

MemoryStore::Counters MemoryStore::counters() const {
    Counters sum;
    for (std::size_t i = 0; i < shardCount_; ++i) {
        const Shard& shard = *shards_[i];
        const std::lock_guard lock(shard.mutex);
        sum.bound += shard.bound;
        sum.expired += shard.table.expired();
        sum.evicted += shard.evicted;
        sum.found += shard.found;
        sum.unknown += shard.unknown;
    }
    return sum;
}

}  // namespace myelin::endpoints
