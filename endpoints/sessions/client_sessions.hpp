#pragma once

#include <memory>
#include <string>

#include "endpoints/sessions/session_type.hpp"

namespace myelin::endpoints {

/// type="simpleClientSession": the client says what its session is called, in the SOAP header
/// {http://ws.apache.org/ns/synapse}ClientID. Where they are given, an HTTP header field of the name `header` comes
/// before that, then an argument of the query of the name `query`.
std::unique_ptr<const SessionType> clientSessions(std::string header, std::string query);

}  // namespace myelin::endpoints
