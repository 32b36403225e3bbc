#pragma once

#include <map>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "engine/message/message_context.hpp"
#include "engine/runtime/deadline.hpp"
#include "engine/xml/document.hpp"

namespace myelin::endpoints {

/// What a WSDL 1.1 says about one port of a service (synapse-endpoints 1.4).
struct WsdlPort {
    std::string address;
    /// Of the address's kind: soap11, soap12, or rest; get when the HTTP binding says GET.
    message::WireFormat format = message::WireFormat::AsIs;

    /// Why there is none: what is wrong with the document itself, with the service, or with the port.
    enum class Wrong { Nothing, Document, Service, Port } wrong = Wrong::Nothing;
    std::string error;  ///< for people
    std::string help;
    bool ok() const noexcept { return wrong == Wrong::Nothing; }
};

/// The WSDL documents that one load of a configuration needs; each is read once, and all of them together take 30 s at
/// most. What they import is read as well, when
/// what is looked for is not in the document itself: next to it, and a few documents deep.
class WsdlDocuments {
public:
    /// In the document at that place (wsdlLocation() says where). Names are local names, as in Synapse.
    WsdlPort port(const std::string& location, std::string_view service, std::string_view port);
    /// The same in a <wsdl:definitions> element that stands in the configuration. It imports nothing.
    static WsdlPort inlinePort(pugi::xml_node definitions, std::string_view service, std::string_view port);

private:
    struct Entry {
        xml::Document document;
        std::string error;
    };
    class Search;
    const Entry& read(const std::string& location);

    std::map<std::string, std::unique_ptr<Entry>> entries_;
    std::optional<runtime::Deadline> deadline_;  // from the first one on
};

}  // namespace myelin::endpoints
