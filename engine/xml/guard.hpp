#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/xml/limits.hpp"
#include "engine/xml/namespaces_in_use.hpp"

namespace myelin::xml {

/// What is wrong with a document and where; nothing when `reason` is empty.
struct GuardFinding {
    std::string reason{};
    std::size_t offset = 0;
};

/// The first byte that is a control character, not valid UTF-8, or a code point XML forbids; npos when all is well.
std::size_t firstInvalidUtf8(std::string_view text) noexcept;

/// Decides before pugixml sees it whether `text` (UTF-8, no byte order mark) is a namespace-well-formed document within
/// the limits: pugixml accepts duplicate attributes, unbound prefixes, several roots, control characters, invalid UTF-8
/// and undefined entities. Collects the namespaces in use on the way; `namespacesComplete` is set to false when a
/// namespace name is spelled with references, so that the collected views are not its value.
///
/// `text` must be followed by kScanPadding readable zero bytes (byte_scan.hpp).
GuardFinding guardDocument(std::string_view text,
                           const XmlLimits& limits,
                           NamespacesInUse& namespaces,
                           bool& namespacesComplete);

}  // namespace myelin::xml
