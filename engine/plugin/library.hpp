#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/plugin/plugin.hpp"

namespace myelin::plugin {

/// Why a file cannot be used as a plugin, for people.
class LibraryError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A loaded plugin and what it brings. Stays mapped as long as somebody holds it: whoever uses an object of it keeps
/// the library, and destroys the object first.
class Library {
public:
    /// Loads a copy of the file, so that the file may be written over at any time. A file that did not change since it
    /// was loaded, and is still in use, gives the same library. Throws LibraryError: no plugin, another ABI, symbols
    /// that nobody has, a name announced twice, or an exception while announcing. Any thread.
    static std::shared_ptr<const Library> open(const std::string& path);

    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    ~Library();

    const std::string& path() const noexcept { return path_; }
    std::string_view name() const noexcept { return name_; }
    std::string_view version() const noexcept { return version_; }
    /// Another number for each library that was loaded.
    unsigned serial() const noexcept { return serial_; }

    const std::map<std::string, EndpointFactory, std::less<>>& endpoints() const noexcept { return endpoints_; }
    const std::map<std::string, AlgorithmFactory, std::less<>>& algorithms() const noexcept { return algorithms_; }
    const std::map<std::string, MembershipHandlerFactory, std::less<>>& membershipHandlers() const noexcept {
        return membershipHandlers_;
    }
    const std::map<std::string, MediatorFactory, std::less<>>& mediators() const noexcept { return mediators_; }

private:
    class Announcement;
    explicit Library(const std::string& path);
    const Descriptor& checkedDescriptor() const;

    std::string path_;
    void* handle_ = nullptr;
    unsigned serial_ = 0;
    std::string name_;
    std::string version_;
    std::map<std::string, EndpointFactory, std::less<>> endpoints_;
    std::map<std::string, AlgorithmFactory, std::less<>> algorithms_;
    std::map<std::string, MembershipHandlerFactory, std::less<>> membershipHandlers_;
    std::map<std::string, MediatorFactory, std::less<>> mediators_;
};

}  // namespace myelin::plugin
