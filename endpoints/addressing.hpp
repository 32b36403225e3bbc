#pragma once

#include <string_view>

#include "engine/message/addressing.hpp"
#include "engine/message/outgoing.hpp"

namespace myelin::endpoints {

/// <enableAddressing>: To, Action, MessageID and an anonymous ReplyTo for the SOAP envelope that is to be sent, in
/// place of such headers that it has. What is not SOAP stays as it is. Throws MediationFault when the envelope cannot
/// be parsed.
message::AddressingWish addressingFor(message::MessageContext& context,
                                      message::AddressingVersion version,
                                      std::string_view to);

}  // namespace myelin::endpoints
