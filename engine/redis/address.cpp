#include "engine/redis/address.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::redis {

namespace {

constexpr unsigned kMostDatabases = 1'000'000;

AddressResult refused(std::string why) {
    return {{}, std::move(why)};
}

bool isHost(std::string_view host) {
    const auto stands = [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != '?' && c != '#' && c != '@'; };
    return !host.empty() && std::all_of(host.begin(), host.end(), stands);
}

}  // namespace

AddressResult parseAddress(std::string_view text) {
    constexpr std::string_view kPlain = "redis://";
    constexpr std::string_view kSecure = "rediss://";
    Address address;
    address.secure = base::startsWithIgnoreCase(text, kSecure);
    if (!address.secure && !base::startsWithIgnoreCase(text, kPlain)) {
        return refused("the address of a Redis server begins with redis:// or, for TLS, rediss://");
    }
    std::string_view rest = text.substr(address.secure ? kSecure.size() : kPlain.size());
    if (rest.find('@') != std::string_view::npos) {
        return refused("user and password have attributes of their own, so that they do not end up in logs");
    }
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        const std::string_view name = rest.substr(slash + 1);
        rest = rest.substr(0, slash);
        if (!name.empty()) {
            const auto database = base::parseNumber<unsigned>(name);
            if (!database || *database >= kMostDatabases)
                return refused("a Redis database is a number, as in redis://host/1");
            address.database = *database;
        }
    }
    std::string_view port;
    const bool literal6 = !rest.empty() && rest.front() == '[';
    const auto end = literal6 ? rest.find(']') : rest.find(':');
    if (literal6 && end == std::string_view::npos) return refused("the bracket of the address is not closed");
    address.host = rest.substr(literal6 ? 1 : 0, literal6 ? end - 1 : end);
    if (end != std::string_view::npos) port = rest.substr(literal6 ? end + 1 : end);
    if (!isHost(address.host)) return refused("the host of the Redis server is missing, or is no name");
    if (!port.empty()) {
        const auto number = base::parseNumber<std::uint16_t>(port.substr(1));
        if (port.front() != ':' || !number || *number == 0) return refused("a port is a number from 1 to 65535");
        address.port = *number;
    }
    return {std::move(address), {}};
}

std::string Address::text() const {
    const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
    return (secure ? "rediss://" : "redis://") + name + ':' + std::to_string(port) + '/' + std::to_string(database);
}

}  // namespace myelin::redis
