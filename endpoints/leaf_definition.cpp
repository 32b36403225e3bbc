#include "endpoints/health/scope.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/limits/defaults.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

using message::WireFormat;

WireFormat readFormat(const config::Element& definition) {
    static constexpr std::pair<std::string_view, WireFormat> kFormats[] = {{"soap11", WireFormat::Soap11},
                                                                           {"soap12", WireFormat::Soap12},
                                                                           {"pox", WireFormat::Pox},
                                                                           {"get", WireFormat::Get},
                                                                           {"rest", WireFormat::Rest}};
    const auto value = definition.attribute("format");
    if (!value) return WireFormat::AsIs;
    for (const auto& [name, format] : kFormats) {
        if (!base::equalsIgnoreCase(base::trim(*value), name)) continue;
        definition.resolved("format", name);
        return format;
    }
    definition.warningAt("format",
                         "\"" + *value + "\" is not a format, so messages keep theirs" +
                             config::didYouMean(*value, {"soap11", "soap12", "pox", "get", "rest"}),
                         "formats are soap11, soap12, pox, get and rest");
    return WireFormat::AsIs;
}

std::optional<message::AddressingVersion> readAddressing(config::Element& definition) {
    const auto addressing = definition.child("enableAddressing");
    if (!addressing) return std::nullopt;
    if (addressing->boolean("separateListener", false)) {
        addressing->warningAt("separateListener",
                              "answers on a separate listener are not supported",
                              "they are taken from the connection of the request");
    }
    return addressing->choice("version", {"final", "submission"}, "final") == "submission"
               ? message::AddressingVersion::Submission
               : message::AddressingVersion::Final;
}

void refuseSecurity(config::Element& definition) {
    if (const auto security = definition.child("enableSec")) {
        security->ignore();
        security->error("<enableSec> is not supported: Myelin has no WS-Security",
                        "secure the transport instead: give an https address");
    }
    if (const auto reliable = definition.child("enableRM")) {
        reliable->ignore();
        reliable->warning("<enableRM> has no effect");
    }
}

message::Packaging readPackaging(const config::Element& definition) {
    const auto value = definition.attribute("optimize");
    if (!value) return message::Packaging::None;
    const std::string_view name = base::trim(*value);
    if (base::equalsIgnoreCase(name, "mtom")) return message::Packaging::Mtom;
    if (base::equalsIgnoreCase(name, "swa")) return message::Packaging::Swa;
    definition.warningAt(
        "optimize",
        "\"" + *value + "\" is no packaging, so messages keep theirs" + config::didYouMean(*value, {"mtom", "swa"}),
        "optimize is mtom or swa");
    return message::Packaging::None;
}

std::optional<message::Charset> readCharset(const config::Element& definition) {
    const auto value = definition.attribute("encoding");
    if (!value) return std::nullopt;
    auto charset = message::Charset::named(base::trim(*value));
    if (!charset) {
        definition.errorAt(
            "encoding",
            "\"" + *value + "\" is no character encoding that this system knows" +
                config::didYouMean(
                    *value, {"UTF-8", "UTF-16", "ISO-8859-1", "ISO-8859-15", "US-ASCII", "windows-1252", "Shift_JIS"}),
            "encodings are named as in an XML declaration, like UTF-8 or ISO-8859-1; \"iconv -l\" lists them");
    }
    return charset;
}

}  // namespace

LeafDefinition LeafDefinition::read(config::Element& endpoint,
                                    config::Element& definition,
                                    const config::EndpointPosition& position,
                                    config::Build& build) {
    // Here as well, for a leaf that is not made after all: its check is not unknown.
    (void)HealthCheck::read(endpoint, build);
    LeafDefinition result;
    result.name = base::trim(endpoint.attribute("name", ""));
    result.position = position;
    result.format = readFormat(definition);
    result.addressing = readAddressing(definition);
    refuseSecurity(definition);
    result.packaging = readPackaging(definition);
    result.charset = readCharset(definition);
    auto inherited = EndpointDefaults::of(endpoint, build);
    result.timeout = readTimeoutExpression(definition, std::move(inherited.timeout));
    result.policy = FailurePolicy::read(definition, std::move(inherited.policy));
    result.properties = EndpointProperties::read(endpoint, build);
    result.limits = readLimits(definition, inherited.limits, build);
    result.longestAttempt = longestAttemptWith(result.policy, result.timeout.get(), build.options());
    return result;
}

base::Milliseconds longestAttemptWith(const FailurePolicy& policy,
                                      const xml::XPath* timeout,
                                      const message::MediationOptions& options) {
    // What an expression gives is only known with the message.
    const base::Milliseconds own = timeout ? options.globalTimeout : base::Milliseconds(policy.timeoutDuration);
    return std::min(own.count() > 0 ? own : options.longestAttempt, options.globalTimeout);
}

std::unique_ptr<message::Endpoint> LeafEndpoint::withinLimits(std::unique_ptr<LeafEndpoint> leaf,
                                                              config::Build& build) {
    if (!leaf || leaf->definition_.limits.empty()) return leaf;
    auto limits = leaf->definition_.limits;
    const auto position = leaf->definition_.position;
    return withOwnLimits(std::move(leaf), limits, position, build);
}

void readHealthCheck(config::Element& endpoint,
                     const config::EndpointPosition& position,
                     std::shared_ptr<const http::Origin> origin,
                     const std::string& path,
                     LeafEndpoint& leaf,
                     config::Build& build) {
    leaf.setHealth(
        startCheck({&endpoint, position.identity, std::string(leaf.name()), std::move(origin), path}, build));
}

void readOnError(config::Element& endpoint, LeafEndpoint& leaf, config::Build& build) {
    const auto name = endpoint.attribute("onError");
    if (name) build.referSequence(endpoint, "onError", std::string(base::trim(*name)), leaf.onErrorSlot());
}

}  // namespace myelin::endpoints
