#pragma once

#include <memory>

#include "endpoints/authentication.hpp"

namespace myelin::endpoints {

/// Reads <oauth>: bearer tokens (RFC 6750) from a token server (RFC 6749) for the grants <clientCredentials>,
/// <passwordCredentials> and <authorizationCode>, the last by its refresh token. Null after reporting what is wrong.
std::unique_ptr<Authentication> readOAuth(const config::Element& oauth,
                                          const config::EndpointPosition& position,
                                          config::Build& build);

}  // namespace myelin::endpoints
