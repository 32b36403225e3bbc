#include "endpoints/token_cache.hpp"

#include <algorithm>

namespace myelin::endpoints {

TokenCache::Result TokenCache::get(const Fetch& fetch, runtime::Deadline deadline) {
    Result result;
    const State state = look(result);
    if (state == State::Fresh) return result;
    const auto before = lastFailure();
    if (state == State::Aging) {
        // Somebody else renews it: until then it is as good as ever.
        if (!fetching_.tryLock()) return result;
    } else if (!fetching_.lockUntil(deadline)) {
        return {nullptr, "no access token came in time"};
    }
    const std::lock_guard holder(fetching_, std::adopt_lock);
    Result meanwhile;
    if (look(meanwhile) == State::Fresh) return meanwhile;
    if (auto failure = lastFailure(); failure.number != before.number) return {nullptr, std::move(failure.error)};
    const auto asked = clock_();
    auto renewed = keep(fetch(refreshToken()), asked, deadline);
    // A token server that fails takes nothing from a token that still holds.
    return !renewed.authorization && state == State::Aging ? result : renewed;
}

void TokenCache::refuse(std::string_view authorization) {
    const std::lock_guard lock(mutex_);
    if (authorization_ && *authorization_ == authorization) authorization_ = nullptr;
}

TokenCache::State TokenCache::look(Result& result) const {
    const auto now = clock_();
    const std::lock_guard lock(mutex_);
    if (!authorization_ || now >= expires_) return State::Missing;
    result.authorization = authorization_;
    return now < renewAt_ ? State::Fresh : State::Aging;
}

TokenCache::Result TokenCache::keep(Fetched fetched, base::TimePoint asked, runtime::Deadline deadline) {
    const auto now = clock_();
    const std::lock_guard lock(mutex_);
    if (fetched.authorization.empty()) {
        // A refresh token that the server once gave may be the reason; the configured one is tried next time.
        refreshToken_.clear();
        // Who ran out of time of his own says nothing about the server.
        if (!deadline.expired(now)) failure_ = {failure_.number + 1, fetched.error};
        return {nullptr, std::move(fetched.error)};
    }
    authorization_ = std::make_shared<const std::string>(std::move(fetched.authorization));
    // From before the fetch, since nobody knows when within it the server began to count.
    expires_ = asked + fetched.lifetime;
    renewAt_ = expires_ - std::min<base::Duration>(kMargin, fetched.lifetime / 10);
    if (!fetched.refreshToken.empty()) refreshToken_ = std::move(fetched.refreshToken);
    return {authorization_, {}};
}

TokenCache::Failure TokenCache::lastFailure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

std::string TokenCache::refreshToken() const {
    const std::lock_guard lock(mutex_);
    return refreshToken_;
}

std::shared_ptr<TokenCache> TokenCaches::at(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(caches_.begin(), caches_.end(), [&](const auto& cache) { return cache.first == key; });
    if (found != caches_.end()) {
        caches_.splice(caches_.begin(), caches_, found);
    } else {
        caches_.emplace_front(key, std::make_shared<TokenCache>());
        if (caches_.size() > kKept) caches_.pop_back();
    }
    return caches_.front().second;
}

void TokenCaches::refuse(std::string_view authorization) {
    const std::lock_guard lock(mutex_);
    for (const auto& cache : caches_) cache.second->refuse(authorization);
}

}  // namespace myelin::endpoints
