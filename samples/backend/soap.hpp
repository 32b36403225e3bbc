#pragma once

#include <optional>
#include <string>

#include <pugixml.hpp>

#include "samples/backend/message.hpp"

namespace samples {

enum class SoapVersion {
    Soap11,
    Soap12,
    Plain,  ///< no envelope: the operation element is the whole document
};

constexpr const char* kServiceNamespace = "http://services.samples";

/// A parsed call: the operation is the first element of the body.
struct Call {
    SoapVersion version = SoapVersion::Soap11;
    pugi::xml_document document;
    pugi::xml_node operation;  ///< null when the body is empty

    std::string operationName() const;
    std::string operationNamespace() const;
    /// Text of the first descendant of the operation with this local name.
    std::string valueOf(const std::string& localName) const;
};

/// Name without prefix.
std::string localNameOf(const pugi::xml_node& node);

/// Namespace of an element by the declarations in scope.
std::string namespaceOf(const pugi::xml_node& node);

std::string escaped(const std::string& text);

/// Which kind of answer a content type asks for.
SoapVersion versionOf(const std::string& contentType);

/// Reads the request's body. `problem` says why when there is no call to speak of.
bool parseCall(const Request& request, Call& call, std::string& problem);

/// An answer with this XML as its body, in an envelope of the version.
Answer soapAnswer(SoapVersion version, const std::string& content);

/// A fault with status 500; `senderFault` says whose mistake it was.
Answer soapFault(SoapVersion version, bool senderFault, const std::string& reason);

}  // namespace samples
