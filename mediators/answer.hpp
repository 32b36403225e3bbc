#pragma once

#include "engine/message/message_context.hpp"

namespace myelin::mediators {

/// Sends the current message to the client, and logs what was wrong with that: a second answer to one request, a client
/// that is gone, a body that broke off.
void answerClient(message::MessageContext& context);

}  // namespace myelin::mediators
