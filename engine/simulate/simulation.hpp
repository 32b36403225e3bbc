#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/dispatch/router.hpp"
#include "engine/runtime/virtual_loop.hpp"
#include "engine/simulate/backends.hpp"
#include "engine/simulate/script.hpp"
#include "engine/simulate/tally.hpp"
#include "engine/simulate/verdict.hpp"

namespace myelin::simulate {

/// What came of the calls.
struct Result {
    std::uint64_t calls = 0;
    base::Duration duration{0};             ///< until the last answer
    base::Duration bucket{0};               ///< of the timelines
    std::map<int, std::uint64_t> statuses;  ///< that clients got
    std::vector<base::Duration> times;      ///< until the client's answer, sorted
    std::vector<GroupTally> groups;
    std::vector<Verdict> verdicts;  ///< of each group
    std::map<std::string, BackendCounts> backends;

    /// The time that this share (0 to 1) of the calls did not exceed.
    base::Duration quantile(double share) const;
    bool differs() const noexcept;
};

/// A run of a configuration in virtual time. Made before the configuration is loaded, so that its periodic tasks
/// (health checks, probes of members) run in that time too; the configuration has to be gone before this is. One a
/// thread.
class Simulation {
public:
    explicit Simulation(Script script);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    ~Simulation();

    /// Sends `calls` requests: to the routes, as if they came over the network, or straight to the endpoint `target`.
    /// Once.
    Result run(const dispatch::Router& router,
               const config::Settings& settings,
               std::uint64_t calls,
               const message::Endpoint* target);

    const Script& script() const noexcept { return script_; }

private:
    struct Driver;

    Script script_;
    Backends backends_;
    runtime::VirtualLoop world_;
};

}  // namespace myelin::simulate
