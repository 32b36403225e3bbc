#include <filesystem>
#include <string>

#include "endpoints/fixed_address.hpp"
#include "endpoints/leaf.hpp"
#include "endpoints/wsdl_document.hpp"
#include "endpoints/wsdl_source.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// The <wsdl:definitions>, or what stands in its place; null without one.
pugi::xml_node inlineDefinitions(const config::Element& kind) {
    for (const std::string_view name : {"definitions", "description"}) {
        for (const auto& child : kind.childrenNamed(name, config::Element::Namespaces::Any)) {
            // <description> in Synapse's namespace is a comment.
            if (child.namespaceUri() != config::kSynapseNamespace) return child.rawNode();
        }
    }
    return {};
}

/// Nothing after reporting why.
std::optional<WsdlPort> readPort(config::Element& kind, config::Build& build) {
    const auto definitions = inlineDefinitions(kind);
    const auto uri = kind.attribute("uri");
    if (kind.has("endpoint")) {
        const std::string what = "an endpoint of WSDL 2.0 cannot be named: only WSDL 1.1 is understood";
        const std::string help = "service and port say what is meant";
        if (!kind.has("port")) {
            kind.errorAt("endpoint", what, help);
            return std::nullopt;
        }
        kind.warningAt("endpoint", what, help);
    }
    const std::string service(base::trim(kind.required("service")));
    const std::string port(base::trim(kind.required("port")));
    if (!uri && !definitions) {
        kind.error("<wsdl> has no WSDL",
                   "give its address in the attribute \"uri\", or put a <wsdl:definitions> into it");
        return std::nullopt;
    }
    const std::string reference = uri ? std::string(base::trim(kind.required("uri"))) : std::string();
    if (service.empty() || port.empty() || (uri && reference.empty())) return std::nullopt;
    if (uri && definitions) kind.warning("the WSDL in this <wsdl> is not used: the attribute \"uri\" names another");

    WsdlPort found;
    if (uri) {
        const auto location = wsdlLocation(reference, kind.file().name());
        if (location.empty()) {
            kind.errorAt("uri", "a WSDL cannot be read from \"" + reference + "\"", "it takes http:, https: and file:");
            return std::nullopt;
        }
        // What is shown has to load wherever it is put.
        if (location.find("://") == std::string::npos) {
            kind.resolved("uri", std::filesystem::absolute(location).lexically_normal().string());
        }
        found = build.shared<WsdlDocuments>().port(location, service, port);
    } else {
        found = WsdlDocuments::inlinePort(definitions, service, port);
    }
    switch (found.wrong) {
        case WsdlPort::Wrong::Nothing:
            return found;
        case WsdlPort::Wrong::Document:
            kind.errorAt("uri", found.error, found.help);
            break;
        case WsdlPort::Wrong::Service:
            kind.errorAt("service", found.error, found.help);
            break;
        case WsdlPort::Wrong::Port:
            kind.errorAt("port", found.error, found.help);
            break;
    }
    return std::nullopt;
}

void warnOfSkipping(const config::Element& endpoint) {
    for (const auto& property : endpoint.childrenNamed("property")) {
        if (property.attribute("name", "") != "skip.wsdl.parsing") continue;
        property.warning(
            "skip.wsdl.parsing has no effect: the WSDL is always read, for without it there is no address");
    }
}

std::unique_ptr<message::Endpoint> makeWsdl(config::Element& endpoint,
                                            config::Element& kind,
                                            const config::EndpointPosition& position,
                                            config::Build& build) {
    auto definition = LeafDefinition::read(endpoint, kind, position, build);
    warnOfSkipping(endpoint);
    const auto port = readPort(kind, build);
    if (!port) return nullptr;
    auto address =
        FixedAddress::read(kind, "port", port->address, "the address that the WSDL gives, \"" + port->address + "\",");
    if (!address) return nullptr;
    // What is written here is meant for this use of the port.
    if (definition.format == message::WireFormat::AsIs) definition.format = port->format;
    const FixedAddress checked = *address;
    auto made = makeFixedLeaf(
        "WSDL endpoint", std::move(definition), leafState(build, position, port->address), std::move(*address));
    readOnError(endpoint, *made, build);
    readHealthCheck(endpoint, position, checked.origin, checked.path, *made, build);
    return LeafEndpoint::withinLimits(std::move(made), build);
}

const config::Registration<config::EndpointFactory> kRegistered{
    config::endpointRegistry(), "wsdl", {&makeWsdl, 40, false, false}};

}  // namespace

}  // namespace myelin::endpoints
