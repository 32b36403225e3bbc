#pragma once

#include "engine/http/client.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::message {

/// Reads an answer that nobody wants, so that its connection can be used again; a long one is not worth that.
void readAndForget(http::ClientResponse& response, runtime::Deadline deadline);

/// Whether a send failed because of a backend that was tried, as opposed to endpoints that are not ready and mistakes
/// of the message: nobody is told when nobody waits for an answer (synapse-endpoints 2.6).
bool isBackendsFailure(const SendOutcome& outcome) noexcept;

}  // namespace myelin::message
