#pragma once

#include <cstddef>
#include <string_view>

#include "engine/http/head.hpp"
#include "engine/http/limits.hpp"

namespace myelin::http {

// Written by hand, and not on Boost.Beast's basic_parser, because that took 5,700 instructions for a request head of
// ten fields (this: 2,800, the guard included), of the 12,000 that a whole proxied request may take; and because half
// of the guard's rules contradict what Beast decides by itself (lists of lengths, versions, trailers through the same
// hook). Beast and llhttp's strict mode are the oracles of the fuzz targets in tests/fuzz instead.

enum class ParseStatus {
    Incomplete,  ///< more bytes are needed; `out` has nothing of use
    Complete,
    Refused,  ///< answer `answerStatus` and close: what follows cannot be trusted to be a message
};

struct ParseOutcome {
    ParseStatus status = ParseStatus::Incomplete;
    std::size_t consumed = 0;  ///< when Complete: the head with its empty line; the body begins there
    int answerStatus = 0;      ///< when Refused: 400, 414, 417, 431, 501 or 505; always 502 for backends' answers
    std::string_view reason;   ///< when Refused: static text for the log and the error answer
};

/// Parses the head of a request that begins at the first of `bytes`; at most a few empty lines before it are skipped
/// (RFC 9112 2.2). `alreadyScanned` is the size of `bytes` at the previous call for this head that gave Incomplete, or
/// 0: it keeps a slowly arriving head from being looked at from its start again and again. Refuses as early as it can,
/// limits included. On Complete, `out` has views into `bytes` and has passed the guard.
ParseOutcome parseRequestHead(std::string_view bytes,
                              std::size_t alreadyScanned,
                              const Limits& limits,
                              RequestHead& out);

/// The same for the head of an answer. `answersHead`: it answers a HEAD request. Interim (1xx) answers are given like
/// all others; 101 is refused, since the engine never asks for it.
ParseOutcome parseResponseHead(std::string_view bytes,
                               std::size_t alreadyScanned,
                               const UpstreamLimits& limits,
                               bool answersHead,
                               ResponseHead& out);

enum class FieldStatus {
    Field,
    End,  ///< the empty line was taken
    Incomplete,
    Malformed,
};

/// Takes one field line, or the empty line that ends them, from `p` on; also for trailers. `reason` is set for
/// Malformed only. A folded line shows as a malformed name at the next call.
FieldStatus parseFieldLine(const char*& p, const char* end, HeaderField& field, std::string_view& reason) noexcept;

}  // namespace myelin::http
