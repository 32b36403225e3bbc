#include <iostream>
#include <string_view>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "engine/cli/command.hpp"
#include "engine/config/build.hpp"

namespace myelin::cli {

namespace {

/// Without the other spellings that are understood.
std::vector<std::string_view> endpointKinds() {
    std::vector<std::string_view> names = config::endpointRegistry().names();
    std::erase_if(names, [](std::string_view name) { return config::endpointRegistry().find(name)->alias; });
    return names;
}

int list(const Arguments& arguments) {
    if (arguments.positional.size() != 1) throw UsageError("list what? mediators, endpoints or algorithms");
    const std::string& what = arguments.positional[0];
    std::vector<std::string_view> names;
    if (what == "mediators")
        names = config::mediatorRegistry().names();
    else if (what == "endpoints")
        names = endpointKinds();
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
