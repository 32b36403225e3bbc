#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace myelin::endpoints {

/// A host that serves what a group is asked for. A port of 0 means that it does not speak that scheme.
struct Member {
    std::string host;  ///< an IPv6 address without its brackets
    std::uint16_t httpPort = 0;
    std::uint16_t httpsPort = 0;
    std::uint32_t weight = 1;
    bool secondary = false;    ///< gets messages only when no other can take them
    bool switchedOff = false;  ///< gets none, in the configuration

    std::uint16_t port(bool secure) const noexcept { return secure ? httpsPort : httpPort; }
    friend bool operator==(const Member&, const Member&) = default;
};
using Members = std::vector<Member>;

/// "host:port", with brackets around an IPv6 address.
inline std::string authorityOf(const std::string& host, std::uint16_t port) {
    const bool numeric6 = host.find(':') != std::string::npos;
    return (numeric6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace myelin::endpoints
