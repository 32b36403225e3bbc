#pragma once

#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// What a send without an endpoint uses: the message's To, without any health of its own (synapse-endpoints 1.7). Lives
/// as long as the process.
const message::Endpoint& implicitEndpoint();

}  // namespace myelin::endpoints
