#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/clock.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// A session of one group. Sessions belong to their group: the same id at another group is another session.
struct SessionKey {
    std::string_view group;  ///< the stable identity of the group
    std::string_view id;     ///< what the client or the server calls the session
};

/// Remembers where the messages of sessions go, each for a lifetime. The path is opaque to it (SessionTrail). All
/// workers use one store. A store that asks another machine waits in fibers, at most until the deadline, and never
/// throws for what the network does: it answers from what it knows.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    /// The path of a session that is known and has not expired.
    virtual std::optional<std::string> find(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) = 0;
    /// The session goes this way for `lifetime` from now on, whatever was known of it before.
    virtual void bind(const SessionKey& key,
                      std::string_view path,
                      base::Milliseconds lifetime,
                      base::TimePoint now,
                      runtime::Deadline deadline) = 0;
    /// The same, unless the session is known: then nothing changes. The path that counts from here on, so that of
    /// several first messages at the same time all go one way. A store that can, does it in one step.
    virtual std::string claim(const SessionKey& key,
                              std::string_view path,
                              base::Milliseconds lifetime,
                              base::TimePoint now,
                              runtime::Deadline deadline) {
        if (auto known = find(key, now, deadline)) return std::move(*known);
        bind(key, path, lifetime, now, deadline);
        return std::string(path);
    }
    /// Goes `path` from here on if it has gone `expected` until now, or is not known; for `lifetime` from now on. Else
    /// another message has bound it meanwhile, and nothing changes. The path that counts afterwards. A store that can,
    /// does it in one step.
    virtual std::string replace(const SessionKey& key,
                                std::string_view expected,
                                std::string_view path,
                                base::Milliseconds lifetime,
                                base::TimePoint now,
                                runtime::Deadline deadline) {
        auto known = find(key, now, deadline);
        if (known && *known != expected) return std::move(*known);
        bind(key, path, lifetime, now, deadline);
        return std::string(path);
    }
    /// Takes back what claim() or replace() has bound to `path` for a message that nobody answered. The session stays
    /// when it goes another way by now, or when another message has come upon it since it goes this way: found it, or
    /// lost a claim() or replace() to it. (A store of several nodes may know that of its own messages alone.)
    virtual void release(const SessionKey& key,
                         std::string_view path,
                         base::TimePoint now,
                         runtime::Deadline deadline) {
        const auto known = find(key, now, deadline);
        if (known && *known == path) unbind(key, now, deadline);
    }
    /// A session that is known lives for `lifetime` from now on.
    virtual void renew(const SessionKey& key,
                       base::Milliseconds lifetime,
                       base::TimePoint now,
                       runtime::Deadline deadline) = 0;
    /// How long a session that is known lives yet; nothing when it is not known here.
    virtual std::optional<base::Milliseconds> left(const SessionKey& key, base::TimePoint now) {
        (void)key, (void)now;
        return std::nullopt;
    }
    virtual void unbind(const SessionKey& key, base::TimePoint now, runtime::Deadline deadline) = 0;
};

}  // namespace myelin::endpoints
