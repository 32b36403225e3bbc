#pragma once

#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/runtime/deadline.hpp"

namespace myelin::runtime {

struct ResolveResult {
    std::vector<Poco::Net::SocketAddress> addresses;  ///< empty when the look-up failed; numeric hosts need none
    std::string error;                                ///< for people
    bool timedOut = false;
};

/// Looks a host up through the blocking pool, with a process-wide cache: an answer is good for 30 s, a failure for
/// 1 s; while the resolver fails, the last good answer is used on (edge: a name server's outage must not become ours).
/// A fiber waits for it no longer than the deadline; the look-up itself goes on and fills the cache. Concurrent
/// look-ups of one name are one look-up. Any thread.
ResolveResult resolve(const std::string& host, std::uint16_t port, Deadline deadline);

}  // namespace myelin::runtime
