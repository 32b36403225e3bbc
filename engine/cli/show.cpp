#include <iostream>

#include "engine/cli/command.hpp"
#include "engine/cli/loaded.hpp"
#include "engine/config/loader.hpp"
#include "engine/config/show.hpp"

namespace myelin::cli {

namespace {

using Poco::Util::Option;

int show(const Arguments& arguments) {
    const std::string path = configurationPath(arguments);
    config::Diagnostics diagnostics;
    const config::Settings settings = loadSettings(arguments, diagnostics);
    config::StateStore states;
    auto sources = config::loadSources(path, diagnostics, true);
    (void)loadRouter(sources, settings, states, diagnostics);
    if (const int status = printFindings(diagnostics); status != 0) return status;
    config::showConfiguration(sources, arguments.has("secrets"), std::cout);
    return 0;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    set.addOption(Option("secrets", "", "show passwords and the like as they are, instead of *****"));
    addSettingsOptions(set);
    return set;
}

const CommandRegistration kRegistration{
    "show",
    {"CONFIG [--secrets] [--settings FILE]",
     "Writes what a configuration comes to, as one document that loads to the same thing.",
     "Files are merged, values from the environment filled in, defaults written out, and what has no effect left out.\n"
     "Comments are lost. Nothing is written when the configuration has errors.",
     &options,
     &show}};

}  // namespace

}  // namespace myelin::cli
