#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/configuration.hpp"
#include "engine/dispatch/api.hpp"
#include "engine/dispatch/proxy.hpp"
#include "engine/dispatch/route.hpp"

namespace myelin::dispatch {

/// A configuration together with what finds the way through it; immutable, made once a load.
class Router {
public:
    explicit Router(std::shared_ptr<const config::Configuration> configuration);

    const config::Configuration& configuration() const noexcept { return *configuration_; }
    /// The proxy at /services/NAME or below it, or null. `suffix` becomes the part of the target behind the name.
    const Proxy* proxyFor(std::string_view target, bool secure, std::string_view& suffix) const noexcept;
    /// APIs with the longest context first, versioned ones before unversioned ones (3.2).
    const Api* apiFor(std::string_view target, std::string_view authority, bool secure) const noexcept;

    const message::Mediator* main() const noexcept { return main_; }
    const message::Mediator* fault() const noexcept { return fault_; }
    const message::Mediator* preMediate() const noexcept { return preMediate_; }

private:
    std::shared_ptr<const config::Configuration> configuration_;
    std::map<std::string_view, const Proxy*> proxies_;
    std::vector<const Api*> apis_;
    const message::Mediator* main_;
    const message::Mediator* fault_;
    const message::Mediator* preMediate_;
};

}  // namespace myelin::dispatch
