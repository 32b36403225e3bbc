#pragma once

#include <memory>

#include "endpoints/sessions/store.hpp"
#include "engine/config/build.hpp"
#include "engine/config/settings.hpp"

namespace myelin::endpoints {

/// Where sessions are kept, for the whole process. Called before a configuration is loaded; what runs keeps its store.
/// Any thread.
void configureSessions(const config::Settings& settings);

/// The store of the configuration that is being built, and of those before and after it: it is kept in the states, so
/// that sessions survive a reload. In a simulation sessions are kept in memory, whatever the settings say.
std::shared_ptr<SessionStore> sessionStoreFor(config::Build& build);

}  // namespace myelin::endpoints
