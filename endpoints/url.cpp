#include "endpoints/url.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

UrlResult refuse(std::string why) {
    return {{}, std::move(why)};
}

bool isHostCharacter(char c) noexcept {
    const char lower = base::toLowerAscii(c);
    return (lower >= 'a' && lower <= 'z') || base::isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

bool isAddressCharacter(char c) noexcept {
    const char lower = base::toLowerAscii(c);
    return base::isDigit(c) || (lower >= 'a' && lower <= 'f') || c == ':' || c == '.';
}

/// Scheme, per RFC 3986 3.1; empty when the text has none.
std::string_view schemeOf(std::string_view text) noexcept {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    const auto scheme = text.substr(0, colon);
    const bool proper = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        const char lower = base::toLowerAscii(c);
        return (lower >= 'a' && lower <= 'z') || base::isDigit(c) || c == '+' || c == '-' || c == '.';
    });
    return proper ? scheme : std::string_view{};
}

}  // namespace

UrlResult parseUrl(std::string_view text) {
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!clean) return refuse("blanks, control characters and characters beyond ASCII must be percent-encoded");
    const auto scheme = schemeOf(text);
    if (scheme.empty()) return refuse("it does not begin with http:// or https://");
    Url url;
    url.secure = base::equalsIgnoreCase(scheme, "https");
    if (!url.secure && !base::equalsIgnoreCase(scheme, "http")) {
        return refuse("transport \"" + std::string(scheme) + "\" is not supported, only http and https are");
    }
    auto rest = text.substr(scheme.size() + 1);
    if (!rest.starts_with("//")) return refuse("\"//\" is missing after the scheme");
    rest.remove_prefix(2);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    auto authority = rest.substr(0, end);
    url.path = rest.substr(end);
    url.path = url.path.substr(0, url.path.find('#'));
    if (authority.find('@') != std::string_view::npos) {
        return refuse("user information before the host is not supported");
    }

    std::string_view host;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return refuse("the \"]\" of the address is missing");
        host = authority.substr(1, close - 1);
        authority.remove_prefix(close + 1);
        if (!std::all_of(host.begin(), host.end(), isAddressCharacter)) return refuse("the IPv6 address is malformed");
    } else {
        host = authority.substr(0, authority.find(':'));
        authority.remove_prefix(host.size());
        if (!std::all_of(host.begin(), host.end(), isHostCharacter)) {
            return refuse("\"" + std::string(host) + "\" is not a host name");
        }
    }
    if (host.empty()) return refuse("it names no host");
    url.host.resize(host.size());
    std::transform(host.begin(), host.end(), url.host.begin(), base::toLowerAscii);
    url.port = url.secure ? 443 : 80;
    if (!authority.empty()) {
        if (authority.front() != ':') return refuse("the port must follow a \":\"");
        authority.remove_prefix(1);
        const auto port = base::parseNumber<std::uint16_t>(authority);
        if (!authority.empty() && (!port || *port == 0)) {
            return refuse("\"" + std::string(authority) + "\" is not a port number from 1 to 65535");
        }
        if (port) url.port = *port;
    }
    return {std::move(url), {}};
}

}  // namespace myelin::endpoints
