#pragma once

#include <optional>
#include <string>

#include "engine/http/client.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::endpoints {

/// Whether the message wants a SOAP fault for an answer to count as a failure: the property FORCE_ERROR_ON_SOAP_FAULT
/// is exactly true (synapse-endpoints 4.3, WSO2).
bool soapFaultIsFailure(const message::MessageContext& context) noexcept;

/// What the fault in the answer says ("Client: no such symbol"), or nothing when there is none. Looks only into
/// answers of an XML type, and no further than 64 KiB; the answer can be relayed afterwards as if nobody had looked.
std::optional<std::string> soapFaultIn(http::ClientResponse& reply, runtime::Deadline deadline);

}  // namespace myelin::endpoints
