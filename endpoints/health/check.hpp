#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "endpoints/health/cron.hpp"
#include "endpoints/health/expectations.hpp"
#include "engine/base/clock.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What a <healthCheck> says. Immutable once read.
struct HealthCheck {
    enum class Type : std::uint8_t { Tcp, Http, Soap };

    Type type = Type::Http;
    /// A path from the root of the server; with a scheme, a whole URL; without a slash, what is appended to the
    /// endpoint's own path. Empty: the endpoint's own path.
    std::string path;
    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    base::Milliseconds interval{5000};
    base::Milliseconds timeout{2000};
    std::uint32_t jitter = 10;  ///< percent of the interval, up and down
    std::optional<Cron> cron;   ///< instead of the interval
    std::uint32_t rise = 2;
    std::uint32_t fall = 3;
    Expectations expect;
    std::string written;  ///< the element as it stands in the file: another text is another check

    bool absolute() const noexcept { return path.find("://") != std::string::npos; }

    /// The <healthCheck> in `holder`: nothing without one, null when it is switched off or wrong (which is reported).
    static std::optional<std::shared_ptr<const HealthCheck>> read(const config::Element& holder, config::Build& build);
};

}  // namespace myelin::endpoints
