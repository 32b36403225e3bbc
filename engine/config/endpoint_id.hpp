#pragma once

#include <string>
#include <vector>

#include "engine/config/element.hpp"

namespace myelin::config {

/// What an <endpoint> is called or where it leads to, for telling the endpoints of one place apart, also across
/// reloads: its name, what it refers to, its address, or else its kind. Looks at what the element says itself only, so
/// neither its siblings nor what is in it make it another one.
std::string endpointId(const Element& endpoint);

/// The same for several of one place: the second of two that are alike is "id #2".
std::vector<std::string> endpointIds(const std::vector<Element>& endpoints);

/// Makes the second of two that are alike "id #2".
void numberRepeated(std::vector<std::string>& ids);

}  // namespace myelin::config
