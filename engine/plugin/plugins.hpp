#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plugin/library.hpp"

namespace myelin::plugin {

/// The plugins of one configuration: every library of a folder; or one of them. Immutable.
class Plugins {
public:
    struct Problem {
        std::string path;
        std::string what;
    };

    /// Loads each *.so of the folder, in the order of their names. What cannot be loaded is a problem and left out; so
    /// is a name that two of them announce. A folder that is missing or that everybody may write to is one problem.
    static Plugins load(const std::string& folder, std::vector<Problem>& problems);
    /// One library, wherever it is. Throws LibraryError; also when others could put another file in its place.
    static Plugins open(const std::string& path);

    /// A factory, and the library that has to outlive what it makes.
    template <typename Factory>
    struct Found {
        std::shared_ptr<const Library> library;
        Factory factory = nullptr;
    };
    /// Has a factory make its object; null, with the reason in `failure`, when its constructor throws.
    template <typename Factory, typename... Arguments>
    static auto make(const Found<Factory>& found, std::string& failure, const Arguments&... arguments)
        -> decltype(found.factory(arguments...)) {
        failure = "its constructor failed";
        try {
            return found.factory(arguments...);
        } catch (const std::exception& error) {
            failure = error.what();
        } catch (...) {
            failure = "its constructor threw what is no std::exception";
        }
        return nullptr;
    }

    std::optional<Found<EndpointFactory>> endpoint(std::string_view name) const;
    std::optional<Found<AlgorithmFactory>> algorithm(std::string_view name) const;
    std::optional<Found<MembershipHandlerFactory>> membershipHandler(std::string_view name) const;
    std::optional<Found<MediatorFactory>> mediator(std::string_view name) const;

    /// All names, for people. The views live as long as the libraries.
    std::vector<std::string_view> endpointNames() const;
    std::vector<std::string_view> algorithmNames() const;
    std::vector<std::string_view> membershipHandlerNames() const;
    std::vector<std::string_view> mediatorNames() const;

    const std::vector<std::shared_ptr<const Library>>& libraries() const noexcept { return libraries_; }

private:
    std::vector<std::shared_ptr<const Library>> libraries_;
};

}  // namespace myelin::plugin
