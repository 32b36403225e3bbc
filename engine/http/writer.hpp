#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "engine/http/framing.hpp"
#include "engine/http/headers.hpp"

namespace myelin::http {

/// What stands in the head of a request. Nothing here is trusted: mediators and properties fill it.
struct RequestToWrite {
    std::string_view method;
    std::string_view target;
    std::string_view host;
    const Headers* headers = nullptr;  ///< may be null
    BodyFraming framing;               ///< None, Length or Chunked
    bool close = false;
    bool hostChecked = false;  ///< the host is known to be a valid authority
};

struct ResponseToWrite {
    int status = 200;
    std::string_view reason;           ///< empty, or not fit to be written: the standard phrase
    const Headers* headers = nullptr;  ///< may be null
    BodyFraming framing;               ///< None means an empty body where one could be
    bool answersHead = false;
    bool keepAlive = true;
    int clientMinorVersion = 1;  ///< an HTTP/1.0 client is told of keep-alive
};

struct WriteOutcome {
    /// Bytes of the whole head. When that is more than the span has, the span holds nothing of use: try again with one
    /// of this size.
    std::size_t size = 0;
    /// Fields left out because their name is no token or their value has control characters: somebody tried to
    /// smuggle something in, or a mediator computed nonsense. For the log.
    unsigned refusedFields = 0;
    /// False when method, target or host cannot stand in a request head, a request's body would end with the
    /// connection, or the status has not three digits: nothing may be sent then.
    bool valid = true;
};

/// Serialises the head of a message, empty line included, with framing fields of its own. Left out of `headers`:
/// hop-by-hop fields and those that Connection names, Content-Length, Host (of requests), Expect.
///
/// A request without a body gets `Content-Length: 0` when its method usually has one (POST, PUT, PATCH). An answer to
/// HEAD and a 304 keep the Content-Length that `headers` has (RFC 9110 8.6); 1xx and 204 never have one. A Date is
/// added to final answers that have none.
WriteOutcome writeRequestHead(std::span<char> to, const RequestToWrite& request) noexcept;
WriteOutcome writeResponseHead(std::span<char> to, const ResponseToWrite& response) noexcept;

/// The last chunk of a body with trailers, hostile fields left out as in heads.
WriteOutcome writeLastChunk(std::span<char> to, const Headers& trailers) noexcept;

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace myelin::http
