#include "engine/dispatch/proxy.hpp"

#include "engine/base/strings.hpp"

namespace myelin::dispatch {

Route Proxy::route() const noexcept {
    return {in_.get(), inlineTarget_ ? inlineTarget_.get() : namedTarget_, out_.get(), fault_.get(), name_};
}

void Proxy::readTransports(config::Element& element) {
    const auto transports = element.attribute("transports");
    if (!transports) return;
    http_ = https_ = false;
    for (const std::string_view transport : base::split(*transports, " ,\t\r\n")) {
        if (transport == "all")
            http_ = https_ = true;
        else if (transport == "http")
            http_ = true;
        else if (transport == "https")
            https_ = true;
        else
            element.warningAt("transports",
                              "the transport \"" + std::string(transport) + "\" is not served",
                              "Myelin listens for http and https");
    }
    if (!http_ && !https_) {
        element.errorAt("transports",
                        "none of the transports of this proxy is served: it could never be called",
                        "name http or https, or leave the attribute out");
    }
}

void Proxy::readTarget(config::Element& target, config::Build& build) {
    in_.read(target, "inSequence", build);
    out_.read(target, "outSequence", build);
    fault_.read(target, "faultSequence", build);
    const auto key = target.attribute("endpoint");
    auto inlined = target.child("endpoint");
    if (key) {
        if (inlined) {
            inlined->ignore();
            inlined->warning("this <endpoint> is not used: the attribute endpoint=\"" + *key + "\" wins");
        }
        build.referEndpoint(target, "endpoint", *key, &namedTarget_);
    } else if (inlined) {
        inlineTarget_ = build.inlineEndpoint(*inlined);
    }
    if (!in_.given() && !key && !inlined) {
        target.error("a <target> needs an inSequence or an endpoint", "without either, no message goes anywhere");
    }
}

std::unique_ptr<config::Service> Proxy::make(config::Element& element, config::Build& build) {
    auto proxy = std::make_unique<Proxy>();
    proxy->name_ = element.required("name");
    proxy->startOnLoad_ = element.boolean("startOnLoad", true);
    element.attribute("pinnedServers");
    element.attribute("serviceGroup");
    proxy->readTransports(element);
    if (auto target = element.requiredChild("target")) proxy->readTarget(*target, build);
    if (auto wsdl = element.child("publishWSDL")) {
        wsdl->ignore();
        wsdl->warning("the WSDL is not published: ?wsdl is mediated like any other request");
    }
    for (auto& parameter : element.childrenNamed("parameter")) parameter.ignore();
    if (auto addressing = element.child("enableAddressing")) addressing->ignore();
    for (const std::string_view unsafe : {"policy", "enableSec"}) {
        for (auto& child : element.childrenNamed(unsafe)) {
            child.ignore();
            child.error("<" + std::string(unsafe) + "> asks for WS-Security, which Myelin does not have",
                        "serving this proxy without its policy would be less safe than intended");
        }
    }
    return proxy;
}

namespace {
const config::Registration<config::ServiceFactory> kRegistration{config::serviceRegistry(), "proxy", &Proxy::make};
}

}  // namespace myelin::dispatch
