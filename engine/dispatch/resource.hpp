#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dispatch/route.hpp"
#include "engine/dispatch/uri_template.hpp"
#include "mediators/regex.hpp"

namespace myelin::dispatch {

/// `<resource>` of an API: the flows for some methods of some paths (synapse-mediation 3.4). Immutable.
class Resource {
public:
    enum class Mapping { Url, Template, Default };

    void read(config::Element& element, config::Build& build);

    Mapping mapping() const noexcept { return mapping_; }
    /// No methods listed means all.
    bool takesMethod(std::string_view method) const noexcept;
    const std::vector<std::string>& methods() const noexcept { return methods_; }
    bool takesProtocol(bool secure) const noexcept { return secure ? https_ : http_; }
    /// Content-Type and User-Agent conditions.
    bool takesHeaders(const http::Headers& headers, bool hasBody) const;

    /// Servlet-style mappings: how well the path fits. Higher is better, 0 is no match: exact beats the longest prefix
    /// pattern (in segments), which beats an extension.
    std::size_t urlMatch(std::string_view path) const noexcept;
    const std::optional<UriTemplate>& uriTemplate() const noexcept { return template_; }
    const std::string& pattern() const noexcept { return pattern_; }

    const config::Place& place() const noexcept { return place_; }
    Route route(std::string_view name) const noexcept { return {in_.get(), nullptr, out_.get(), fault_.get(), name}; }

private:
    config::Place place_;
    Mapping mapping_ = Mapping::Default;
    std::string pattern_;
    std::optional<UriTemplate> template_;
    std::vector<std::string> methods_;
    bool http_ = true;
    bool https_ = true;
    std::string contentType_;
    std::optional<mediators::Regex> userAgent_;
    SequenceChoice in_;
    SequenceChoice out_;
    SequenceChoice fault_;
};

}  // namespace myelin::dispatch
