#include "engine/cli/loaded.hpp"

#include <iostream>
#include <map>

#include "endpoints/sessions/stores.hpp"
#include "endpoints/tls_client.hpp"
#include "engine/base/strings.hpp"
#include "engine/config/loader.hpp"
#include "engine/config/tenants.hpp"
#include "engine/dispatch/bounds.hpp"

namespace myelin::cli {

using Poco::Util::Option;

namespace {

/// A listener without a certificate stays closed, which is not what somebody wants who asks for it.
void checkHttps(const config::Settings& settings, config::Diagnostics& diagnostics) {
    for (const auto& listener : settings.listeners) {
        if (!listener.secure) continue;
        if (!listener.active()) {
            config::Place place = listener.place;
            if (place.file.empty()) place.file = "--https";
            diagnostics.error(place, "https needs a <certificate>; see conf/myelin.xml");
        }
        return;
    }
}

}  // namespace

int printFindings(const config::Diagnostics& diagnostics) {
    diagnostics.print(std::cerr);
    if (!diagnostics.hasErrors()) return 0;
    std::cerr << diagnostics.errorCount() << (diagnostics.errorCount() == 1 ? " error" : " errors") << '\n';
    return 1;
}

std::string configurationPath(const Arguments& arguments) {
    if (arguments.positional.empty()) throw UsageError("which configuration? name a file or a directory");
    if (arguments.positional.size() > 1) throw UsageError("one configuration, not also " + arguments.positional[1]);
    return arguments.positional[0];
}

void addSettingsOptions(Poco::Util::OptionSet& options) {
    options.addOption(Option("settings", "s", "engine settings to use instead of the defaults (see conf/myelin.xml)")
                          .argument("FILE"));
    options.addOption(Option("bind", "b", "address to listen on").argument("ADDRESS"));
    options.addOption(Option("http", "p", "port for http; 0 takes a free one").argument("PORT"));
    options.addOption(Option("https", "", "port for https; 0 takes a free one").argument("PORT"));
    options.addOption(Option("workers", "w", "number of worker threads").argument("N"));
    options.addOption(
        Option("tenant", "", "leave out the children of groups that are marked for other tenants").argument("NAME"));
}

config::Settings loadSettings(const Arguments& arguments, config::Diagnostics& diagnostics) {
    config::Settings settings;
    if (arguments.has("settings")) settings = config::readSettings(arguments.option("settings"), diagnostics);
    config::SettingsOverrides overrides;
    if (arguments.has("bind")) overrides.bind = arguments.option("bind");
    if (arguments.has("http")) overrides.httpPort = static_cast<std::uint16_t>(arguments.number("http", 0, 65535));
    if (arguments.has("https")) overrides.httpsPort = static_cast<std::uint16_t>(arguments.number("https", 0, 65535));
    if (arguments.has("workers")) overrides.workers = arguments.number("workers", 1, 1024);
    if (arguments.has("tenant")) {
        overrides.tenant = base::trim(arguments.option("tenant"));
        if (!config::isTenantName(*overrides.tenant)) {
            throw UsageError("--tenant takes one name of letters, digits, '.', '_' and '-', not \"" +
                             arguments.option("tenant") + "\"");
        }
    }
    if (arguments.has("control")) overrides.control = arguments.option("control");
    config::applyOverrides(overrides, settings);
    if (overrides.httpsPort) checkHttps(settings, diagnostics);
    config::checkListeners(settings, diagnostics);
    return settings;
}

std::shared_ptr<const dispatch::Router> loadRouter(const std::string& path,
                                                   const config::Settings& settings,
                                                   config::StateStore& states,
                                                   config::Diagnostics& diagnostics) {
    auto sources = config::loadSources(path, diagnostics);
    return loadRouter(sources, settings, states, diagnostics);
}

std::shared_ptr<const dispatch::Router> loadRouter(config::ConfigurationSources& sources,
                                                   const config::Settings& settings,
                                                   config::StateStore& states,
                                                   config::Diagnostics& diagnostics) {
    endpoints::configureTlsClient(settings.tlsClient);
    endpoints::configureSessions(settings);
    auto configuration = config::Configuration::load(sources, settings, states, diagnostics);
    if (!configuration) return nullptr;
    auto router = std::make_shared<const dispatch::Router>(std::move(configuration));
    dispatch::checkBounds(*router, settings, diagnostics);
    return diagnostics.hasErrors() ? nullptr : router;
}

std::string describe(const config::Configuration& configuration) {
    std::map<std::string, std::size_t> counts;
    for (const auto& service : configuration.services()) ++counts[std::string(service->kind())];
    const auto one = [](std::size_t count, const std::string& singular, const std::string& plural) {
        return std::to_string(count) + ' ' + (count == 1 ? singular : plural);
    };
    return one(configuration.sequences().size(), "sequence", "sequences") + ", " +
           one(configuration.endpoints().size(), "endpoint", "endpoints") + ", " +
           one(counts["proxy"], "proxy", "proxies") + ", " + one(counts["api"], "API", "APIs");
}

}  // namespace myelin::cli
