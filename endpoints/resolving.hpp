#pragma once

#include <memory>

#include "engine/config/build.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/xml/xpath.hpp"

namespace myelin::endpoints {

/// An endpoint that is found for each message by the name that an XPath gives. Always ready, for which endpoint is
/// meant is only known with the message; one that is missing or not ready is a failure, after which a group goes on
/// with the next child.
std::unique_ptr<message::Endpoint> makeResolving(config::Element& endpoint,
                                                 xml::XPath expression,
                                                 const config::EndpointPosition& position,
                                                 config::Build& build);

/// Endpoints found by a computed name may lead to further ones so many times within one send(): no check of the
/// configuration can see a circle there.
constexpr int kMaximumResolved = 8;

}  // namespace myelin::endpoints
