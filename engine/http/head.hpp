#pragma once

#include <cstdint>
#include <string_view>

#include "engine/http/headers.hpp"

namespace myelin::http {

/// The head of a request as read from the network and found in order by the guard. Views into the receive buffer.
struct RequestHead {
    explicit RequestHead(base::Arena& arena) : headers(arena) {}

    std::string_view method;
    std::string_view target;  ///< exactly as sent: never decoded, never normalised
    int minorVersion = 1;     ///< 0 or 1; a peer of HTTP/1.2 or later is spoken to in 1.1
    Headers headers;
    bool keepAlive = true;
    bool expectContinue = false;
    bool chunked = false;
    std::uint64_t contentLength = 0;  ///< 0 without the field
    bool hasContentLength = false;
    std::string_view host;  ///< of the Host field, or of an absolute target
};

/// The head of an answer of a backend.
struct ResponseHead {
    explicit ResponseHead(base::Arena& arena) : headers(arena) {}

    int status = 0;
    std::string_view reason;
    int minorVersion = 1;
    Headers headers;
    bool keepAlive = true;
    bool chunked = false;
    std::uint64_t contentLength = 0;
    bool hasContentLength = false;
    bool untilClose = false;  ///< the body ends with the connection
    /// Whether body bytes follow. False for answers to HEAD, 1xx, 204 and 304, whatever their framing fields say (RFC
    /// 9112 6.3; contentLength then only describes what GET would give), and for a length of 0.
    bool hasBody = false;
};

}  // namespace myelin::http
