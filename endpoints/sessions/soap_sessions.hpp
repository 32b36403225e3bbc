#pragma once

#include <memory>

#include "endpoints/sessions/session_type.hpp"

namespace myelin::endpoints {

/// type="soap": Axis2's service groups. The server gives the id in the header wsa:ReplyTo of its answer, the client
/// sends it back as a header of its own (synapse-endpoints 5.2).
std::unique_ptr<const SessionType> soapSessions();

}  // namespace myelin::endpoints
