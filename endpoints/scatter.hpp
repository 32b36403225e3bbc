#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "endpoints/properties.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// Where one copy of a message goes.
struct Recipient {
    const message::Endpoint* endpoint = nullptr;
    /// Keeps an endpoint that the configuration does not.
    std::shared_ptr<const message::Endpoint> owner;
};

/// Gives each recipient a copy of the message, with the property messageSequence ("i/total", from 0), all at once when
/// called in a fiber, else one after the other. Comes back before they have answered: answers and failures go to
/// Exchange::deliver(), each when it is there. `properties` are set on each copy for its send, and outlive the exchange
/// as `name` does, under which the access log shows recipients that the configuration does not hold. Throws
/// MediationFault when the body cannot be read; nothing is sent then.
message::SendOutcome scatter(std::vector<Recipient> recipients,
                             const EndpointProperties& properties,
                             std::string_view name,
                             message::MessageContext& context,
                             runtime::Deadline deadline);

}  // namespace myelin::endpoints
