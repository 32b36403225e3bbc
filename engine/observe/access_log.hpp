#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/observe/bounded_writer.hpp"

namespace myelin::observe {

/// One finished request, for the access log. Views of the caller's.
struct AccessRecord {
    std::string_view client;  ///< address without port
    std::string_view method;
    std::string_view target;                ///< as sent
    int minorVersion = 1;                   ///< HTTP/1.<this>
    int status = 0;                         ///< 0: the client went away without an answer
    std::uint64_t requestBytes = 0;         ///< of the body
    std::uint64_t responseBytes = 0;        ///< of the body
    std::chrono::microseconds duration{0};  ///< from the request's head to the end of the answer
    std::string_view endpoint;              ///< that answered; empty when none was asked
    std::string_view userAgent;
};

/// The access log, one line for each request:
///
///     127.0.0.1 - - [01/Mar/2026:12:00:00 +0000] "POST /services/Quote HTTP/1.1" 200 512 "agent" 1024 850us primary
///
/// that is: the Combined format's fields up to the status and the answer's bytes, the user agent, the request's bytes,
/// the duration and the endpoint ("-" for what is unknown). Lines are written by a thread of their own; when it cannot
/// keep up they are dropped and counted, and no request ever waits.
class AccessLog {
public:
    /// Null when it is off.
    static AccessLog* current() noexcept;
    /// Turns it on: to a file (see BoundedWriter), or standard error when `file` is "-"; off when it is empty. Before
    /// workers run. Throws std::runtime_error when the file cannot be opened.
    static void configure(const std::string& file);

    explicit AccessLog(const std::string& file);

    /// Any thread; never waits, never throws.
    void record(const AccessRecord& record) noexcept;
    bool flush(std::chrono::milliseconds limit) { return writer_.flush(limit); }
    std::uint64_t dropped() const noexcept { return writer_.dropped(); }

private:
    BoundedWriter writer_;
};

}  // namespace myelin::observe
