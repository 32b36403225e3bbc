#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "engine/cli/command.hpp"
#include "engine/cli/control.hpp"
#include "engine/cli/gateway.hpp"
#include "engine/cli/loaded.hpp"
#include "engine/cli/readiness.hpp"
#include "engine/cli/signals.hpp"
#include "engine/http/client.hpp"
#include "engine/observe/access_log.hpp"
#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::cli {

namespace {

using observe::Level;

constexpr std::chrono::milliseconds kDrainCheck{10};

void configureObservation(const config::Settings& settings) {
    observe::configureLogging(observe::levelNamed(settings.logLevel).value_or(Level::Info), settings.logFile);
    observe::AccessLog::configure(settings.accessLog);
}

std::shared_ptr<const config::Configuration> configurationOf(const std::shared_ptr<const dispatch::Router>& router) {
    return {router, &router->configuration()};
}

/// Builds the new configuration beside the running one and swaps it whole, or says what is wrong and changes nothing.
void reload(const std::string& path,
            const config::Settings& settings,
            config::StateStore& states,
            dispatch::Dispatcher& dispatcher,
            endpoints::Operations& operations,
            Gateway& gateway) {
    notifyServiceManager("RELOADING=1");
    config::Diagnostics diagnostics;
    const auto router = loadRouter(path, settings, states, diagnostics);
    if (!router) {
        diagnostics.print(std::cerr);
        observe::log(Level::Error, "reload", path + " has errors: the configuration before stays in force");
    } else {
        diagnostics.print(std::cerr);
        operations.replace(configurationOf(router), runtime::now());
        dispatcher.replace(router);
        gateway.refresh();
        observe::log(Level::Info, "reload", path + ": " + describe(router->configuration()));
    }
    notifyServiceManager("READY=1");
}

/// Lets what runs come to its end, once the gateway drains. False when the time, or a second signal, cut it short.
bool drain(Gateway& gateway, Signals& signals, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!gateway.drained()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        if (signals.wait(kDrainCheck) == Signals::Kind::Terminate) return false;
    }
    return true;
}

void announce(const Gateway& gateway, const std::string& path, const config::Configuration& configuration) {
    for (const auto& listening : gateway.listening()) {
        std::cout << "listening " << (listening.secure ? "https " : "http ") << listening.address << '\n';
    }
    std::cout << "myelin " MYELIN_VERSION ": " << path << ": " << describe(configuration) << "; " << gateway.crew()
              << std::endl;
}

int run(const Arguments& arguments) {
    blockSignals();
    const std::string path = configurationPath(arguments);
    const Transport transport = transportNamed(arguments.option("transport", "native"));
    config::Diagnostics diagnostics;
    const config::Settings settings = loadSettings(arguments, diagnostics);
    config::StateStore states;
    // Before anything is loaded: a WSDL is asked for by the same client.
    http::Client::configure(settings.upstream);
    auto router = loadRouter(path, settings, states, diagnostics);
    diagnostics.print(std::cerr);
    if (diagnostics.hasErrors()) return 1;

    configureObservation(settings);
    auto configuration = configurationOf(router);
    endpoints::Operations operations(configuration);
    dispatch::Dispatcher dispatcher(std::move(router));
    Signals signals;
    const std::unique_ptr<Gateway> gateway = makeGateway(transport, settings, dispatcher);
    std::optional<ControlServer> control;
    if (!settings.control.empty()) control.emplace(settings.control, operations);
    announce(*gateway, path, *configuration);
    // A reload lets go of it, and of what runs on its behalf.
    configuration.reset();
    notifyServiceManager("READY=1");
    while (signals.wait() == Signals::Kind::Reload) {
        reload(path, settings, states, dispatcher, operations, *gateway);
    }

    notifyServiceManager("STOPPING=1");
    gateway->beginDrain();
    control.reset();
    const bool complete = drain(*gateway, signals, settings.drainTime);
    if (!complete) {
        observe::log(Level::Warning, "program", "stopped with requests still running");
        if (auto* const log = observe::AccessLog::current()) log->flush(observe::BoundedWriter::kFarewell);
        observe::shutdownLogging();
        // Fibers in the middle of a wait cannot be unwound; the kernel closes what they hold.
        std::_Exit(0);
    }
    gateway->stop();
    observe::AccessLog::configure("");
    observe::shutdownLogging();
    return 0;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    addSettingsOptions(set);
    set.addOption(
        Poco::Util::Option("control", "c", "path of a socket to open for `myelin endpoint`").argument("PATH"));
    set.addOption(
        Poco::Util::Option("transport",
                           "t",
                           "what speaks HTTP to clients: Myelin itself (native, the default), "
                           "or the server of the POCO library, which takes a thread for each connection (poco)")
            .argument("native|poco"));
    return set;
}

const CommandRegistration kRegistration{
    "run",
    {"CONFIG [--settings FILE] [--bind ADDRESS] [--http PORT] [--https PORT] [--workers N]\n"
     "                   [--tenant NAME] [--control PATH] [--transport native|poco]",
     "Serves a configuration: a file with <definitions> (or one artifact), or a split directory.",
     "Prints \"listening http ADDRESS:PORT\" for each listener once it serves. SIGHUP reads the configuration\n"
     "again; one with errors is refused and the old one stays. SIGTERM stops accepting, lets running requests\n"
     "end within the drain time, and exits with status 0; a second SIGTERM exits at once.",
     &options,
     &run}};

}  // namespace

}  // namespace myelin::cli
