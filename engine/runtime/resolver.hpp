#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/deadline.hpp"

namespace myelin::runtime {

class BlockingPool;

struct ResolveResult {
    std::vector<Poco::Net::SocketAddress> addresses;  ///< in the order to try; empty when the look-up failed
    std::string error;                                ///< for people; set exactly when there are no addresses
    bool timedOut = false;
};

/// Looks a host up through the blocking pool, with a process-wide cache: an answer is good for 30 s, a failure for
/// 1 s. A fiber waits no longer than the deadline; the look-up itself goes on and fills the cache. Concurrent look-ups
/// of one name are one look-up. An answer that has been good within the last five minutes, or whose renewal has
/// failed, is used at once while its renewal goes on (edge: a name server's outage or slowness must not become ours).
/// Numeric addresses (IPv6 also in brackets) need no look-up. Any thread.
ResolveResult resolve(const std::string& host, std::uint16_t port, Deadline deadline);

/// What is behind resolve(), with the look-up and the time in the caller's hands.
class Resolver {
public:
    struct Answer {
        std::vector<Poco::Net::IPAddress> addresses;
        std::string error;  ///< why there are none
    };
    /// May block and must not throw; runs on the pool.
    using LookUp = std::function<Answer(const std::string& host)>;

    Resolver(BlockingPool& pool, LookUp lookUp);
    ResolveResult resolve(const std::string& host, std::uint16_t port, Deadline deadline, TimePoint now);

private:
    struct State;
    BlockingPool& pool_;
    std::shared_ptr<State> state_;  // shared with the look-ups under way
};

}  // namespace myelin::runtime
