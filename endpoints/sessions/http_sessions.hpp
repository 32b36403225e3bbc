#pragma once

#include <memory>
#include <string>
#include <vector>

#include "endpoints/sessions/session_type.hpp"

namespace myelin::endpoints {

/// What servers call their session cookies. Synapse's wordpress_test_cookie has one value for all, and a CFID is a
/// number that each server counts for itself: they tell no session. The name ASPSESSIONID never stands alone.
const std::vector<std::string>& usualSessionCookies();

/// type="http": the cookie with which the backend itself tells its sessions (synapse-endpoints 5.3). A session is a
/// cookie's name and value, both exact, its quotes left out.
std::unique_ptr<const SessionType> httpSessions(std::vector<std::string> cookies);

}  // namespace myelin::endpoints
