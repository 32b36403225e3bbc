#pragma once

#include <string>
#include <string_view>

#include "engine/http/client.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// What a failed request means in Synapse's terms: code, texts, and the status for the caller when nobody handles it.
/// Codes are pure: the connection's state is not added to them as Synapse's streaming transport does
/// (synapse-endpoints 2.9). `detail` names the endpoint, the address and the cause.
message::SendOutcome outcomeOf(http::ClientError error,
                               http::Progress progress,
                               std::string_view cause,
                               http::BodyStatus requestBody,
                               std::string_view endpoint,
                               std::string_view address);

/// An endpoint that takes no message now, 503 for the caller when nobody handles it. `why` is added to the detail.
message::SendOutcome unavailable(int code, std::string text, const std::string& why = {});

}  // namespace myelin::endpoints
