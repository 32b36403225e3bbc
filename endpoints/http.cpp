#include <algorithm>
#include <string>

#include "endpoints/authentication.hpp"
#include "endpoints/fixed_address.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/uri_template.hpp"
#include "endpoints/url_encoding.hpp"
#include "engine/base/strings.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kUriVariable = "uri.var.";
constexpr std::string_view kQueryParameter = "query.param.";
constexpr std::string_view kLegacy = "legacy-encoding:";

bool isVariable(std::string_view name) noexcept {
    return name.starts_with(kUriVariable) || name.starts_with(kQueryParameter);
}

/// The message's properties uri.var.* and query.param.*; those of the endpoint have been set on it by now.
class MessageValues final : public UriTemplate::Values {
public:
    MessageValues(message::MessageContext& context, bool decoded)
        : context_(&context), properties_(&context.properties(message::Scope::Default)), decoded_(decoded) {}

    std::optional<std::string_view> value(std::string_view name) override {
        const auto* property = isVariable(name) ? properties_->get(name) : nullptr;
        if (!property || std::holds_alternative<std::monostate>(*property)) return std::nullopt;
        const auto* text = std::get_if<std::string_view>(property);
        if (text && !decoded_) return *text;
        const auto written = text ? std::string(*text) : message::toText(*property);
        return context_->arena().copy(decoded_ ? formDecoded(written) : written);
    }
    /// Whether the message has any of them, in the template or not.
    bool any() const noexcept {
        return std::any_of(
            properties_->begin(), properties_->end(), [](const auto& entry) { return isVariable(entry.name); });
    }

private:
    message::MessageContext* context_;
    const message::Properties* properties_;
    bool decoded_;
};

/// What <http> says about the request itself.
struct HttpOptions {
    std::optional<UriTemplate> address;  ///< without one, the message's To
    bool legacyEncoding = false;
    std::string method;  ///< empty: the message's own
    std::unique_ptr<Authentication> authentication;

    /// Known when scheme, host and port are the same for every message; the template is then what follows them.
    std::shared_ptr<const http::Origin> origin;
    std::string fixedPath;  ///< with an origin and a template without variables
};

/// A REST backend: an address with the message's variables in it, a method, credentials (synapse-endpoints 1.4). The
/// message's To stays as it is.
class HttpEndpoint final : public LeafEndpoint {
public:
    HttpEndpoint(LeafDefinition definition, std::shared_ptr<LeafState> state, HttpOptions options)
        : LeafEndpoint(std::move(definition), std::move(state)), options_(std::move(options)) {}

protected:
    Target target(message::MessageContext& context, runtime::Deadline deadline) const override {
        Target to = options_.address ? expanded(context) : targetOfTo(context);
        if (!to.origin) return to;
        to.method = options_.method;
        to.keepSuffix = options_.method.empty();
        if (!options_.authentication) return to;
        auto credentials = options_.authentication->authorize(context, withTimeout(context, deadline));
        if (credentials.authorization.empty()) {
            to.origin = nullptr;
            to.code = message::error_code::kAuthFailure;
            to.error = std::move(credentials.error);
            return to;
        }
        to.authorization = credentials.authorization;
        to.renewable = options_.authentication->renewable();
        return to;
    }
    void refused(message::MessageContext&, const Target& target) const override {
        options_.authentication->refused(target.authorization);
    }
    std::string_view kind() const noexcept override { return "HTTP endpoint"; }

private:
    Target expanded(message::MessageContext& context) const {
        Target to;
        if (!options_.fixedPath.empty()) {
            to.origin = options_.origin.get();
            to.path = options_.fixedPath;
            return to;
        }
        MessageValues values(context, options_.legacyEncoding);
        std::string text;
        const auto expansion = options_.address->expand(values, text);
        if (expansion.defined == 0 && options_.address->hasMandatoryPart() && !values.any()) {
            to.error = "the message sets none of the variables of \"" + options_.address->text() + "\"";
            return to;
        }
        if (options_.legacyEncoding) text = reencodedUrl(formDecoded(text));
        const auto kept = context.arena().copy(text);
        if (!options_.origin) return targetAt(kept, "uri-template gives");
        to.origin = options_.origin.get();
        to.path = kept.substr(0, kept.find('#'));
        return to;
    }

    HttpOptions options_;
};

/// Reports at the character of the template, where the source line shows it as it is.
void reportTemplate(const config::Element& http, std::string_view text, const UriTemplateError& error) {
    auto place = http.placeOfValue("uri-template");
    const std::string_view line = place.sourceLine;
    const auto start = place.column == 0 ? std::string_view::npos : line.find(text, place.column - 1);
    const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    std::string help;
    if (start != std::string_view::npos && ascii) {
        place.column = start + error.position() + 1;
        place.length = 1;
    } else {
        help = "the mistake is at character " + std::to_string(error.position() + 1) + " of the template";
    }
    http.diagnostics().error(place, "the URI template cannot be read: " + std::string(error.what()), std::move(help));
}

