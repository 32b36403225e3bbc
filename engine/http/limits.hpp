#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace myelin::http {

/// Bounds of what a peer may send and how long it may take. Values are the defaults of conf/myelin.xml.
struct Limits {
    std::size_t startLine = 8 * 1024;        ///< bytes; 414 beyond
    std::size_t headerSection = 32 * 1024;   ///< bytes with the start line; 431 beyond
    std::size_t headerCount = 100;           ///< fields; 431 beyond
    std::size_t chunkExtension = 4 * 1024;   ///< bytes a body; 400 beyond
    std::size_t trailerSection = 8 * 1024;   ///< bytes; 431 beyond
    std::uint64_t body = 0;                  ///< bytes of any body, 0 for no bound; 413 beyond
    std::uint64_t bufferedBody = 10u << 20;  ///< bytes of a body that a mediator has to see whole; 413 beyond
    std::uint64_t minimumBodyRate = 500;     ///< bytes a second, checked after 10 s; 408 below; 0 switches it off

    base::Milliseconds headTime{10'000};   ///< whole request head, from its first byte; 408 (or close) beyond
    base::Milliseconds idleTime{60'000};   ///< keep-alive connection without a request; closed quietly
    base::Milliseconds bodyTime{60'000};   ///< between two pieces of a body; 408 beyond
    base::Milliseconds writeTime{60'000};  ///< while a peer takes nothing; closed beyond
};

/// The same for answers of backends: 502 beyond.
struct UpstreamLimits {
    std::size_t headerSection = 64 * 1024;
    std::size_t headerCount = 200;
    int informational = 8;  ///< 1xx answers before the final one
    base::Milliseconds connectTime{10'000};
    base::Milliseconds idleTime{30'000};  ///< an unused pooled connection is closed
    base::Milliseconds bodyTime{60'000};
    base::Milliseconds writeTime{60'000};
    base::Milliseconds responseTime{60'000};  ///< until the head of the answer, unless the endpoint says otherwise
    std::size_t pooledConnections = 256;      ///< idle ones kept per backend and worker
};

}  // namespace myelin::http
