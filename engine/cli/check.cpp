#include <algorithm>
#include <iomanip>
#include <iostream>

#include "engine/cli/command.hpp"
#include "engine/cli/loaded.hpp"
#include "engine/dispatch/bounds.hpp"

namespace myelin::cli {

namespace {

using Poco::Util::Option;

void printBounds(const dispatch::Router& router) {
    const auto routes = dispatch::boundsOf(router);
    if (routes.empty()) return;
    std::size_t width = 5;
    for (const auto& route : routes) width = std::max(width, route.route.size());
    const auto column = [&](const std::string& text) -> std::ostream& {
        return std::cout << std::left << std::setw(static_cast<int>(width)) << text << std::right;
    };
    constexpr int kNumberWidth = 10;
    column("route") << std::setw(kNumberWidth) << "attempts" << std::setw(kNumberWidth) << "waiting" << '\n';
    const dispatch::RouteBounds* largest = nullptr;
    for (const auto& route : routes) {
        column(route.route) << std::setw(kNumberWidth) << route.bounds.attempts << std::setw(kNumberWidth)
                            << dispatch::seconds(route.waiting);
        if (route.waiting < route.bounds.waiting) {
            std::cout << "  (global timeout; else " << dispatch::seconds(route.bounds.waiting) << ')';
        }
        std::cout << '\n';
        const bool larger = !largest || route.ofDearest.attempts > largest->ofDearest.attempts;
        if (!route.dearest.empty() && larger) largest = &route;
    }
    if (!largest) return;
    std::cout << "largest tree: " << largest->dearest << ", " << largest->ofDearest.attempts
              << (largest->ofDearest.attempts == 1 ? " attempt" : " attempts") << " and "
              << dispatch::seconds(largest->ofDearest.waiting) << '\n';
}

int check(const Arguments& arguments) {
    const std::string path = configurationPath(arguments);
    config::Diagnostics diagnostics;
    const config::Settings settings = loadSettings(arguments, diagnostics);
    // The engine's own settings are no grammar of Synapse's anyway.
    diagnostics.strictSynapse(arguments.has("strict-synapse"));
    config::StateStore states;
    const auto router = loadRouter(path, settings, states, diagnostics);
    if (const int status = printFindings(diagnostics); status != 0) return status;
    std::cout << path << ": " << describe(router->configuration()) << '\n';
    if (arguments.has("bounds")) printBounds(*router);
    return 0;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    set.addOption(Option("bounds", "", "print what one message can cost at most on each route, all backends dead"));
    set.addOption(Option("strict-synapse", "", "report grammar that Apache Synapse and WSO2 do not have"));
    addSettingsOptions(set);
    return set;
}

const CommandRegistration kRegistration{
    "check",
    {"CONFIG [--bounds] [--strict-synapse] [--settings FILE] [--bind ADDRESS] [--http PORT] [--https PORT] "
     "[--workers N]",
     "Reads a configuration as run would, and reports everything that is wrong with it.",
     "Every finding has its file, line and column. The exit status is 1 when there was an error.\n"
     "Bounds are requests to backends, and waiting for connections and for the heads of answers.",
     &options,
     &check}};

}  // namespace

}  // namespace myelin::cli
