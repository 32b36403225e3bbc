#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace samples {

/// How a backend misbehaves on purpose.
enum class FailMode {
    None,
    RefuseAfterAccept,  ///< closes each connection before it reads a byte
    Reset,              ///< reads the request, then resets the connection
    Close,              ///< reads the request, then closes without an answer
    Hang,               ///< reads the request, then says nothing
    Garbage,            ///< answers with bytes that are not HTTP
    Half,               ///< promises a body and closes in its middle
    Status500,
    Status503,
    Fault,  ///< a SOAP fault with status 500
};

/// The mode called `name` on the command line. Throws Poco::InvalidArgumentException that lists the modes.
FailMode failModeNamed(const std::string& name);

/// What the command line said.
struct Options {
    std::string name = "sample";
    std::vector<std::uint16_t> ports;  ///< 0 takes a free one
    int delay = 0;                     ///< milliseconds before each answer
    FailMode fail = FailMode::None;
    unsigned failEvery = 1;  ///< only each Nth request fails
    std::string cookie;      ///< name of the session cookie, empty for none
    std::string basicAuth;   ///< NAME:PASSWORD that /rest/ demands, empty for nothing
    int threads = 256;       ///< connections served at a time; an idle kept-alive one counts
    bool verbose = false;
};

}  // namespace samples
