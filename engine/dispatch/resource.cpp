#include "engine/dispatch/resource.hpp"

#include <algorithm>
#include <stdexcept>

#include "engine/base/strings.hpp"

namespace myelin::dispatch {

namespace {

const std::vector<std::string_view> kMethods{"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"};

std::string_view withoutTrailingSlash(std::string_view path) noexcept {
    return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

}  // namespace

void Resource::read(config::Element& element, config::Build& build) {
    place_ = element.place();
    if (const auto methods = element.attribute("methods")) {
        if (methods->find(',') != std::string::npos) {
            element.beyondSynapse("methods", "Synapse separates methods by blanks, not by commas");
        }
        for (const std::string_view method : base::split(*methods, " ,\t\r\n")) {
            if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
                element.errorAt("methods",
                                "\"" + std::string(method) + "\" is no method that a resource can name" +
                                    config::didYouMean(method, kMethods),
                                "known are GET POST PUT DELETE OPTIONS HEAD PATCH");
            }
            methods_.emplace_back(method);
        }
    }
    if (const auto protocol = element.choice("protocol", {"http", "https"}, ""); !protocol.empty()) {
        http_ = protocol == "http";
        https_ = !http_;
    }
    contentType_ = element.attribute("content-type", "");
    userAgent_ = mediators::Regex::read(element, "user-agent");
    const auto mapping = element.attribute("url-mapping");
    const auto uriTemplate = element.attribute("uri-template");
    if (mapping) {
        mapping_ = Mapping::Url;
        pattern_ = *mapping;
        if (uriTemplate) element.warningAt("uri-template", "not used: url-mapping wins");
        if (!mapping->starts_with('/') && !mapping->starts_with("*.")) {
            element.errorAt("url-mapping", "a mapping is a path (/a/b), a prefix (/a/*) or an extension (*.jsp)");
        }
    } else if (uriTemplate) {
        mapping_ = Mapping::Template;
        pattern_ = *uriTemplate;
        try {
            template_.emplace(*uriTemplate);
        } catch (const std::invalid_argument& problem) {
            element.errorAt("uri-template", std::string("not a URI template: ") + problem.what());
        }
    }
    in_.read(element, "inSequence", build);
    out_.read(element, "outSequence", build);
    fault_.read(element, "faultSequence", build);
}

bool Resource::takesMethod(std::string_view method) const noexcept {
    return methods_.empty() || std::find(methods_.begin(), methods_.end(), method) != methods_.end();
}

bool Resource::takesHeaders(const http::Headers& headers, bool hasBody) const {
    if (!contentType_.empty() && hasBody && headers.get(http::HeaderId::ContentType) != contentType_) return false;
    if (!userAgent_) return true;
    const auto agent = headers.get(http::HeaderId::UserAgent);
    return agent && userAgent_->matches(*agent);
}

std::size_t Resource::urlMatch(std::string_view path) const noexcept {
    constexpr std::size_t kExact = 1'000'000;
    const std::string_view pattern = pattern_;
    if (pattern.starts_with("*.")) return path.ends_with(pattern.substr(1)) ? 1 : 0;
    if (!pattern.ends_with("/*")) return withoutTrailingSlash(path) == withoutTrailingSlash(pattern) ? kExact : 0;
    const std::string_view prefix = pattern.substr(0, pattern.size() - 2);
    if (!path.starts_with(prefix) || (path.size() > prefix.size() && path[prefix.size()] != '/')) return 0;
    return 2 + static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), '/'));
}

}  // namespace myelin::dispatch
