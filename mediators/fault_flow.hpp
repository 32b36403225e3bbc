#pragma once

#include <string>

#include "engine/message/fault.hpp"
#include "engine/message/mediator.hpp"

namespace myelin::mediators {

/// "code 101503: Error while connecting ... (log at main.xml:12 in sequence main)": one line for the log.
std::string describe(const message::MediationFault& fault);

/// Lets `handler` deal with a fault: logs it, sets the error properties and runs the handler, which sees the message as
/// it was (see MessageContext::recordFault). Not to be called in a catch block: the handler may wait. What the handler
/// throws goes to the next handler outside. Always Stop: the flow that failed does not go on.
message::Flow handleFault(message::MessageContext& context,
                          const message::MediationFault& fault,
                          const message::Mediator& handler);

}  // namespace myelin::mediators
