#pragma once

#include <pugixml.hpp>
#include <string_view>
#include <vector>

namespace myelin::xml {

/// Prefixes that names in the subtree of `element` use, and those that its values may use (xsi:type="xsd:int"). Each
/// once; the empty prefix stands for unprefixed elements. Prefixes declared inside the subtree may be among them.
struct ScopeNeeds {
    std::vector<std::string_view> names;
    std::vector<std::string_view> values;
};

ScopeNeeds scopeNeeds(pugi::xml_node element);

}  // namespace myelin::xml
