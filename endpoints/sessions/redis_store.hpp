#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/sessions/memory_store.hpp"
#include "endpoints/sessions/store.hpp"
#include "engine/redis/client.hpp"

namespace myelin::endpoints {

/// Sessions that several nodes share by a Redis server. What this node knows of them is in memory too:
///
/// - A session of which Redis has spoken within the last `trust` is answered from memory. So another node's change of a
///   session (it is bound anew when its server fails) is seen here within that time, and a session in use costs one
///   question in that time, however many messages it has.
/// - While Redis is away, sessions are found and bound in memory alone, without waiting. When it is back, each is
///   written again as it is next used. Of a session that was new, another node's word that Redis has got meanwhile
///   holds. One that Redis knew and that was bound anew goes the new way; where several nodes did so, the way of the
///   last one that comes back to it. What was unbound in the meantime may be found again, with the same end.
/// - Where Redis is there but has no time for a question, that one is answered as if it were away.
///
/// A session that is renewed may live longer than it should, by `trust` or an eighth of its life, so that not each
/// message has to tell Redis. In Redis a session has a hash of its group and id for a name; the id itself, which may
/// be as good as a password, is not to be read there.
class RedisStore final : public SessionStore {
public:
    struct Options {
        redis::Client::Options client;  ///< without the key to probe with
        MemoryStore::Limits limits;
        std::string prefix = "myelin:";  ///< of every key
        base::Milliseconds trust{1000};
    };
    explicit RedisStore(Options options);

    std::optional<std::string> find(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) override;
    void bind(const SessionKey& key,
              std::string_view path,
              base::Milliseconds lifetime,
              base::TimePoint now,
              runtime::Deadline deadline) override;
    std::string claim(const SessionKey& key,
                      std::string_view path,
                      base::Milliseconds lifetime,
                      base::TimePoint now,
                      runtime::Deadline deadline) override;
    std::string replace(const SessionKey& key,
                        std::string_view expected,
                        std::string_view path,
                        base::Milliseconds lifetime,
                        base::TimePoint now,
                        runtime::Deadline deadline) override;
    void release(const SessionKey& key,
                 std::string_view path,
                 base::TimePoint now,
                 runtime::Deadline deadline) override;
    void renew(const SessionKey& key,
               base::Milliseconds lifetime,
               base::TimePoint now,
               runtime::Deadline deadline) override;
    std::optional<base::Milliseconds> left(const SessionKey& key, base::TimePoint now) override {
        return memory_.left(key, now);
    }
    void unbind(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) override;

    struct Counters {
        std::uint64_t asked = 0;     ///< calls to Redis that it answered
        std::uint64_t alone = 0;     ///< what was done without Redis
        std::uint64_t restored = 0;  ///< sessions that Redis did not know (any more) and was told again
        std::uint64_t outages = 0;   ///< how often it went away
        std::uint64_t late = 0;      ///< of `alone`, what it had no time for, though it was there
    };
    Counters counters() const noexcept;
    const MemoryStore& memory() const noexcept { return memory_; }
    bool shared() const noexcept { return client_->available(); }

private:
    /// Shared with the client, whose background task may outlive the store for a moment.
    struct Log;

    bool trusted(const MemoryStore::Known& known, base::TimePoint now) const noexcept;
    /// Redis knew it, and was there all the time: when it does not any more, another node has unbound it.
    bool toldForGood(const MemoryStore::Known& known) const noexcept;
    std::string nameOf(const SessionKey& key) const;
    std::vector<redis::Reply> ask(const std::string& commands, std::size_t count, runtime::Deadline deadline);
    std::string restore(const SessionKey& key,
                        const MemoryStore::Known& known,
                        base::TimePoint now,
                        runtime::Deadline deadline);
    std::optional<std::string> unknownToRedis(const SessionKey& key,
                                              const std::string& name,
                                              std::optional<MemoryStore::Known> known,
                                              base::TimePoint now,
                                              runtime::Deadline deadline);

    std::string prefix_;
    base::Milliseconds trust_;
    MemoryStore memory_;
    std::shared_ptr<Log> log_;
    std::shared_ptr<redis::Client> client_;
    std::atomic<std::uint64_t> asked_{0};
    std::atomic<std::uint64_t> restored_{0};
};

}  // namespace myelin::endpoints
