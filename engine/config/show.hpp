#pragma once

#include <iosfwd>

#include "engine/config/loader.hpp"

namespace myelin::config {

/// Writes what a configuration comes to as one <definitions> document that loads to the same thing: what the factories
/// were given when they read it, defaults included, instead of what was written. Artifacts stand in the order in which
/// Synapse loads their kinds; what has no effect, and comments, are left out. `sources` were loaded with `recorded` and
/// have been built without an error.
///
/// Attributes and texts that look like secrets, by their name or that of a property, become "*****" unless `secrets`.
void showConfiguration(const ConfigurationSources& sources, bool secrets, std::ostream& out);

}  // namespace myelin::config
