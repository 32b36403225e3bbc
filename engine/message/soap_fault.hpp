#pragma once

#include <string>
#include <string_view>

#include "engine/message/soap.hpp"

namespace myelin::message::soap {

/// The parts of a SOAP fault, of either version, or of one to be made.
struct Fault {
    /// Namespace of the code; empty or either envelope namespace: one of SOAP's own codes.
    std::string codeNamespace;
    /// Local part of the code. SOAP's own may be given in either version's words: Client and Server become Sender and
    /// Receiver and the other way round.
    std::string code = "Server";
    std::string reason;
    std::string language = "en";  ///< SOAP 1.2 only
    std::string node;             ///< SOAP 1.2 only
    std::string role;             ///< faultactor in SOAP 1.1
    std::string detailText;
    /// Its children (elements and text) are copied into the detail. May belong to any document, also to the one that
    /// the fault is written to.
    pugi::xml_node detail;
};

/// Whether the Body's first element is the envelope's Fault.
bool isFault(const xml::Document& envelope) noexcept;

/// The parts of the fault in the Body; `detail` is the detail element itself. Only when isFault().
Fault readFault(const xml::Document& envelope);

/// Replaces the content of the Body by a fault of the envelope's version. A code that is not SOAP's own is kept in
/// SOAP 1.1; SOAP 1.2 gets Receiver with that code as subcode.
void setFault(xml::Document& envelope, const Fault& fault);

/// Replaces the content of the Body by <Exception>: the detail (children, or text, read as XML if it is), else the
/// reason. That is what POX clients get in place of a fault (synapse-mediation 2.9).
void setException(xml::Document& envelope, const Fault& fault);

/// For convert(): the fault of an envelope that is still of the other version is rebuilt for version `to`, with names
/// that are right once the envelope's prefix is bound to that version.
void convertFault(xml::Document& envelope, Version to);

}  // namespace myelin::message::soap
