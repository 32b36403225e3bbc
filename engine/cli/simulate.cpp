#include <fstream>
#include <iostream>
#include <limits>
#include <stdexcept>

#include "engine/base/strings.hpp"
#include "engine/cli/command.hpp"
#include "engine/cli/loaded.hpp"
#include "engine/observe/log.hpp"
#include "engine/simulate/report.hpp"
#include "engine/simulate/simulation.hpp"

namespace myelin::cli {

namespace {

using Poco::Util::Option;

constexpr unsigned kMostCalls = 10'000'000;

void save(const Arguments& arguments, const std::string& option, const std::string& text) {
    if (!arguments.has(option)) return;
    const std::string path = arguments.option(option);
    std::ofstream file(path, std::ios::binary);
    file << text << std::flush;
    if (!file) throw std::runtime_error("cannot write " + path);
}

const message::Endpoint* targetOf(const Arguments& arguments, const dispatch::Router& router) {
    if (!arguments.has("endpoint")) return nullptr;
    const std::string name = arguments.option("endpoint");
    if (const auto* endpoint = router.configuration().endpoint(name)) return endpoint;
    std::vector<std::string_view> names;
    for (const auto& entry : router.configuration().endpoints()) names.push_back(entry.first);
    const auto nearest = base::nearestName(name, names);
    throw UsageError("there is no endpoint \"" + name + "\"" +
                     (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?"));
}

int run(const Arguments& arguments) {
    const std::string path = configurationPath(arguments);
    const unsigned calls = arguments.has("calls") ? arguments.number("calls", 1, kMostCalls) : 10'000;
    config::Diagnostics diagnostics;
    const config::Settings settings = loadSettings(arguments, diagnostics);
    simulate::Script script;
    if (arguments.has("script")) script = simulate::readScript(arguments.option("script"), diagnostics);
    if (arguments.has("seed")) script.seed = arguments.number("seed", 0, std::numeric_limits<unsigned>::max());
    // Suspensions by the thousand are in the report.
    observe::setLogLevel(observe::Level::Off);
    // The configuration has to go before the simulation does, and its state with it.
    simulate::Simulation simulation(std::move(script));
    config::StateStore states;
    const auto router = loadRouter(path, settings, states, diagnostics);
    if (const int status = printFindings(diagnostics); status != 0) return status;
    const auto result = simulation.run(*router, settings, calls, targetOf(arguments, *router));
    std::cout << simulate::textReport(result, simulation.script());
    save(arguments, "json", simulate::jsonReport(result, simulation.script()));
    save(arguments, "svg", simulate::svgReport(result, simulation.script()));
    return result.differs() ? 1 : 0;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    set.addOption(Option("calls", "n", "how many calls; 10000 if absent").argument("N"));
    set.addOption(
        Option("script", "", "arrivals, requests, latencies and outages (engine/simulate/README.md)").argument("FILE"));
    set.addOption(Option("seed", "", "where chance begins, instead of the script's seed").argument("N"));
    set.addOption(
        Option("endpoint", "e", "give the calls straight to this endpoint, not to the routes").argument("NAME"));
    set.addOption(Option("json", "", "write the result there as JSON, with timelines").argument("FILE"));
    set.addOption(Option("svg", "", "write charts of the shares over time there").argument("FILE"));
    addSettingsOptions(set);
    return set;
}

const CommandRegistration kRegistration{
    "simulate",
    {"CONFIG [--calls N] [--script FILE] [--endpoint NAME] [--seed N] [--json FILE] [--svg FILE]",
     "Plays calls through a configuration in virtual time, and tells how groups shared them out.",
     "Mediation, algorithms, suspension and health checks are those of `run`; clients, backends and the clock are\n"
     "simulated, so nothing is sent and a day takes a second or two. The same seed gives the same result. Without a\n"
     "script 1000 clients POST an empty SOAP envelope to / 100 times a second, and every backend answers after 1 ms.\n"
     "Exit status 1: a group's shares are not what its algorithm and weights promise.",
     &options,
     &run}};

}  // namespace

}  // namespace myelin::cli
