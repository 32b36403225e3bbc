#pragma once

#include "samples/backend/message.hpp"

namespace samples {

/// The WSDL 1.1 of SimpleStockQuoteService, with addresses at the host that was asked.
Answer wsdlOfQuotes(const Request& request);

}  // namespace samples
