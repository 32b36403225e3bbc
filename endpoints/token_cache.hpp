#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/runtime/deadline.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/sync.hpp"

namespace myelin::endpoints {

/// One access token, shared by all workers and by successive configurations. It is fetched when it is first needed and
/// again shortly before it expires; there is at most one fetch at a time, and whoever waited for one that failed fails
/// with it instead of trying the same. Any thread; time is what `clock` says.
class TokenCache {
public:
    using Clock = base::TimePoint (*)();
    explicit TokenCache(Clock clock = &runtime::now) : clock_(clock) {}

    /// What a fetch brought.
    struct Fetched {
        std::string authorization;  ///< value of the Authorization field; empty with an error
        base::Duration lifetime{0};
        std::string refreshToken;  ///< the one to use from now on; empty: the configured one
        std::string error;
    };
    /// Asks the token server, with this refresh token instead of the configured one unless it is empty. May wait.
    using Fetch = std::function<Fetched(std::string_view refreshToken)>;

    struct Result {
        std::shared_ptr<const std::string> authorization;
        std::string error;  ///< why there is none
    };
    Result get(const Fetch& fetch, runtime::Deadline deadline);
    /// The backend did not take it: it is not given again. An older one changes nothing.
    void refuse(std::string_view authorization);

    /// A token is renewed so long before its end, or a tenth of its life if that is shorter.
    static constexpr base::Milliseconds kMargin{10'000};

private:
    enum class State { Missing, Aging, Fresh };
    State look(Result& result) const;
    Result keep(Fetched fetched, base::TimePoint asked, runtime::Deadline deadline);
    std::string refreshToken() const;
    struct Failure {
        std::uint64_t number = 0;  ///< counted from 1; 0: none yet
        std::string error;
    };
    Failure lastFailure() const;

    Clock clock_;
    runtime::Mutex fetching_;
    mutable std::mutex mutex_;  // guards what follows; never held while waiting
    std::shared_ptr<const std::string> authorization_;
    base::TimePoint renewAt_;
    base::TimePoint expires_;
    std::string refreshToken_;
    Failure failure_;
};

/// The caches of one endpoint: one for each set of credentials that its messages bring, the least recently used ones
/// being forgotten. Any thread.
class TokenCaches {
public:
    /// `key` tells the credentials apart.
    std::shared_ptr<TokenCache> at(std::string_view key);
    /// As TokenCache::refuse(), for whichever has it.
    void refuse(std::string_view authorization);

    static constexpr std::size_t kKept = 256;

private:
    std::mutex mutex_;
    std::list<std::pair<std::string, std::shared_ptr<TokenCache>>> caches_;  // the last used in front
};

}  // namespace myelin::endpoints
