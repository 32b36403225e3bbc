#include "engine/dispatch/router.hpp"

#include <algorithm>

namespace myelin::dispatch {

namespace {
constexpr std::string_view kServices = "/services/";
}

Router::Router(std::shared_ptr<const config::Configuration> configuration)
    : configuration_(std::move(configuration)),
      main_(configuration_->sequence("main")),
      fault_(configuration_->sequence("fault")),
      preMediate_(configuration_->sequence("pre-mediate")) {
    for (const auto& service : configuration_->services()) {
        if (const auto* proxy = dynamic_cast<const Proxy*>(service.get())) {
            if (proxy->started()) proxies_.emplace(proxy->name(), proxy);
        } else if (const auto* api = dynamic_cast<const Api*>(service.get())) {
            apis_.push_back(api);
        }
    }
    std::stable_sort(apis_.begin(), apis_.end(), [](const Api* a, const Api* b) {
        if (a->context().size() != b->context().size()) return a->context().size() > b->context().size();
        return !a->version().empty() && b->version().empty();
    });
}

const Proxy* Router::proxyFor(std::string_view target, bool secure, std::string_view& suffix) const noexcept {
    if (proxies_.empty() || !target.starts_with(kServices)) return nullptr;
    const std::string_view rest = target.substr(kServices.size());
    const std::string_view path = rest.substr(0, rest.find('?'));
    // The longest name first: names may contain slashes.
    for (std::string_view name = path; !name.empty();) {
        if (const auto found = proxies_.find(name); found != proxies_.end() && found->second->serves(secure)) {
            suffix = rest.substr(name.size());
            return found->second;
        }
        const std::size_t slash = name.rfind('/');
        if (slash == std::string_view::npos) break;
        name = name.substr(0, slash);
    }
    return nullptr;
}

const Api* Router::apiFor(std::string_view target, std::string_view authority, bool secure) const noexcept {
    for (const Api* api : apis_) {
        if (api->takes(target, authority, secure)) return api;
    }
    return nullptr;
}

}  // namespace myelin::dispatch
