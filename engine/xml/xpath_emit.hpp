#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/xml/xpath_program.hpp"

namespace myelin::xml::xpath {

/// How names of each of Program::uris are matched: by that prefix (empty: by unprefixed names), or, without a value, by
/// looking up the namespace of every candidate.
using Spellings = std::vector<std::optional<std::string>>;

/// A prefix that no name in a document has: nothing matches it.
inline constexpr std::string_view kNeverPrefix = "xmlns";

/// The expression as pugixml takes it. Slot n becomes the variable $v<n>.
std::string emit(const Program& program, const Spellings& spellings);

}  // namespace myelin::xml::xpath
