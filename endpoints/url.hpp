#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin::endpoints {

/// An http or https URL in parts. Path and query stay exactly as they were written: nothing is decoded or normalised.
struct Url {
    bool secure = false;
    std::string host;  ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string_view path;  ///< with the query, a view into the text that was parsed; may be empty or begin with '?'
};

struct UrlResult {
    Url url;
    std::string error;  ///< why not, for people; empty when it is one
    bool ok() const noexcept { return error.empty(); }
};

/// Refuses other schemes, user information, and every character that must not stand in a request line. A fragment is
/// left out, as it is never sent.
UrlResult parseUrl(std::string_view text);

}  // namespace myelin::endpoints
