#pragma once

#include <Poco/Event.h>

#include "samples/backend/message.hpp"
#include "samples/backend/options.hpp"

namespace samples {

/// /services/...: SimpleStockQuoteService and LBService1, in SOAP 1.1, SOAP 1.2 or plain XML by content type.
/// An operation that sleeps stops sleeping when `stopping` is set.
Answer answerSoap(const Request& request, const Options& options, Poco::Event& stopping);

/// /rest/... and /health: the same quotes as JSON.
Answer answerRest(const Request& request, const Options& options);

/// A JSON string literal.
std::string jsonText(const std::string& text);

}  // namespace samples
