#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/plugin/plugins.hpp"

namespace myelin::config {

struct Settings;

/// Those of the folder in the settings. Each file that cannot be used is an error.
plugin::Plugins loadPlugins(const Settings& settings, Diagnostics& diagnostics);

/// Where the class that an element names comes from: the one library of its attribute `library`, a path relative to the
/// folder of the configuration file, or else the engine's folder of plugins.
struct PluginSource {
    plugin::Plugins plugins;
    std::string library;  ///< as the configuration has it; empty: the engine's folder

    bool isFile() const noexcept { return !library.empty(); }
    /// For the help of an error about an unknown name: "the plugins have a, b", "x.so has a, b", or how to get some.
    std::string has(const std::vector<std::string_view>& names) const;

    /// Nothing after reporting why the library cannot be used. `library` is grammar beyond Synapse's.
    static std::optional<PluginSource> of(const Element& element, const Build& build);
};

/// "known ones: a, b"
std::string listOf(std::string_view before, const std::vector<std::string_view>& names);

}  // namespace myelin::config
