#pragma once

#include <string>

#include "engine/message/addressing.hpp"
#include "engine/message/outgoing.hpp"

namespace myelin::endpoints {

/// <enableAddressing>: writes To, Action, MessageID and an anonymous ReplyTo into the SOAP envelope that is to be sent,
/// in place of such headers that it has. What is not SOAP stays as it is. Throws MediationFault when the envelope
/// cannot be parsed.
void addAddressing(message::MessageContext& context,
                   message::AddressingVersion version,
                   const std::string& to,
                   message::WireRequest& wire);

}  // namespace myelin::endpoints
