#pragma once

#include <memory>
#include <string>

#include "engine/cli/arguments.hpp"
#include "engine/config/configuration.hpp"
#include "engine/config/diagnostics.hpp"
#include "engine/config/settings.hpp"
#include "engine/dispatch/router.hpp"

namespace myelin::cli {

/// The one CONFIG word of run, check and show. Throws UsageError.
std::string configurationPath(const Arguments& arguments);

/// Settings from --settings (or the defaults) and from what the command line says instead; findings go to
/// `diagnostics`. Throws UsageError for words that are no proper values.
config::Settings loadSettings(const Arguments& arguments, config::Diagnostics& diagnostics);

/// The options that loadSettings() reads.
void addSettingsOptions(Poco::Util::OptionSet& options);

/// Null when there was an error, one route that costs more than the settings allow among them.
std::shared_ptr<const dispatch::Router> loadRouter(const std::string& path,
                                                   const config::Settings& settings,
                                                   config::StateStore& states,
                                                   config::Diagnostics& diagnostics);

/// The same from files that are read already.
std::shared_ptr<const dispatch::Router> loadRouter(config::ConfigurationSources& sources,
                                                   const config::Settings& settings,
                                                   config::StateStore& states,
                                                   config::Diagnostics& diagnostics);

/// On standard error, with the number of errors behind them. Returns the exit status: 1 when there is one.
int printFindings(const config::Diagnostics& diagnostics);

/// "3 sequences, 4 endpoints, 1 proxy, 2 apis".
std::string describe(const config::Configuration& configuration);

}  // namespace myelin::cli
