#include <iostream>

#include "endpoints/algorithms/registry.hpp"
#include "engine/cli/command.hpp"
#include "engine/config/build.hpp"

namespace myelin::cli {

namespace {

int list(const Arguments& arguments) {
    if (arguments.positional.size() != 1) throw UsageError("list what? mediators, endpoints or algorithms");
    const std::string& what = arguments.positional[0];
    std::vector<std::string_view> names;
    if (what == "mediators")
        names = config::mediatorRegistry().names();
    else if (what == "endpoints")
        names = config::endpointRegistry().names();
    else if (what == "algorithms")
        names = endpoints::algorithmRegistry().names();
    else
        throw UsageError("\"" + what + "\" cannot be listed; mediators, endpoints and algorithms can");
    for (const auto name : names) std::cout << name << '\n';
    return 0;
}

Poco::Util::OptionSet options() {
    return {};
}

const CommandRegistration kRegistration{
    "list", {"mediators|endpoints|algorithms", "Prints the names that a configuration may use.", "", &options, &list}};

}  // namespace

}  // namespace myelin::cli
