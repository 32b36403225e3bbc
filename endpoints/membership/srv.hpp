#pragma once

#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace myelin::endpoints {

struct SrvTarget {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::string host;
    std::uint16_t port = 0;
};

struct SrvAnswer {
    std::vector<SrvTarget> targets;  ///< as they came
    std::string error;               ///< why there are none, for people
};

/// The SRV records (RFC 2782) of a name, "_http._tcp.quotes.example". Blocks for some seconds at most: for the blocking
/// pool. `server` (IPv4) is asked instead of the system's name servers. Does not throw.
SrvAnswer lookUpSrv(const std::string& name, const std::optional<Poco::Net::SocketAddress>& server);

}  // namespace myelin::endpoints
