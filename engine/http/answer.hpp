#pragma once

#include <cstdint>

#include "engine/base/arena.hpp"
#include "engine/http/head.hpp"
#include "engine/http/server_exchange.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::http {

struct WrittenAnswer {
    AnswerResult result = AnswerResult::Sent;
    bool nothingSent = false;     ///< the source failed before a byte left: another answer can be given
    std::uint64_t bodyBytes = 0;  ///< of the body, without framing
    bool keepAlive = false;       ///< the client was told that the connection stays open, and got the whole answer
};

/// Writes the answer to a request onto its connection, framed as RFC 9112 6.3 and the client's version want it; a body
/// only where the method and the status allow one. `keepAlive` is false when the connection has to end for reasons
/// other than the answer; `writeTime` bounds how long the client may take nothing. Unless the result is Sent
/// or nothing was sent, the connection has to be cut.
WrittenAnswer writeAnswer(runtime::Stream& stream,
                          const RequestHead& request,
                          const OutgoingResponse& response,
                          bool keepAlive,
                          base::Milliseconds writeTime,
                          base::Arena& arena);

}  // namespace myelin::http
