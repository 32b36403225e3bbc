#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "endpoints/membership/handler.hpp"
#include "engine/plugin/plugins.hpp"

namespace myelin::endpoints {

/// A membership handler from one of the plugins. Its properties are the plugin's; `interval` is ours: seconds between
/// calls of members(), 30 if absent. Null after reporting why the plugin could not make it.
std::shared_ptr<MembershipHandler> makePluginMembership(
    config::Element& element,
    std::string_view name,
    const plugin::Plugins::Found<plugin::MembershipHandlerFactory>& found,
    MembershipProperties& properties);

}  // namespace myelin::endpoints
