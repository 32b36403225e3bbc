#include "endpoints/sessions/redis_store.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

constexpr const char* kSource = "session store";
constexpr std::chrono::minutes kBetweenReports{1};

std::string text(base::Milliseconds time) {
    return std::to_string(std::max<std::int64_t>(time.count(), 1));
}

// Either means the same when it runs twice.
constexpr std::string_view kReplace =
    "local known = redis.call('GET', KEYS[1]) "
    "if known and known ~= ARGV[1] then return known end "
    "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) "
    "return ARGV[2]";
constexpr std::string_view kRelease =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end "
    "return 0";

redis::Client::Options withProbe(redis::Client::Options options, const std::string& prefix) {
    options.probeKey = prefix + "probe";
    return options;
}

}  // namespace

struct RedisStore::Log {
    std::string where;
    std::atomic<std::uint64_t> alone{0};
    std::atomic<std::uint64_t> outages{0};
    std::atomic<std::uint64_t> aloneBefore{0};  // when the last outage began
    std::atomic<std::uint64_t> late{0};
    std::atomic<base::TimePoint::rep> reportAt{0};

    /// It is there, but had no time for one of us.
    void hadNoTime(base::TimePoint now) {
        const auto count = late.fetch_add(1, std::memory_order_relaxed) + 1;
        auto at = reportAt.load(std::memory_order_relaxed);
        if (now.time_since_epoch().count() < at) return;
        const auto next = (now + kBetweenReports).time_since_epoch().count();
        if (!reportAt.compare_exchange_strong(at, next, std::memory_order_relaxed)) return;
        observe::log(observe::Level::Warning,
                     kSource,
                     where + " is there, but does not answer all in time: " + std::to_string(count) +
                         (count == 1 ? " session was" : " sessions were") +
                         " looked up or changed in memory alone so far");
    }

    void changed(bool available, const std::string& why) {
        if (!available) {
            outages.fetch_add(1, std::memory_order_relaxed);
            aloneBefore.store(alone.load(std::memory_order_relaxed), std::memory_order_relaxed);
            observe::log(observe::Level::Warning,
                         kSource,
                         where + " is away (" + why + "): sessions are known to this node alone until it is back");
        } else {
            const auto during = alone.load(std::memory_order_relaxed) - aloneBefore.load(std::memory_order_relaxed);
            observe::log(observe::Level::Warning,
                         kSource,
                         where + " is back; without it sessions were looked up or changed " + std::to_string(during) +
                             (during == 1 ? " time" : " times"));
        }
    }
};

RedisStore::RedisStore(Options options)
    : prefix_(std::move(options.prefix)),
      trust_(options.trust),
      memory_(options.limits),
      log_(std::make_shared<Log>()),
      client_(std::make_shared<redis::Client>(
          withProbe(std::move(options.client), prefix_),
          [log = log_](bool available, const std::string& why) { log->changed(available, why); })) {
    log_->where = client_->address().text();
}

bool RedisStore::trusted(const MemoryStore::Known& known, base::TimePoint now) const noexcept {
    return known.confirmed && now - *known.confirmed < trust_;
}

bool RedisStore::toldForGood(const MemoryStore::Known& known) const noexcept {
    return known.confirmed && *known.confirmed >= client_->since();
}

std::string RedisStore::nameOf(const SessionKey& key) const {
    const std::string text = std::to_string(key.group.size()) + ':' + std::string(key.group) + std::string(key.id);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string name = prefix_;
    for (const unsigned char byte : digest) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        name += kDigits[byte >> 4U];
        name += kDigits[byte & 15U];
    }
    return name;
}

std::vector<redis::Reply> RedisStore::ask(const std::string& commands, std::size_t count, runtime::Deadline deadline) {
    auto replies = client_->call(commands, count, deadline);
    (replies.empty() ? log_->alone : asked_).fetch_add(1, std::memory_order_relaxed);
    if (replies.empty() && client_->available()) log_->hadNoTime(runtime::now());
    return replies;
}

std::optional<std::string> RedisStore::find(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) {
    auto known = memory_.look(key, now);
    if (known && trusted(*known, now)) return std::move(known->path);
    if (known && known->changed) return restore(key, *known, now, deadline);
    const std::string name = nameOf(key);
    auto replies = ask(redis::command({"GET", name}) + redis::command({"PTTL", name}), 2, deadline);
    if (replies.empty()) return known ? std::optional(std::move(known->path)) : std::nullopt;
    redis::Reply& path = replies[0];
    const auto left = replies[1].number;
    if (path.kind != redis::Reply::Kind::Text) return unknownToRedis(key, name, std::move(known), now, deadline);
    // It may have ended between the two.
    if (left > 0) memory_.keep(key, path.text, base::Milliseconds(left), now, true, MemoryStore::Use::Shared);
    return std::move(path.text);
}

/// Redis has the way of before, or that of another node that changed it too: the last one counts.
std::string RedisStore::restore(const SessionKey& key,
                                const MemoryStore::Known& known,
                                base::TimePoint now,
                                runtime::Deadline deadline) {
    const auto replies = ask(redis::command({"SET", nameOf(key), known.path, "PX", text(known.left)}), 1, deadline);
    if (!replies.empty()) {
        memory_.keep(key, known.path, known.left, now, true);
        restored_.fetch_add(1, std::memory_order_relaxed);
    }
    return known.path;
}

