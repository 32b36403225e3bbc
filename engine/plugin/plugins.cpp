#include "engine/plugin/plugins.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace myelin::plugin {

namespace {

/// Empty when plugins may be taken from there.
std::string whyNot(const std::string& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "it is no folder";
    if ((status.st_mode & S_IWOTH) != 0) return "everybody may write to it (chmod o-w), so nothing is loaded from it";
    return {};
}

/// The first name that both have, empty when there is none.
template <typename Map>
std::string shared(const Map& left, const Map& right) {
    for (const auto& entry : left) {
        if (right.contains(entry.first)) return entry.first;
    }
    return {};
}

std::string shared(const Library& left, const Library& right) {
    std::string name = shared(left.endpoints(), right.endpoints());
    if (name.empty()) name = shared(left.algorithms(), right.algorithms());
    if (name.empty()) name = shared(left.membershipHandlers(), right.membershipHandlers());
    return name.empty() ? shared(left.mediators(), right.mediators()) : name;
}

template <typename Factory, typename Libraries, typename Names>
std::optional<Plugins::Found<Factory>> find(const Libraries& libraries, Names names, std::string_view name) {
    for (const auto& library : libraries) {
        const auto& map = ((*library).*names)();
        if (const auto found = map.find(name); found != map.end()) return {{library, found->second}};
    }
    return std::nullopt;
}

template <typename Libraries, typename Names>
std::vector<std::string_view> namesIn(const Libraries& libraries, Names names) {
    std::vector<std::string_view> all;
    for (const auto& library : libraries) {
        for (const auto& entry : ((*library).*names)()) all.push_back(entry.first);
    }
    return all;
}

}  // namespace

Plugins Plugins::open(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    struct stat status {};
    // In a sticky folder (/tmp) only the owner of a file can replace it.
    if (::stat(folder.empty() ? "." : folder.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
        (status.st_mode & S_ISVTX) == 0) {
        throw LibraryError("everybody may write to its folder (chmod o-w)");
    }
    Plugins plugins;
    plugins.libraries_.push_back(Library::open(path));
    return plugins;
}

Plugins Plugins::load(const std::string& folder, std::vector<Problem>& problems) {
    Plugins plugins;
    if (std::string reason = whyNot(folder); !reason.empty()) {
        problems.push_back({folder, std::move(reason)});
        return plugins;
    }
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".so") paths.push_back(entry.path().string());
    }
    if (error) problems.push_back({folder, error.message()});
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        try {
            auto library = Library::open(path);
            for (const auto& other : plugins.libraries_) {
                if (const auto name = shared(*library, *other); !name.empty()) {
                    throw LibraryError("it announces \"" + name + "\", which " + other->path() + " has already");
                }
            }
            plugins.libraries_.push_back(std::move(library));
        } catch (const LibraryError& problem) {
            problems.push_back({path, problem.what()});
        }
    }
    return plugins;
}

std::optional<Plugins::Found<EndpointFactory>> Plugins::endpoint(std::string_view name) const {
    return find<EndpointFactory>(libraries_, &Library::endpoints, name);
}

std::optional<Plugins::Found<AlgorithmFactory>> Plugins::algorithm(std::string_view name) const {
    return find<AlgorithmFactory>(libraries_, &Library::algorithms, name);
}

std::optional<Plugins::Found<MembershipHandlerFactory>> Plugins::membershipHandler(std::string_view name) const {
    return find<MembershipHandlerFactory>(libraries_, &Library::membershipHandlers, name);
}

std::optional<Plugins::Found<MediatorFactory>> Plugins::mediator(std::string_view name) const {
    return find<MediatorFactory>(libraries_, &Library::mediators, name);
}

std::vector<std::string_view> Plugins::endpointNames() const {
    return namesIn(libraries_, &Library::endpoints);
}

std::vector<std::string_view> Plugins::algorithmNames() const {
    return namesIn(libraries_, &Library::algorithms);
}

std::vector<std::string_view> Plugins::membershipHandlerNames() const {
    return namesIn(libraries_, &Library::membershipHandlers);
}

std::vector<std::string_view> Plugins::mediatorNames() const {
    return namesIn(libraries_, &Library::mediators);
}

}  // namespace myelin::plugin
