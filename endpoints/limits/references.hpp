#pragma once

#include <string_view>

#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// For an <endpoint> that refers to another one, by that attribute, while it is being built: warns when a group around
/// it has <endpointDefaults>, for they end there.
void warnOfReference(const config::Element& endpoint, std::string_view attribute, config::Build& build);

}  // namespace myelin::endpoints
