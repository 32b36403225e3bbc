#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/http/client.hpp"
#include "engine/message/message_context.hpp"
#include "engine/xml/document.hpp"

namespace myelin::endpoints {

/// Whether the message wants a SOAP fault for an answer to count as a failure: the property FORCE_ERROR_ON_SOAP_FAULT
/// is exactly true (synapse-endpoints 4.3, WSO2).
bool soapFaultIsFailure(const message::MessageContext& context) noexcept;

/// Who is to blame for a SOAP fault, in its own words.
enum class FaultSide : std::uint8_t {
    Caller,  ///< Client or Sender, and what else only a request can be the reason for (MustUnderstand, ...)
    Server,  ///< Server or Receiver
    Unsaid   ///< a SOAP 1.1 code of the service's own
};

struct SeenFault {
    FaultSide side = FaultSide::Unsaid;
    std::string text;  ///< "Client: no such symbol"
};

/// The fault in an envelope that is one (message::soap::isFault()).
SeenFault seenFault(const xml::Document& envelope);

/// The fault in the answer, or nothing when there is none. Looks only into answers of an XML type, and no further than
/// 64 KiB; the answer can be relayed afterwards, or looked into again, as if nobody had looked.
std::optional<SeenFault> soapFaultIn(http::ClientResponse& reply, runtime::Deadline deadline);

}  // namespace myelin::endpoints
