#include "samples/backend/soap.hpp"

#include <cstring>

#include <Poco/String.h>

namespace samples {
namespace {

constexpr const char* kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr const char* kSoap12 = "http://www.w3.org/2003/05/soap-envelope";

pugi::xml_node firstElement(const pugi::xml_node& parent) {
    for (const pugi::xml_node child : parent.children()) {
        if (child.type() == pugi::node_element) {
            return child;
        }
    }
    return {};
}

pugi::xml_node findByLocalName(const pugi::xml_node& root, const std::string& localName) {
    return root.find_node([&](const pugi::xml_node& node) {
        return node.type() == pugi::node_element && localNameOf(node) == localName;
    });
}

std::string contentTypeOf(SoapVersion version) {
    switch (version) {
        case SoapVersion::Soap11:
            return "text/xml; charset=UTF-8";
        case SoapVersion::Soap12:
            return "application/soap+xml; charset=UTF-8";
        case SoapVersion::Plain:
            break;
    }
    return "application/xml; charset=UTF-8";
}

}  // namespace

std::string localNameOf(const pugi::xml_node& node) {
    const char* name = node.name();
    const char* colon = std::strchr(name, ':');
    return colon == nullptr ? name : colon + 1;
}

std::string namespaceOf(const pugi::xml_node& node) {
    const std::string name = node.name();
    const auto colon = name.find(':');
    const std::string declaration = colon == std::string::npos ? "xmlns" : "xmlns:" + name.substr(0, colon);
    for (pugi::xml_node scope = node; scope; scope = scope.parent()) {
        if (const auto attribute = scope.attribute(declaration.c_str())) {
            return attribute.value();
        }
    }
    return {};
}

std::string escaped(const std::string& text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string Call::operationName() const {
    return localNameOf(operation);
}

std::string Call::operationNamespace() const {
    return namespaceOf(operation);
}

std::string Call::valueOf(const std::string& localName) const {
    return Poco::trim(std::string(findByLocalName(operation, localName).text().get()));
}

SoapVersion versionOf(const std::string& contentType) {
    if (Poco::icompare(contentType, 0, 20, std::string("application/soap+xml")) == 0) {
        return SoapVersion::Soap12;
    }
    if (Poco::icompare(contentType, 0, 15, std::string("application/xml")) == 0) {
        return SoapVersion::Plain;
    }
    return SoapVersion::Soap11;
}

bool parseCall(const Request& request, Call& call, std::string& problem) {
    call.version = versionOf(request.contentType);
    const auto parsed = call.document.load_buffer(request.body.data(), request.body.size());
    if (!parsed) {
        problem = std::string("the message is not XML: ") + parsed.description();
        return false;
    }
    const pugi::xml_node root = call.document.document_element();
    if (call.version == SoapVersion::Plain) {
        call.operation = root;
        return true;
    }
    const char* expected = call.version == SoapVersion::Soap12 ? kSoap12 : kSoap11;
    if (localNameOf(root) != "Envelope" || namespaceOf(root) != expected) {
        problem = std::string("expected an Envelope of ") + expected + " but got " + root.name();
        return false;
    }
    for (const pugi::xml_node part : root.children()) {
        if (localNameOf(part) == "Body") {
            call.operation = firstElement(part);
        }
    }
    if (!call.operation) {
        problem = "the SOAP body is empty";
        return false;
    }
    return true;
}

Answer soapAnswer(SoapVersion version, const std::string& content) {
    Answer answer;
    answer.contentType = contentTypeOf(version);
    answer.body = "<?xml version='1.0' encoding='UTF-8'?>";
    if (version == SoapVersion::Plain) {
        answer.body += content;
        return answer;
    }
    answer.body.append("<soapenv:Envelope xmlns:soapenv=\"")
        .append(version == SoapVersion::Soap12 ? kSoap12 : kSoap11)
        .append("\"><soapenv:Body>")
        .append(content)
        .append("</soapenv:Body></soapenv:Envelope>");
    return answer;
}

Answer soapFault(SoapVersion version, bool senderFault, const std::string& reason) {
    std::string fault;
    switch (version) {
        case SoapVersion::Soap11:
            fault = std::string("<soapenv:Fault><faultcode>soapenv:") + (senderFault ? "Client" : "Server") +
                    "</faultcode><faultstring>" + escaped(reason) + "</faultstring></soapenv:Fault>";
            break;
        case SoapVersion::Soap12:
            fault = std::string("<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:") +
                    (senderFault ? "Sender" : "Receiver") +
                    "</soapenv:Value></soapenv:Code><soapenv:Reason><soapenv:Text xml:lang=\"en\">" + escaped(reason) +
                    "</soapenv:Text></soapenv:Reason></soapenv:Fault>";
            break;
        case SoapVersion::Plain:
            fault = "<Exception>" + escaped(reason) + "</Exception>";
            break;
    }
    Answer answer = soapAnswer(version, fault);
    answer.status = 500;
    return answer;
}

}  // namespace samples
