#include <iostream>

#include "engine/cli/command.hpp"
#include "engine/cli/loaded.hpp"

namespace myelin::cli {

namespace {

int check(const Arguments& arguments) {
    const std::string path = configurationPath(arguments);
    config::Diagnostics diagnostics;
    const config::Settings settings = loadSettings(arguments, diagnostics);
    config::StateStore states;
    const auto router = loadRouter(path, settings, states, diagnostics);
    diagnostics.print(std::cerr);
    if (diagnostics.hasErrors()) {
        std::cerr << diagnostics.errorCount() << (diagnostics.errorCount() == 1 ? " error" : " errors") << '\n';
        return 1;
    }
    std::cout << path << ": " << describe(router->configuration()) << '\n';
    return 0;
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    addSettingsOptions(set);
    return set;
}

const CommandRegistration kRegistration{
    "check",
    {"CONFIG [--settings FILE] [--bind ADDRESS] [--http PORT] [--https PORT] [--workers N]",
     "Reads a configuration as run would, and reports everything that is wrong with it.",
     "Every finding has its file, line and column. The exit status is 1 when there was an error.",
     &options,
     &check}};

}  // namespace

}  // namespace myelin::cli
