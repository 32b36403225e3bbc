#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "endpoints/sessions/path_table.hpp"
#include "engine/base/keyed_hash.hpp"

namespace myelin::endpoints {

/// One part of the memory store. Times are milliseconds since some beginning. One thread at a time.
///
/// Two segments keep real sessions where strangers invent new ids: a session that was only bound is on probation, one
/// that was found again is protected. What has to go goes from probation first, the oldest first; so a flood of ids
/// that nobody comes back with pushes out itself. When more than its share are protected, the one that was not used
/// for longest is on probation again.
///
/// What has expired is not found any more. Its memory comes back by a wheel of seconds that each call moves a little:
/// a session lies in the slot of its end, or in the last one within reach. When a slot's time comes, what still lives
/// (it was far off, or was renewed since) is put into its next one. So renewing is writing a number.
class SessionTable {
public:
    using Time = std::uint64_t;

    explicit SessionTable(std::size_t mostProtected);

    struct Session {
        base::Hash128 key;
        Time expires = 0;
        std::uint32_t stamp = 0;  ///< its owner's
        PathTable::Number path = 0;

    private:
        friend class SessionTable;
        std::uint32_t chain = 0;  // next in the bucket, or on the free list
        std::uint32_t older = 0;  // in the segment
        std::uint32_t newer = 0;
        std::uint32_t before = 0;  // in the slot of the wheel
        std::uint32_t after = 0;
        std::uint8_t slot = 0;
        std::uint8_t segment = 0;

    public:
        bool shared = false;   ///< its owner's; put() on another path takes it back
        bool changed = false;  ///< its owner's
    };

    /// The session, which counts as a use of it; null when it is unknown or has expired.
    Session* find(const base::Hash128& key, Time now);
    Session& put(const base::Hash128& key, std::string_view path, Time expires, std::uint32_t stamp, Time now);
    void renew(Session& session, Time expires);
    bool erase(const base::Hash128& key, Time now);
    /// Lets go of the session that is worth least; never of the one that was put last. False when there is none.
    bool evict();
    /// Takes back the memory of some that have expired.
    void expire(Time now);

    std::string_view pathOf(const Session& session) const noexcept { return paths_.text(session.path); }
    std::size_t size() const noexcept { return size_; }
    std::size_t bytes() const noexcept { return size_ * kSessionBytes + paths_.bytes(); }
    std::uint64_t expired() const noexcept { return expired_; }

    /// Its place and its share of the buckets.
    static constexpr std::size_t kSessionBytes = sizeof(Session) + 2 * sizeof(std::uint32_t);

private:
    using Index = std::uint32_t;
    static constexpr Index kNone = ~Index{0};
    static constexpr unsigned kChunkBits = 8;
    static constexpr unsigned kTickBits = 10;  // a slot of the wheel is 1024 ms
    static constexpr unsigned kSlots = 256;
    enum Segment : std::uint8_t { Probation, Protected };
    struct Ends {
        Index oldest = kNone;
        Index newest = kNone;
        std::size_t count = 0;
    };

    Session& at(Index index) noexcept { return chunks_[index >> kChunkBits][index & ((1U << kChunkBits) - 1)]; }
    Index& bucketOf(const base::Hash128& key) noexcept { return buckets_[key.low & (buckets_.size() - 1)]; }
    Index indexOf(const base::Hash128& key) noexcept;
    Index allocate();
    void grow();
    void remove(Index index);
    void append(Index index, Segment segment);
    void detach(Index index);
    void used(Index index);
    void schedule(Index index);
    void unschedule(Index index);

    std::size_t mostProtected_;
    std::size_t size_ = 0;
    std::uint64_t expired_ = 0;
    std::vector<std::unique_ptr<Session[]>> chunks_;
    std::vector<Index> buckets_;
    Index free_ = kNone;
    Index last_ = kNone;  // the one that was put last
    std::array<Ends, 2> segments_;
    std::array<Index, kSlots> wheel_;
    Time tick_ = 0;  // the first slot that is not yet done with
    PathTable paths_;
};

}  // namespace myelin::endpoints
