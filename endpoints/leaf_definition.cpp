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
        if (base::equalsIgnoreCase(base::trim(*value), name)) return format;
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

void noteWithoutEffect(const config::Element& definition) {
    if (const auto optimize = definition.attribute("optimize")) {
        definition.warningAt("optimize", "optimize has no effect yet: attachments are relayed as they come");
    }
    if (const auto encoding = definition.attribute("encoding")) {
        if (base::equalsIgnoreCase(base::trim(*encoding), "utf-8")) return;
        definition.warningAt("encoding", "encoding has no effect yet: what Myelin writes is UTF-8");
    }
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
    noteWithoutEffect(definition);
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

void readOnError(config::Element& endpoint, LeafEndpoint& leaf, config::Build& build) {
    const auto name = endpoint.attribute("onError");
    if (name) build.referSequence(endpoint, "onError", std::string(base::trim(*name)), leaf.onErrorSlot());
}

}  // namespace myelin::endpoints
