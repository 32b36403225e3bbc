#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin::redis {

/// Where a Redis server is: `redis://host[:port][/database]`, or `rediss://` for TLS.
struct Address {
    bool secure = false;
    std::string host;  ///< an IPv6 address without its brackets
    std::uint16_t port = 6379;
    unsigned database = 0;

    /// For people.
    std::string text() const;
};

struct AddressResult {
    Address address;
    std::string error;  ///< why it is none; empty when it is one
    bool ok() const noexcept { return error.empty(); }
};

/// User information is refused: a password in an address ends up in logs.
AddressResult parseAddress(std::string_view text);

}  // namespace myelin::redis
