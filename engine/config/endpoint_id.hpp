#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/element.hpp"

namespace myelin::config {

class Build;

/// A name as a part of ids: '/' and '#', which stand between and behind parts, '%' and control characters are "%2F" and
/// so on.
std::string idOfName(std::string_view name);

/// What an <endpoint> is called or where it leads to, for telling the endpoints of one place apart, also across
/// reloads: its name, what it refers to, its address, or else its kind. Looks at what the element says itself only, so
/// neither its siblings nor what is in it make it another one.
std::string endpointId(const Element& endpoint);

/// The same for several of one place: the second of two that are alike is "id #2".
std::vector<std::string> endpointIds(const std::vector<Element>& endpoints);

/// Makes the second of two that are alike "id #2", or with the next number that none of them has.
void numberRepeated(std::vector<std::string>& ids);

/// That identity, for the first in a configuration who wants it; for others one with a number. Names and addresses do
/// not come to one identity in two ways, but expressions and what mediators hold might.
std::string uniqueIdentity(std::string wanted, Build& build);

}  // namespace myelin::config
