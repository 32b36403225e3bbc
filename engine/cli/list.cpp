#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/membership/handler.hpp"
#include "engine/cli/command.hpp"
#include "engine/cli/loaded.hpp"
#include "engine/config/build.hpp"
#include "engine/config/plugin_source.hpp"
#include "engine/plugin/plugins.hpp"

namespace myelin::cli {

namespace {

using Poco::Util::Option;

struct Sort {
    std::string_view name;
    std::vector<std::string_view> (*names)();
    /// Of one library.
    std::vector<std::string_view> (*plugged)(const plugin::Library& library);
    std::string_view element;  ///< in which a plugin's name stands; empty: where the others stand
};

/// Without the other spellings that are understood.
std::vector<std::string_view> endpointKinds() {
    std::vector<std::string_view> names = config::endpointRegistry().names();
    std::erase_if(names, [](std::string_view name) { return config::endpointRegistry().find(name)->alias; });
    return names;
}

template <typename Map>
std::vector<std::string_view> keys(const Map& map) {
    std::vector<std::string_view> names;
    for (const auto& entry : map) names.push_back(entry.first);
    return names;
}

const std::vector<Sort>& sorts() {
    using plugin::Library;
    static const std::vector<Sort> all{
        {"mediators",
         [] { return config::mediatorRegistry().names(); },
         [](const Library& library) { return keys(library.mediators()); },
         "class"},
        {"endpoints", &endpointKinds, [](const Library& library) { return keys(library.endpoints()); }, "class"},
        {"algorithms",
         [] { return endpoints::algorithmRegistry().names(); },
         [](const Library& library) { return keys(library.algorithms()); },
         ""},
        {"membership",
         [] { return endpoints::membershipHandlerRegistry().names(); },
         [](const Library& library) { return keys(library.membershipHandlers()); },
         ""}};
    return all;
}

const Sort& sortOf(const Arguments& arguments) {
    if (arguments.positional.size() != 1) {
        throw UsageError("list what? mediators, endpoints, algorithms or membership");
    }
    const std::string& what = arguments.positional[0];
    for (const auto& sort : sorts()) {
        if (sort.name == what) return sort;
    }
    throw UsageError("\"" + what + "\" cannot be listed; mediators, endpoints, algorithms and membership can");
}

/// The plugins of the engine settings; what cannot be loaded is reported.
plugin::Plugins loadPlugins(const Arguments& arguments, config::Diagnostics& diagnostics) {
    if (!arguments.has("settings")) return {};
    const auto settings = config::readSettings(arguments.option("settings"), diagnostics);
    return config::loadPlugins(settings, diagnostics);
}

int list(const Arguments& arguments) {
    const Sort& sort = sortOf(arguments);
    config::Diagnostics diagnostics;
    const auto plugins = loadPlugins(arguments, diagnostics);
    for (const auto name : sort.names()) std::cout << name << '\n';
    for (const auto& library : plugins.libraries()) {
        for (const auto name : sort.plugged(*library)) {
            std::cout << name << "  (" << sort.element << (sort.element.empty() ? "" : " ") << "of the plugin "
                      << library->name() << ' ' << library->version() << ", " << library->path() << ")\n";
        }
    }
    return printFindings(diagnostics);
}

Poco::Util::OptionSet options() {
    Poco::Util::OptionSet set;
    set.addOption(Option("settings", "s", "engine settings, whose folder of plugins is listed too").argument("FILE"));
    return set;
}

const CommandRegistration kRegistration{"list",
                                        {"mediators|endpoints|algorithms|membership [--settings FILE]",
                                         "Prints the names that a configuration may use.",
                                         "With settings that name a folder of plugins, those of the plugins as well, "
                                         "and which plugin has them.",
                                         &options,
                                         &list}};

}  // namespace

}  // namespace myelin::cli
