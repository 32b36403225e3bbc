#include "engine/http/connection_pool.hpp"

#include <algorithm>

namespace myelin::http {

namespace {

constexpr runtime::Milliseconds kSweepInterval{1'000};

// The pool that an idle callback belongs to is the one of the thread that it runs on.
thread_local ConnectionPool* threadPool = nullptr;

}  // namespace

ConnectionPool::ConnectionPool(const UpstreamLimits& limits) : limits_(limits), sweep_(*this) {
    threadPool = this;
}

ConnectionPool::~ConnectionPool() {
    closeAll();
    if (threadPool == this) threadPool = nullptr;
}

ConnectionPool::Idle* ConnectionPool::find(std::uint32_t origin) noexcept {
    Hint& hint = hints_[origin % kHints];
    if (hint.idle && hint.origin == origin) return hint.idle;
    const auto pool = idle_.find(origin);
    if (pool == idle_.end()) return nullptr;
    hint = {origin, &pool->second};
    return hint.idle;
}

ConnectionPool::Idle& ConnectionPool::at(std::uint32_t origin) {
    if (Idle* known = find(origin)) return *known;
    return idle_[origin];
}

std::unique_ptr<PooledConnection> ConnectionPool::take(std::uint32_t origin) {
    Idle* const pool = find(origin);
    if (!pool) return nullptr;
    auto& idle = *pool;
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        --count_;
        if (auto* watch = connection->stream->watch()) watch->setIdleCallback(nullptr, nullptr);
        if (!connection->stream->readable()) return connection;
    }
    return nullptr;
}

void ConnectionPool::give(std::unique_ptr<PooledConnection> connection) {
    if (connection->stream->readable()) return;
    auto& idle = at(connection->origin);
    if (idle.size() >= limits_.pooledConnections) return;
    connection->idleSince = runtime::now();
    if (auto* watch = connection->stream->watch()) {
        watch->setIdleCallback(&onIdleReadable, connection.get());
        if (!sweep_.armed()) {
            if (auto* loop = runtime::Loop::current()) loop->timers().arm(sweep_, loop->now() + kSweepInterval);
        }
    }
    idle.push_back(std::move(connection));
    ++count_;
}

void ConnectionPool::onIdleReadable(runtime::IoWatch&, void* owner) {
    auto* const connection = static_cast<PooledConnection*>(owner);
    auto& idle = threadPool->at(connection->origin);
    const auto found =
        std::find_if(idle.begin(), idle.end(), [&](const auto& candidate) { return candidate.get() == connection; });
    if (found == idle.end()) return;
    idle.erase(found);
    --threadPool->count_;
}

void ConnectionPool::closeOld() {
    const runtime::TimePoint now = runtime::now();
    hints_.fill({});
    for (auto pool = idle_.begin(); pool != idle_.end();) {
        auto& idle = pool->second;
        // The oldest stand in front.
        const auto fresh = std::find_if(idle.begin(), idle.end(), [&](const auto& connection) {
            return now - connection->idleSince < limits_.idleTime;
        });
        count_ -= static_cast<std::size_t>(fresh - idle.begin());
        idle.erase(idle.begin(), fresh);
        pool = idle.empty() ? idle_.erase(pool) : std::next(pool);
    }
    if (count_ == 0) return;
    if (auto* loop = runtime::Loop::current()) loop->timers().arm(sweep_, loop->now() + kSweepInterval);
}

void ConnectionPool::closeAll() {
    hints_.fill({});
    idle_.clear();
    count_ = 0;
}

}  // namespace myelin::http
