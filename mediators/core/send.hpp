#pragma once

#include <string_view>

#include "engine/message/endpoint.hpp"
#include "engine/message/mediator.hpp"
#include "engine/message/message_context.hpp"

namespace myelin::mediators {

/// Sends the current message to an endpoint, waits for the head of the answer and queues it for its out flow, which
/// runs after the flow that sends. `receiving` names the sequence that gets the answer instead (empty: none); the text
/// lives as long as the exchange. With the property OUT_ONLY the answer is read and thrown away, and the client gets
/// 202 at the end of the flow.
///
/// Continue (Apache Synapse: mediators after `send` run), or Stop when the endpoint could not deliver and its own
/// onError sequence dealt with that. Throws MediationFault with the endpoint's code and the status for the client when
/// it has none. Not to be called in a catch block.
message::Flow sendTo(const message::Endpoint& endpoint, message::MessageContext& context, std::string_view receiving);

}  // namespace myelin::mediators
