#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin/library.hpp"

namespace myelin::plugin {

/// The plugins of one configuration: every library of a folder. Immutable.
class Plugins {
public:
    struct Problem {
        std::string path;
        std::string what;
    };

    /// Loads each *.so of the folder, in the order of their names. What cannot be loaded is a problem and left out; so
    /// is a name that two of them announce. A folder that is missing or that everybody may write to is one problem.
    static Plugins load(const std::string& folder, std::vector<Problem>& problems);

    /// A factory, and the library that has to outlive what it makes.
    template <typename Factory>
    struct Found {
        std::shared_ptr<const Library> library;
        Factory factory = nullptr;
    };
    std::optional<Found<EndpointFactory>> endpoint(std::string_view name) const;
    std::optional<Found<AlgorithmFactory>> algorithm(std::string_view name) const;
    std::optional<Found<MembershipHandlerFactory>> membershipHandler(std::string_view name) const;

    const std::vector<std::shared_ptr<const Library>>& libraries() const noexcept { return libraries_; }

private:
    std::vector<std::shared_ptr<const Library>> libraries_;
};

}  // namespace myelin::plugin
