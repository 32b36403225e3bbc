#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/http/client.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::http {

/// One connection to a backend: busy with a request, or idle in its pool.
struct PooledConnection {
    std::unique_ptr<runtime::Stream> stream;
    std::uint32_t origin = 0;
    std::uint64_t written = 0;  ///< bytes since it was opened, to be compared with what the peer's kernel took
    runtime::TimePoint idleSince{};
};

/// The idle connections of one thread, by origin: last in, first out. A connection that says anything while idle, or
/// ends, is dropped at once: what it says cannot be an answer to anything.
class ConnectionPool {
public:
    explicit ConnectionPool(const UpstreamLimits& limits);
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;
    ~ConnectionPool();

    /// Null when none is idle.
    std::unique_ptr<PooledConnection> take(std::uint32_t origin);
    void give(std::unique_ptr<PooledConnection> connection);
    void closeAll();

private:
    using Idle = std::vector<std::unique_ptr<PooledConnection>>;

    Idle* find(std::uint32_t origin) noexcept;
    Idle& at(std::uint32_t origin);
    static void onIdleReadable(runtime::IoWatch&, void* connection);
    void closeOld();

    struct Sweep : runtime::Timer {
        explicit Sweep(ConnectionPool& pool)
            : Timer([](Timer& timer) { static_cast<Sweep&>(timer).owner.closeOld(); }), owner(pool) {}
        ConnectionPool& owner;
    };

    // Where an origin's entry is in idle_, by the last bits of its id: spares a request two searches.
    struct Hint {
        std::uint32_t origin = 0;
        Idle* idle = nullptr;
    };
    static constexpr std::size_t kHints = 16;

    const UpstreamLimits& limits_;
    std::unordered_map<std::uint32_t, Idle> idle_;  // by origin; emptied entries go with the next sweep
    std::array<Hint, kHints> hints_;
    std::size_t count_ = 0;
    Sweep sweep_;
};

}  // namespace myelin::http
