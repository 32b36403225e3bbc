#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/arena.hpp"
#include "engine/xml/document.hpp"

namespace myelin::message {

/// WS-Addressing information of a message as Synapse shows it: changing it does not change the envelope.
struct Addressing {
    std::string_view to;  ///< request: path and query of the request line, or wsa:To; response: empty
    std::string_view from;
    std::string_view action;  ///< SOAPAction or wsa:Action, without quotes
    std::string_view replyTo;
    std::string_view faultTo;
    std::string_view messageId;
    std::string_view relatesTo;
};

/// The two namespaces in use: the W3C recommendation and the member submission before it.
enum class AddressingVersion : std::uint8_t { Final, Submission };

/// What the SOAP Header of an envelope says, in either version; text is copied into the arena, fields without a header
/// block stay empty. An endpoint reference gives its Address.
Addressing readAddressing(const xml::Document& envelope, base::Arena& arena);

/// Removes all WS-Addressing blocks of both versions. How many there were; the caller marks the payload edited.
std::size_t stripAddressing(xml::Document& envelope);

/// Writes the non-empty fields as header blocks, in place of those that are there. To and Action get mustUnderstand 0,
/// as Axis2 does.
void writeAddressing(xml::Document& envelope, const Addressing& addressing, AddressingVersion version);

}  // namespace myelin::message
