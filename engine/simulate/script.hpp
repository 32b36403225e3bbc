#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/config/diagnostics.hpp"

namespace myelin::simulate {

/// Evenly between typical - jitter and typical + jitter.
struct Latency {
    base::Duration typical{base::Milliseconds(1)};
    base::Duration jitter{0};
};

enum class Trouble : std::uint8_t {
    None,
    Refuse,       ///< connections are refused; those that exist are reset
    Unreachable,  ///< connecting takes until its time is over
    Hang,         ///< connections come about, answers do not
    Reset,        ///< connections are reset instead of an answer
};

/// Some time during which a backend is not as usual.
struct Period {
    base::Duration from{0};  ///< since the beginning
    base::Duration to = base::Duration::max();
    Trouble trouble = Trouble::None;
    int status = 0;  ///< of every answer; 0: as usual
    std::optional<Latency> latency;
};

struct Answer {
    std::string path;  ///< of requests that get it: what their path begins with
    int status = 200;
    std::string type;
    std::string body;
};

struct Backend {
    Latency latency;
    double failures = 0;  ///< share of the requests whose connection is reset, by chance
    std::vector<Answer> answers;
    std::vector<Period> periods;

    /// The first period that holds then; null when all is as usual.
    const Period* at(base::Duration since) const noexcept;
};

/// What clients send. `{client}` and `{call}` in path, header values and body are the number of the client and of the
/// call, from 0.
struct Request {
    std::string method = "POST";
    std::string path = "/";
    unsigned share = 1;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

struct Script {
    std::uint64_t seed = 1;
    double rate = 100;  ///< calls a second
    bool poisson = false;
    unsigned clients = 1000;
    std::vector<Request> requests;            ///< never empty
    std::map<std::string, Backend> backends;  ///< by host:port
    Backend others;
    std::map<std::string, std::vector<std::string>> hosts;  ///< addresses by name

    Script();
    const Backend& backend(const std::string& address) const;
};

/// Reads a script file; what is wrong with it goes to `diagnostics`. The grammar is in engine/simulate/README.md.
Script readScript(const std::string& path, config::Diagnostics& diagnostics);

/// "250ms", "10s", "5m", "2h", "1d", or a number of milliseconds; nothing for other text.
std::optional<base::Duration> parseDuration(std::string_view text);

}  // namespace myelin::simulate