std::optional<std::string> RedisStore::unknownToRedis(const SessionKey& key,
                                                      const std::string& name,
                                                      std::optional<MemoryStore::Known> known,
                                                      base::TimePoint now,
                                                      runtime::Deadline deadline) {
    if (!known) return std::nullopt;
    if (toldForGood(*known)) {
        memory_.unbind(key, now, deadline);
        return std::nullopt;
    }
    // Unless another node is quicker, whose word is asked for with the next message.
    const auto replies = ask(redis::command({"SET", name, known->path, "NX", "PX", text(known->left)}), 1, deadline);
    if (!replies.empty() && replies[0].kind == redis::Reply::Kind::Status) {
        memory_.keep(key, known->path, known->left, now, true);
        restored_.fetch_add(1, std::memory_order_relaxed);
    }
    return std::move(known->path);
}

std::string RedisStore::claim(const SessionKey& key,
                              std::string_view path,
                              base::Milliseconds lifetime,
                              base::TimePoint now,
                              runtime::Deadline deadline) {
    const auto known = memory_.look(key, now);
    if (known && trusted(*known, now)) return known->path;
    if (known && known->changed) return restore(key, *known, now, deadline);
    const bool restores = known && !toldForGood(*known);
    const std::string proposed = restores ? known->path : std::string(path);
    const auto life = restores ? known->left : lifetime;
    const std::string name = nameOf(key);
    const auto replies = ask(redis::command({"SET", name, proposed, "NX", "PX", text(life)}) +
                                 redis::command({"GET", name}) + redis::command({"PTTL", name}),
                             3,
                             deadline);
    const bool told = !replies.empty() && replies[1].kind == redis::Reply::Kind::Text && replies[2].number > 0;
    if (!told) return memory_.claim(key, proposed, life, now, deadline);
    const bool set = replies[0].kind == redis::Reply::Kind::Status;
    if (restores && set) restored_.fetch_add(1, std::memory_order_relaxed);
    const auto use = set && !restores ? MemoryStore::Use::First : MemoryStore::Use::Shared;
    memory_.keep(key, replies[1].text, base::Milliseconds(replies[2].number), now, true, use);
    return replies[1].text;
}

std::string RedisStore::replace(const SessionKey& key,
                                std::string_view expected,
                                std::string_view path,
                                base::Milliseconds lifetime,
                                base::TimePoint now,
                                runtime::Deadline deadline) {
    if (const auto known = memory_.look(key, now); known && known->changed) {
        if (known->path != expected) return known->path;
        bind(key, path, lifetime, now, deadline);
        return std::string(path);
    }
    const std::string name = nameOf(key);
    const auto replies = ask(
        redis::command({"EVAL", kReplace, "1", name, expected, path, text(lifetime)}) + redis::command({"PTTL", name}),
        2,
        deadline);
    const bool told = !replies.empty() && replies[0].kind == redis::Reply::Kind::Text && replies[1].number > 0;
    if (!told) return memory_.replace(key, expected, path, lifetime, now, deadline);
    const std::string& counts = replies[0].text;
    const auto use = counts == path ? MemoryStore::Use::AsBefore : MemoryStore::Use::Shared;
    memory_.keep(key, counts, base::Milliseconds(replies[1].number), now, true, use);
    return counts;
}

void RedisStore::release(const SessionKey& key,
                         std::string_view path,
                         base::TimePoint now,
                         runtime::Deadline deadline) {
    if (!memory_.letGo(key, path, now)) return;
    ask(redis::command({"EVAL", kRelease, "1", nameOf(key), path}), 1, deadline);
}

void RedisStore::bind(const SessionKey& key,
                      std::string_view path,
                      base::Milliseconds lifetime,
                      base::TimePoint now,
                      runtime::Deadline deadline) {
    memory_.keep(key, path, lifetime, now, false);
    const auto replies = ask(redis::command({"SET", nameOf(key), path, "PX", text(lifetime)}), 1, deadline);
    if (!replies.empty()) memory_.keep(key, path, lifetime, now, true);
}

void RedisStore::renew(const SessionKey& key,
                       base::Milliseconds lifetime,
                       base::TimePoint now,
                       runtime::Deadline deadline) {
    const auto more = lifetime + std::min(trust_, lifetime / 8);
    if (!memory_.extend(key, lifetime, more, now)) return;
    ask(redis::command({"PEXPIRE", nameOf(key), text(more)}), 1, deadline);
}

void RedisStore::unbind(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) {
    memory_.unbind(key, now, deadline);
    ask(redis::command({"DEL", nameOf(key)}), 1, deadline);
}

RedisStore::Counters RedisStore::counters() const noexcept {
    return {asked_.load(std::memory_order_relaxed),
            log_->alone.load(std::memory_order_relaxed),
            restored_.load(std::memory_order_relaxed),
            log_->outages.load(std::memory_order_relaxed),
            log_->late.load(std::memory_order_relaxed)};
}

}  // namespace myelin::endpoints
