#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "endpoints/sessions/session_table.hpp"
#include "endpoints/sessions/store.hpp"
#include "engine/base/keyed_hash.hpp"

namespace myelin::endpoints {

/// Sessions of this process, bounded by count and by bytes. Of an id it keeps a hash of 128 bits under a key by chance:
/// two of a million sessions share one with a chance of 2^-89, and nobody can look for two that do without the key.
/// What it lets go of when it is full is told in SessionTable. Any thread; it never waits.
class MemoryStore final : public SessionStore {
public:
    struct Limits {
        std::size_t sessions = 1'000'000;
        std::size_t bytes = 128U << 20U;
    };
    explicit MemoryStore(const Limits& limits);

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
    std::optional<base::Milliseconds> left(const SessionKey& key, base::TimePoint now) override;
    void unbind(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) override;

    /// For a store that keeps here what it knows of another one's sessions.
    struct Known {
        std::string path;
        base::Milliseconds left{0};                ///< to live
        std::optional<base::TimePoint> confirmed;  ///< when the other one last said so
        bool changed = false;                      ///< goes another way than the other one has confirmed before
    };
    std::optional<Known> look(const SessionKey& key, base::TimePoint now);
    /// Whether several messages use a session, as far as release() is concerned.
    enum class Use : std::uint8_t { AsBefore, First, Shared };
    /// As bind(). `confirmed`: the other one knows it too, as of now.
    void keep(const SessionKey& key,
              std::string_view path,
              base::Milliseconds lifetime,
              base::TimePoint now,
              bool confirmed,
              Use use = Use::AsBefore);
    /// As release(). False when it stays.
    bool letGo(const SessionKey& key, std::string_view path, base::TimePoint now);
    /// A session that would end before `lifetime` is over lives for `more` from now on. Whether it was one.
    bool extend(const SessionKey& key, base::Milliseconds lifetime, base::Milliseconds more, base::TimePoint now);

    struct Counters {
        std::uint64_t bound = 0;    ///< new ones
        std::uint64_t expired = 0;  ///< as far as their memory was taken back
        std::uint64_t evicted = 0;  ///< let go of before their time, because the store was full
        std::uint64_t found = 0;
        std::uint64_t unknown = 0;
    };
    Counters counters() const;
    /// Sessions it has now, some of which may have expired.
    std::size_t size() const noexcept { return sessions_.load(std::memory_order_relaxed); }
    std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
    struct alignas(64) Shard {
        explicit Shard(std::size_t mostProtected) : table(mostProtected) {}
        mutable std::mutex mutex;
        SessionTable table;
        std::uint64_t bound = 0;
        std::uint64_t evicted = 0;
        std::uint64_t found = 0;
        std::uint64_t unknown = 0;
    };
    class Access;

    base::Hash128 hash(const SessionKey& key) const noexcept;
    Shard& shardOf(const base::Hash128& key) noexcept { return *shards_[key.high & (shardCount_ - 1)]; }
    SessionTable::Time time(base::TimePoint now) const noexcept;
    std::uint32_t stamp(base::TimePoint now) const noexcept;
    bool full() const noexcept;
    struct Change {
        std::string_view path;
        base::Milliseconds lifetime;
        bool confirmed = false;
        Use use = Use::AsBefore;
    };
    /// What is known already and may not be replaced counts; its path then.
    template <typename MayReplace>
    std::optional<std::string> put(const SessionKey& key,
                                   const Change& change,
                                   base::TimePoint now,
                                   const MayReplace& mayReplace);
    void makeRoom(std::size_t first);
    void report(base::TimePoint now);

    Limits limits_;
    base::KeyedHash::Key secret_;
    base::TimePoint origin_;
    std::size_t shardCount_;
    std::unique_ptr<std::unique_ptr<Shard>[]> shards_;
    std::atomic<std::size_t> sessions_{0};
    std::atomic<std::size_t> bytes_{0};
    std::atomic<std::uint64_t> evictedSinceReport_{0};
    std::atomic<base::TimePoint::rep> reportAt_{0};
};

}  // namespace myelin::endpoints
