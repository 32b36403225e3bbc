#pragma once

#include <memory>
#include <string_view>

#include "engine/xml/xpath_program.hpp"

namespace myelin::xml::xpath {

/// Parses, resolves prefixes, checks functions and types. Throws XPathError.
std::unique_ptr<Program> parse(std::string_view expression, const NamespaceMap& namespaces, XPath::Form form);

}  // namespace myelin::xml::xpath
