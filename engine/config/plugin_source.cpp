#include "engine/config/plugin_source.hpp"

#include <filesystem>
#include <utility>

#include "engine/base/strings.hpp"
#include "engine/config/settings.hpp"

namespace myelin::config {

plugin::Plugins loadPlugins(const Settings& settings, Diagnostics& diagnostics) {
    if (settings.pluginFolder.empty()) return {};
    std::vector<plugin::Plugins::Problem> problems;
    auto plugins = plugin::Plugins::load(settings.pluginFolder, problems);
    for (auto& problem : problems) {
        const bool folder = problem.path == settings.pluginFolder;
        Place place;
        place.file = std::move(problem.path);
        diagnostics.error(
            place,
            (folder ? "this cannot be the folder of plugins: " : "this cannot be used as a plugin: ") + problem.what);
    }
    return plugins;
}

std::string listOf(std::string_view before, const std::vector<std::string_view>& names) {
    std::string text(before);
    bool first = true;
    for (const auto name : names) {
        text += first ? "" : ", ";
        text += name;
        first = false;
    }
    return text;
}

std::string PluginSource::has(const std::vector<std::string_view>& names) const {
    if (isFile()) return names.empty() ? library + " has none" : listOf(library + " has ", names);
    if (!names.empty()) return listOf("the plugins have ", names);
    return "classes come from plugins: see samples/plugins, and <plugins> in the engine settings (conf/myelin.xml)";
}

std::optional<PluginSource> PluginSource::of(const Element& element, const Build& build) {
    if (!element.has("library")) return PluginSource{build.plugins(), {}};
    const std::string library{base::trim(element.required("library"))};
    if (library.empty()) return std::nullopt;
    element.beyondSynapse("library");
    const auto folder = std::filesystem::path(element.file().name()).parent_path();
    const std::string path = std::filesystem::absolute(folder / library).lexically_normal().string();
    element.resolved("library", path);
    try {
        return PluginSource{plugin::Plugins::open(path), library};
    } catch (const plugin::LibraryError& error) {
        element.errorAt("library", "the plugin " + path + " cannot be used: " + error.what());
        return std::nullopt;
    }
}

}  // namespace myelin::config
