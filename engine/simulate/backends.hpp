#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/http/client.hpp"
#include "engine/runtime/virtual_loop.hpp"
#include "engine/simulate/chance.hpp"
#include "engine/simulate/script.hpp"

namespace myelin::simulate {

/// What one backend got and gave, probes of health checks included.
struct BackendCounts {
    std::uint64_t requests = 0;  ///< also those that found nobody
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::uint64_t timedOut = 0;
    std::uint64_t broken = 0;  ///< reset before the answer
    std::uint64_t probes = 0;  ///< TCP connections without a request
    std::map<int, std::uint64_t> statuses;
};

/// The servers of a script, in virtual time: as an HTTP client and as a network. Fibers of one loop use it.
class Backends final : public http::Client, public runtime::SimulatedNetwork {
public:
    explicit Backends(const Script& script) : script_(script), chance_(script.seed ^ 0x6261636B656E6473ULL) {}

    /// For requests from here on.
    void limit(const http::UpstreamLimits& limits) { limits_ = limits; }
    /// By host:port.
    const std::map<std::string, BackendCounts>& counts() const noexcept { return counts_; }

    void send(const http::Origin& origin,
              const http::OutgoingRequest& request,
              http::ClientResponse& response,
              runtime::Deadline deadline) override;
    void closeIdle() override {}
    const Counters& counters() const noexcept override { return counters_; }

    runtime::ResolveResult resolve(const std::string& host, std::uint16_t port, runtime::Deadline deadline) override;
    runtime::ConnectResult connect(const Poco::Net::SocketAddress& address, runtime::Deadline deadline) override;

private:
    void answer(const Backend& backend,
                const Period* period,
                const http::OutgoingRequest& request,
                http::ClientResponse& response,
                BackendCounts& counts);
    base::Duration drawn(const Latency& latency);

    const Script& script_;
    Chance chance_;
    http::UpstreamLimits limits_;
    Counters counters_;
    std::map<std::string, BackendCounts> counts_;
    std::map<std::string, std::string> given_;  // made-up address by name
    std::map<std::string, std::string> names_;  // and back
};

}  // namespace myelin::simulate
