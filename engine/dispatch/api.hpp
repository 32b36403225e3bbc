#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dispatch/resource.hpp"

namespace myelin::message {
class MessageContext;
}

namespace myelin::dispatch {

/// `<api>`: REST resources under a context path (synapse-mediation 3). Immutable.
class Api final : public config::Service {
public:
    static std::unique_ptr<config::Service> make(config::Element& element, config::Build& build);

    std::string_view kind() const noexcept override { return "api"; }
    const std::string& name() const noexcept override { return name_; }
    const std::string& context() const noexcept { return context_; }
    const std::string& version() const noexcept { return version_; }
    const std::vector<std::unique_ptr<Resource>>& resources() const noexcept { return resources_; }

    /// Whether a request to `target` (path and query) is this API's. `authority` is the Host field's value.
    bool takes(std::string_view target, std::string_view authority, bool secure) const noexcept;

    /// What became of looking for the resource.
    struct Choice {
        const Resource* resource = nullptr;
        UriTemplate::Variables variables;
        int status = 0;     ///< without a resource: 404, 405 or 200 (an OPTIONS request that is answered here)
        std::string allow;  ///< with 405 and 200: the methods of the path
    };
    Choice choose(std::string_view target,
                  std::string_view method,
                  const http::Headers& headers,
                  bool hasBody,
                  bool secure) const;

    /// The target behind context and version; "/" when nothing is left.
    std::string_view subPath(std::string_view target) const noexcept;
    /// Sets the properties that a matched request carries (3.3, 3.5).
    void describe(message::MessageContext& request, const Choice& choice) const;

private:
    std::size_t prefixLength() const noexcept;

    std::string name_;
    std::string context_;
    std::string hostname_;
    int port_ = -1;
    std::string version_;
    bool http_ = true;
    bool https_ = true;
    std::vector<std::unique_ptr<Resource>> resources_;  // url mappings, then templates, then the default one
};

}  // namespace myelin::dispatch
