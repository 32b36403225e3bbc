#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/xml/xpath_program.hpp"

namespace myelin::xml::xpath {

/// One of XPath's core functions.
struct CoreFunction {
    std::string_view name;
    unsigned minimum;
    unsigned maximum;
    Type result;
    bool takesNodes;          // its only argument must be a node set
    bool contextWithoutArgs;  // without arguments it looks at the context
};

/// Null when there is none of that name.
const CoreFunction* coreFunction(std::string_view name) noexcept;
/// "base64Encode" and so on: which kind of slot it becomes.
std::optional<Slot::Kind> synapseFunction(std::string_view name) noexcept;
/// All names, for error messages.
std::string knownFunctions();

/// Nothing when the charset is not known or cannot hold the text.
std::optional<std::string> base64Encode(std::string_view text, std::string_view charset);
std::optional<std::string> base64Decode(std::string_view text, std::string_view charset);
/// As Java's URLEncoder: blanks become '+'.
std::optional<std::string> urlEncode(std::string_view text, std::string_view charset);

}  // namespace myelin::xml::xpath
