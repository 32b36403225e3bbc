#include "endpoints/sessions/session_table.hpp"

#include <algorithm>

namespace myelin::endpoints {

namespace {

constexpr std::size_t kFirstBuckets = 64;
// What one call does at most for what others left: far more than one call can add.
constexpr int kMostSessions = 64;
constexpr int kMostTicks = 4096;

}  // namespace

SessionTable::SessionTable(std::size_t mostProtected) : mostProtected_(mostProtected), buckets_(kFirstBuckets, kNone) {
    wheel_.fill(kNone);
}

SessionTable::Index SessionTable::indexOf(const base::Hash128& key) noexcept {
    for (Index index = bucketOf(key); index != kNone; index = at(index).chain) {
        if (at(index).key == key) return index;
    }
    return kNone;
}

SessionTable::Session* SessionTable::find(const base::Hash128& key, Time now) {
    const Index index = indexOf(key);
    if (index == kNone) return nullptr;
    if (at(index).expires <= now) {
        ++expired_;
        remove(index);
        return nullptr;
    }
    used(index);
    return &at(index);
}

SessionTable::Session& SessionTable::put(
    const base::Hash128& key, std::string_view path, Time expires, std::uint32_t stamp, Time now) {
    Index index = indexOf(key);
    if (index != kNone && at(index).expires <= now) {
        ++expired_;
        remove(index);
        index = kNone;
    }
    const PathTable::Number number = paths_.take(path);
    if (index == kNone) {
        if (size_ == 0) tick_ = now >> kTickBits;
        if (size_ >= buckets_.size()) grow();
        index = allocate();
        Session& session = at(index);
        session.key = key;
        session.expires = expires;
        session.path = number;
        session.shared = false;
        session.changed = false;
        Index& bucket = bucketOf(key);
        session.chain = bucket;
        bucket = index;
        append(index, Probation);
        schedule(index);
        ++size_;
    } else {
        if (at(index).path != number) at(index).shared = false;
        paths_.release(at(index).path);
        at(index).path = number;
        renew(at(index), expires);
        used(index);
    }
    at(index).stamp = stamp;
    last_ = index;
    return at(index);
}

void SessionTable::renew(Session& session, Time expires) {
    const bool sooner = expires < session.expires;
    session.expires = expires;
    if (!sooner) return;
    const Index index = indexOf(session.key);
    unschedule(index);
    schedule(index);
}

bool SessionTable::erase(const base::Hash128& key, Time now) {
    const Index index = indexOf(key);
    if (index == kNone) return false;
    const bool lived = at(index).expires > now;
    if (!lived) ++expired_;
    remove(index);
    return lived;
}

bool SessionTable::evict() {
    for (const Ends& ends : segments_) {
        Index index = ends.oldest;
        if (index == last_ && index != kNone) index = at(index).newer;
        if (index == kNone) continue;
        remove(index);
        return true;
    }
    return false;
}

void SessionTable::expire(Time now) {
    const Time tick = now >> kTickBits;
    int sessions = kMostSessions;
    for (int ticks = kMostTicks; tick_ < tick && ticks > 0; --ticks, ++tick_) {
        if (size_ == 0) {
            tick_ = tick;
            return;
        }
        const Index& first = wheel_[tick_ % kSlots];
        for (; first != kNone; --sessions) {
            if (sessions == 0) return;
            const Index index = first;
            if (at(index).expires <= now) {
                ++expired_;
                remove(index);
            } else {
                unschedule(index);
                schedule(index);
            }
        }
    }
}

SessionTable::Index SessionTable::allocate() {
    if (free_ == kNone) {
        constexpr Index kChunk = Index{1} << kChunkBits;
        const auto first = static_cast<Index>(chunks_.size() << kChunkBits);
        chunks_.push_back(std::make_unique<Session[]>(kChunk));
        for (Index index = first; index < first + kChunk; ++index) {
            at(index).chain = index + 1 < first + kChunk ? index + 1 : kNone;
        }
        free_ = first;
    }
    const Index index = free_;
    free_ = at(index).chain;
    return index;
}

void SessionTable::grow() {
    std::vector<Index> before(buckets_.size() * 2, kNone);
    before.swap(buckets_);
    for (Index first : before) {
        while (first != kNone) {
            const Index next = at(first).chain;
            Index& bucket = bucketOf(at(first).key);
            at(first).chain = bucket;
            bucket = first;
            first = next;
        }
    }
}

void SessionTable::remove(Index index) {
    Index* link = &bucketOf(at(index).key);
    while (*link != index) link = &at(*link).chain;
    *link = at(index).chain;
    detach(index);
    unschedule(index);
    paths_.release(at(index).path);
    at(index).chain = free_;
    free_ = index;
    if (last_ == index) last_ = kNone;
    --size_;
}

void SessionTable::append(Index index, Segment segment) {
    Ends& ends = segments_[segment];
    Session& session = at(index);
    session.segment = segment;
    session.newer = kNone;
    session.older = ends.newest;
    (ends.newest == kNone ? ends.oldest : at(ends.newest).newer) = index;
    ends.newest = index;
    ++ends.count;
}

void SessionTable::detach(Index index) {
    const Session& session = at(index);
    Ends& ends = segments_[session.segment];
    (session.newer == kNone ? ends.newest : at(session.newer).older) = session.older;
    (session.older == kNone ? ends.oldest : at(session.older).newer) = session.newer;
    --ends.count;
}

void SessionTable::used(Index index) {
    detach(index);
    append(index, Protected);
    if (segments_[Protected].count <= mostProtected_) return;
    const Index least = segments_[Protected].oldest;
    detach(least);
    append(least, Probation);
}

void SessionTable::schedule(Index index) {
    Session& session = at(index);
    const Time when = std::clamp(session.expires >> kTickBits, tick_, tick_ + kSlots - 1);
    session.slot = static_cast<std::uint8_t>(when % kSlots);
    Index& first = wheel_[session.slot];
    session.before = kNone;
    session.after = first;
    if (first != kNone) at(first).before = index;
    first = index;
}

void SessionTable::unschedule(Index index) {
    const Session& session = at(index);
    (session.before == kNone ? wheel_[session.slot] : at(session.before).after) = session.after;
    if (session.after != kNone) at(session.after).before = session.before;
}

}  // namespace myelin::endpoints
