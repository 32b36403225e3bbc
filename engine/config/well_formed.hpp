#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace myelin::config {

/// Told of each violation: byte offset, bytes to underline, what is wrong, what to do.
using WellFormedReport =
    std::function<void(std::size_t offset, std::size_t length, std::string what, std::string help)>;

/// Whether a text in UTF-8 is a well-formed XML 1.0 document with namespaces, without a document type, no deeper than
/// `maximumDepth`. pugixml lets much through that Synapse's parser refuses (a second root, repeated attributes,
/// prefixes bound to nothing) and says little about the rest. Goes on after a violation where that makes sense.
bool checkWellFormed(std::string_view text, std::size_t maximumDepth, const WellFormedReport& report);

}  // namespace myelin::config
