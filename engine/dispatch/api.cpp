#include "engine/dispatch/api.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/strings.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::dispatch {

namespace {

std::string_view pathOf(std::string_view target) noexcept {
    return target.substr(0, target.find('?'));
}

int rank(const Resource& resource) noexcept {
    return static_cast<int>(resource.mapping());
}

std::string joined(const std::set<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::unique_ptr<config::Service> Api::make(config::Element& element, config::Build& build) {
    auto api = std::make_unique<Api>();
    api->name_ = element.required("name");
    api->context_ = element.required("context");
    if (!api->context_.empty() && !api->context_.starts_with('/')) {
        element.errorAt("context", "a context starts with /");
    }
    while (api->context_.size() > 1 && api->context_.ends_with('/')) api->context_.pop_back();
    api->hostname_ = element.attribute("hostname", "");
    if (element.has("port")) api->port_ = element.integer<int>("port", -1, 65535, -1);
    api->version_ = element.attribute("version", "");
    const std::string versionType = element.choice("version-type", {"url", "context", "none"}, "");
    if (!api->version_.empty() && versionType.empty()) {
        element.errorAt("version", "a version needs version-type=\"url\" (or context)");
    }
    if (versionType == "context") {
        if (const auto at = api->context_.find("{version}"); at != std::string::npos) {
            api->context_.replace(at, 9, api->version_);
        }
        api->version_.clear();
    }
    for (const std::string_view attribute : {"transport", "transports"}) {
        const auto transports = element.attribute(attribute);
        if (!transports) continue;
        api->http_ = api->https_ = false;
        for (const std::string_view transport : base::split(*transports, ", ")) {
            api->http_ = api->http_ || transport == "http";
            api->https_ = api->https_ || transport == "https";
            if (transport != "http" && transport != "https") {
                element.warningAt(
                    attribute, "transport \"" + std::string(transport) + "\" is not served", "http and https are");
            }
        }
    }
    std::string address = api->context_;
    if (!api->version_.empty()) address += "/" + api->version_;
    const config::Place* const other = build.claim("API " + api->hostname_ + ":" + std::to_string(api->port_) + address,
                                                   element.placeOfValue("context"));
    if (other) {
        element.errorAt("context", "the context " + address + " is taken already, by the API at " + other->text());
    }
    for (const std::string_view known : {"publishSwagger", "validateSchema", "binds-to"}) element.attribute(known);
    if (auto handlers = element.child("handlers")) {
        handlers->ignore();
        handlers->warning("API handlers are Java classes and are not run");
    }
    std::map<std::string, bool> taken;
    for (auto& child : element.childrenNamed("resource")) {
        auto resource = std::make_unique<Resource>();
        resource->read(child, build);
        auto methods = resource->methods();
        if (methods.empty()) methods.emplace_back("*");
        for (const auto& method : methods) {
            const std::string key = std::to_string(rank(*resource)) + ' ' + method + ' ' + resource->pattern();
            if (!taken.emplace(key, true).second) {
                child.error("another resource of this API already takes " + method + " of \"" +
                            (resource->pattern().empty() ? "/*" : resource->pattern()) + "\"");
            }
        }
        api->resources_.push_back(std::move(resource));
    }
    if (api->resources_.empty()) element.error("an <api> needs at least one <resource>");
    std::stable_sort(api->resources_.begin(), api->resources_.end(), [](const auto& a, const auto& b) {
        if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
        return a->uriTemplate() && b->uriTemplate() && a->uriTemplate()->moreSpecificThan(*b->uriTemplate());
    });
    return api;
}

std::size_t Api::prefixLength() const noexcept {
    const std::size_t context = context_ == "/" ? 0 : context_.size();
    return version_.empty() ? context : context + 1 + version_.size();
}

bool Api::takes(std::string_view target, std::string_view authority, bool secure) const noexcept {
    if (!(secure ? https_ : http_)) return false;
    const std::string_view path = pathOf(target);
    const std::string_view context = context_ == "/" ? std::string_view() : context_;
    if (!path.starts_with(context)) return false;
    std::string_view rest = path.substr(context.size());
    if (!rest.empty() && rest.front() != '/') return false;
    if (!version_.empty()) {
        if (!rest.starts_with('/') || !rest.substr(1).starts_with(version_)) return false;
        rest.remove_prefix(1 + version_.size());
        if (!rest.empty() && rest.front() != '/') return false;
    }
    if (hostname_.empty() && port_ < 0) return true;
    if (authority.empty()) return false;
    const std::size_t colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
    const std::string_view host = authority.substr(0, colon);
    int port = secure ? 443 : 80;
    if (colon != std::string_view::npos) port = base::parseNumber<int>(authority.substr(colon + 1)).value_or(-1);
    return (hostname_.empty() || hostname_ == host) && (port_ < 0 || port_ == port);
}

std::string_view Api::subPath(std::string_view target) const noexcept {
    const std::string_view rest = target.substr(std::min(prefixLength(), target.size()));
    return rest.empty() ? std::string_view("/") : rest;
}

Api::Choice Api::choose(
    std::string_view target, std::string_view method, const http::Headers& headers, bool hasBody, bool secure) const {
    const std::string_view sub = subPath(target);
    const std::string_view path = pathOf(sub);
    Choice choice;
    std::set<std::string> allowed;
    bool pathKnown = false;
    bool anyMethod = false;
    std::size_t best = 0;
    for (const auto& resource : resources_) {
        if (choice.resource && rank(*resource) > rank(*choice.resource)) break;
        if (!resource->takesProtocol(secure)) continue;
        UriTemplate::Variables variables;
        std::size_t quality = 1;
        if (resource->mapping() == Resource::Mapping::Url) quality = resource->urlMatch(path);
        if (resource->mapping() == Resource::Mapping::Template) {
            quality = resource->uriTemplate()->match(sub, variables) ? 1 : 0;
        }
        if (quality == 0) continue;
        pathKnown = true;
        if (resource->methods().empty()) anyMethod = true;
        allowed.insert(resource->methods().begin(), resource->methods().end());
        if (!resource->takesMethod(method) || !resource->takesHeaders(headers, hasBody)) continue;
        // OPTIONS is mediated only where it is listed by name (3.7).
        if (method == "OPTIONS" && resource->methods().empty()) continue;
        if (quality > best) {
            best = quality;
            choice.resource = resource.get();
            choice.variables = std::move(variables);
        }
    }
    if (choice.resource) return choice;
    choice.status = !pathKnown ? 404 : method == "OPTIONS" ? 200 : 405;
    if (anyMethod) allowed.insert({"GET", "POST", "PUT", "DELETE"});
    allowed.erase("OPTIONS");
    choice.allow = joined(allowed);
    return choice;
}

void Api::describe(message::MessageContext& request, const Choice& choice) const {
    auto& properties = request.properties(message::Scope::Default);
    auto& server = request.exchange().server();
    const std::string_view target = server.request().target;
    const std::string_view sub = subPath(target);
    properties.setStatic("SYNAPSE_REST_API", std::string_view(name_));
    if (!version_.empty()) properties.setStatic("SYNAPSE_REST_API_VERSION", std::string_view(version_));
    properties.setStatic("REST_API_CONTEXT", std::string_view(context_));
    properties.setStatic("REST_FULL_REQUEST_PATH", target);
    properties.setStatic("REST_SUB_REQUEST_PATH", sub);
    properties.setStatic("REST_METHOD", server.request().method);
    const std::string prefix =
        std::string(server.secure() ? "https://" : "http://") + std::string(server.request().host);
    properties.set("REST_URL_PREFIX", std::string_view(prefix));
    properties.setStatic("SYNAPSE_RESOURCE", std::string_view(choice.resource->pattern()));
    request.setRestSuffix(target.substr(std::min(prefixLength(), target.size())));
    for (const auto& [name, value] : choice.variables) {
        properties.set(request.arena().join("uri.var.", name), std::string_view(value));
    }
    const std::size_t query = target.find('?');
    if (query == std::string_view::npos) return;
    for (const std::string_view pair : base::split(target.substr(query + 1), "&")) {
        const std::size_t equals = pair.find('=');
        const std::string value = equals == std::string_view::npos ? "" : percentDecode(pair.substr(equals + 1));
        properties.set(request.arena().join("query.param.", percentDecode(pair.substr(0, equals))),
                       std::string_view(value));
    }
}

namespace {
const config::Registration<config::ServiceFactory> kRegistration{config::serviceRegistry(), "api", &Api::make};
}

}  // namespace myelin::dispatch