void warnOfUnknownVariables(const config::Element& http, const UriTemplate& address) {
    for (const auto name : address.variables()) {
        if (isVariable(name)) continue;
        http.warningAt("uri-template",
                       "{" + std::string(name) + "} never has a value, so it is left out",
                       "the variables of a URI template are the properties uri.var.* and query.param.*");
    }
}

/// Splits off scheme, host and port when no message can change them. False after reporting what is wrong with them.
bool resolveOrigin(const config::Element& http, HttpOptions& options) {
    const bool constant = options.address->variables().empty();
    const std::string start(options.address->literalStart());
    const auto scheme = start.find("://");
    const auto authority = scheme == std::string::npos ? scheme : start.find_first_of("/?#", scheme + 3);
    const char first = options.address->firstOperator();
    const bool ended = authority != std::string::npos || constant || first == '/' || first == '?' || first == '#';
    if (!ended || (scheme == std::string::npos && !constant)) return true;

    auto address = FixedAddress::read(http, "uri-template", start);
    if (!address) return false;
    options.origin = std::move(address->origin);
    if (constant) {
        options.fixedPath = address->path.empty() ? "/" : std::move(address->path);
    } else {
        const std::string_view written = options.address->text();
        const auto end = written.find_first_of("/?#{", written.find("://") + 3);
        options.address = UriTemplate(written.substr(end));
    }
    return true;
}

bool readTemplate(const config::Element& http, HttpOptions& options) {
    if (!http.has("uri-template")) return true;
    const std::string whole{base::trim(http.required("uri-template"))};
    if (whole.empty()) return false;
    std::string text = whole;
    if (text.starts_with(kLegacy)) {
        options.legacyEncoding = true;
        text.erase(0, kLegacy.size());
    }
    const std::size_t skipped = whole.size() - text.size();
    try {
        options.address = UriTemplate(text);
        // A whole URL in a variable: Synapse takes {x} at the start for {+x}.
        if (text.starts_with('{') && options.address->firstOperator() == 0) {
            options.address = UriTemplate("{+" + text.substr(1));
        }
    } catch (const UriTemplateError& error) {
        reportTemplate(http, whole, UriTemplateError(error.position() + skipped, error.what()));
        return false;
    }
    warnOfUnknownVariables(http, *options.address);
    return resolveOrigin(http, options);
}

void readMethod(const config::Element& http, HttpOptions& options) {
    static const std::vector<std::string_view> kMethods{"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"};
    const auto value = http.attribute("method");
    if (!value) return;
    const auto found = std::find_if(kMethods.begin(), kMethods.end(), [&](std::string_view method) {
        return base::equalsIgnoreCase(method, base::trim(*value));
    });
    if (found != kMethods.end()) {
        options.method = *found;
        return;
    }
    http.warningAt("method",
                   "\"" + *value + "\" is not a method, so requests keep theirs" + config::didYouMean(*value, kMethods),
                   "methods are get, post, put, delete, head, patch and options");
}

void readVersion(const config::Element& http) {
    if (http.choice("version", {"1.1", "2.0"}, "1.1") != "2.0") return;
    http.warningAt("version", "backends are spoken to in HTTP/1.1", "an HTTP/2 server understands that as well");
}

void warnOfFormat(const config::Element& http, const LeafDefinition& definition, const HttpOptions& options) {
    using message::WireFormat;
    if (options.method.empty()) return;
    const bool soap = definition.format == WireFormat::Soap11 || definition.format == WireFormat::Soap12;
    std::string_view always = options.method;
    if (soap) always = "POST";
    if (definition.format == WireFormat::Get) always = "GET";
    if (always == options.method) return;
    http.warningAt("method",
                   "this format is always sent with " + std::string(always) + ", so the method has no effect");
}

std::unique_ptr<message::Endpoint> makeHttp(config::Element& endpoint,
                                            config::Element& kind,
                                            const config::EndpointPosition& position,
                                            config::Build& build) {
    auto definition = LeafDefinition::read(endpoint, kind, position, build);
    HttpOptions options;
    readVersion(kind);
    readMethod(kind, options);
    warnOfFormat(kind, definition, options);
    const bool addressed = readTemplate(kind, options);
    options.authentication = Authentication::read(kind, position, build);
    if (!addressed) return nullptr;
    if (options.authentication) {
        const auto longest = options.authentication->longest();
        if (options.authentication->renewable()) {
            // Refused, and sent once more with what was fetched anew.
            definition.requests = 2;
            definition.longestAttempt *= 2;
        }
        const auto all = definition.longestAttempt + 2 * longest;
        definition.longestAttempt = std::min(all, build.options().globalTimeout);
    }
    auto state = leafState(build, position, "http " + kind.attribute("uri-template", ""));
    const auto origin = options.origin;
    const auto path = options.fixedPath;
    auto made = std::make_unique<HttpEndpoint>(std::move(definition), std::move(state), std::move(options));
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, origin, path, *made, build);
    return LeafEndpoint::withinLimits(std::move(made), build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "http", {&makeHttp, 90, false, false}};

}  // namespace

}  // namespace myelin::endpoints
