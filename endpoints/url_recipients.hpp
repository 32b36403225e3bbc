#pragma once

#include <memory>

#include "endpoints/group.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

inline constexpr std::string_view kRecipientListKind = "Recipient List endpoint";

/// The most recipients that one message can have where an expression names them.
inline constexpr std::size_t kMostRecipients = 256;

/// `<endpoints value="http://a,http://b" max-cache="20"/>` in a recipientlist: recipients by URL, written down or
/// computed for each message. Their health is kept for the URLs used last, as many as max-cache says.
std::unique_ptr<message::Endpoint> makeUrlRecipients(GroupEndpoint::Options options,
                                                     config::Element& element,
                                                     const config::EndpointPosition& position,
                                                     config::Build& build);

}  // namespace myelin::endpoints
