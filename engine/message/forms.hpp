#pragma once

#include <string>
#include <string_view>

#include "engine/message/content.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

/// Namespace of the elements that stand for bodies without XML of their own (Axis2's).
constexpr std::string_view kPayloadNamespace = "http://ws.apache.org/commons/ns/payload";

/// Makes the envelope view of a body (synapse-mediation 2.11): the SOAP envelope itself; other XML, a text or a form
/// as content of a SOAP 1.1 envelope. Gives the kind that it turned out to be: text/xml whose root is no Envelope is
/// POX. Throws MediationFault kMessageParsing when the bytes are not what the kind says. Not for Json and Opaque.
ContentKind buildEnvelope(xml::Document& document,
                          std::string_view bytes,
                          ContentKind kind,
                          std::string_view charset,
                          const xml::XmlLimits& limits = {});

/// Appends the body that an envelope view stands for: the whole envelope with an XML declaration for SOAP; the first
/// element in the Body for POX; its text for Text; its children as fields for Form. Throws MediationFault for Json,
/// which cannot be made yet.
void writeForm(const xml::Document& envelope, ContentKind kind, std::string& out);

/// The fields of the first element in the Body as a query string: a=1&b=2.
void writeFields(const xml::Document& envelope, std::string& out);

/// application/x-www-form-urlencoded text, decoded: plus is a space, bad escapes stay as they are.
std::string decodeFormText(std::string_view text);
void appendFormText(std::string_view text, std::string& out);

}  // namespace myelin::message
