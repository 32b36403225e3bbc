#include "endpoints/health/scope.hpp"
#include "endpoints/leaf.hpp"
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

/// The expression in <duration>{...}</duration>.
std::optional<xml::XPath> readTimeoutExpression(config::Element& definition) {
    const auto timeout = definition.child("timeout");
    const auto duration = timeout ? timeout->child("duration") : std::nullopt;
    if (!duration) return std::nullopt;
    const std::string text = duration->text();
    if (text.empty() || text.front() != '{') return std::nullopt;
    if (text.back() != '}') {
        duration->error("the expression \"" + text + "\" does not end with \"}\"");
        return std::nullopt;
    }
    const std::string expression = text.substr(1, text.size() - 2);
    try {
        return xml::XPath::compile(expression, duration->namespacesInScope());
    } catch (const xml::XPathError& error) {
        duration->error("the XPath \"" + expression + "\" cannot be compiled: " + error.reason());
        return std::nullopt;
    }
}

}  // namespace

LeafDefinition LeafDefinition::read(config::Element& endpoint,
                                    config::Element& definition,
                                    const config::EndpointPosition& position,
                                    config::Build& build) {
    LeafDefinition result;
    result.name = base::trim(endpoint.attribute("name", ""));
    result.position = position;
    result.format = readFormat(definition);
    result.addressing = readAddressing(definition);
    refuseSecurity(definition);
    result.packaging = readPackaging(definition);
    result.charset = readCharset(definition);
    const auto& options = build.options();
    FailurePolicy defaults;
    defaults.initialDuration = options.suspendDuration;
    defaults.factor = options.progressionFactor;
    result.policy = FailurePolicy::read(definition, std::move(defaults));
    result.properties = EndpointProperties::read(endpoint, build);
    result.timeout = readTimeoutExpression(definition);
    // What an expression gives is only known with the message.
    const base::Milliseconds own =
        result.timeout ? options.globalTimeout : base::Milliseconds(result.policy.timeoutDuration);
    result.longestAttempt = std::min(own.count() > 0 ? own : options.longestAttempt, options.globalTimeout);
    return result;
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
