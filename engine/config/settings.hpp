#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/config/diagnostics.hpp"
#include "engine/http/limits.hpp"
#include "engine/runtime/tls.hpp"
#include "engine/xml/limits.hpp"

namespace myelin::config {

struct ListenerSettings {
    bool secure = false;
    std::string address = "127.0.0.1";  ///< an IP address
    std::uint16_t port = 0;             ///< 0 takes a free one
    runtime::TlsServerOptions tls;
    Place place;  ///< in the settings file; empty for defaults

    /// A secure listener opens only when it has a certificate.
    bool active() const noexcept { return !secure || !tls.certificates.empty(); }
};

/// Where the sessions of groups with affinity are kept.
struct SessionSettings {
    std::size_t maxCount = 1'000'000;
    std::size_t maxBytes = 128u << 20;
    std::string redis;  ///< address of the server that several nodes share; empty: none
    std::string user;
    std::string password;
    std::string prefix = "myelin:";
    base::Milliseconds wait{100};    ///< a message waits for Redis no longer
    base::Milliseconds trust{1000};  ///< what Redis said holds so long without asking again
    Place place;                     ///< of `redis`
};

/// The engine's own settings, as opposed to what it mediates. The values here are the only defaults there are;
/// conf/myelin.xml shows and explains each of them.
struct Settings {
    std::vector<ListenerSettings> listeners{{false, "127.0.0.1", 8280, {}, {}}, {true, "127.0.0.1", 8243, {}, {}}};

    unsigned workers = 0;            ///< 0: one per core
    std::size_t maxConnections = 0;  ///< of clients; 0: what the descriptor limit allows
    unsigned busyPoll = 0;           ///< microseconds that an idle worker polls before it sleeps
    base::Milliseconds drainTime{30'000};
    std::string tenant;   ///< children of groups that are for other tenants are left out; empty: none are
    std::string control;  ///< path of the socket for `myelin endpoint`; empty: none

    base::Milliseconds globalTimeout{180'000};  ///< no exchange lasts longer (synapse.global_timeout_interval)
    std::uint64_t retryBody = 256u << 10;       ///< bytes of a body kept so that a group may send it again
    bool preserveUserAgent = false;             ///< forward the client's User-Agent
    bool preserveServer = false;                ///< forward the backend's Server
    std::string serverHost;                     ///< SERVER_HOST of get-property; empty: the host's name

    bool repeatable = true;                 ///< groups may repeat what a server may have seen, unless something says no
    std::int64_t suspendDuration = 30'000;  ///< milliseconds; of endpoints without initialDuration
    double progressionFactor = 1.0;         ///< of endpoints without progressionFactor

    SessionSettings sessions;

    std::size_t maximumAttempts = 1000;    ///< that one message may cost, else the configuration is refused; 0: none
    base::Milliseconds maximumWaiting{0};  ///< the same for its waiting

    http::Limits limits;
    xml::XmlLimits xml;
    http::UpstreamLimits upstream;
    runtime::TlsClientOptions tlsClient;

    std::string logLevel = "information";  ///< one of Poco's
    std::string logFile;                   ///< empty: standard error
    std::string accessLog;                 ///< empty: none

    std::string pluginFolder;  ///< empty: no plugins
};

/// Reads a settings file. What it does not set keeps its default. Relative file names in it are relative to the
/// directory it stands in.
Settings readSettings(const std::string& path, Diagnostics& diagnostics);

/// What the command line says instead.
struct SettingsOverrides {
    std::optional<std::string> bind;         ///< address of every listener
    std::optional<std::uint16_t> httpPort;   ///< of the first plain listener; adds one when there is none
    std::optional<std::uint16_t> httpsPort;  ///< the same for secure ones
    std::optional<unsigned> workers;
    std::optional<std::string> tenant{};
    std::optional<std::string> control{};
};
void applyOverrides(const SettingsOverrides& overrides, Settings& settings);

/// Reports addresses that are none, and active listeners that want the same address and port.
void checkListeners(const Settings& settings, Diagnostics& diagnostics);

/// Every setting but the listeners as ("section/name", value), in the order of conf/myelin.xml.
std::vector<std::pair<std::string, std::string>> describeSettings(const Settings& settings);

}  // namespace myelin::config
