#pragma once

#include <cstddef>
#include <cstdint>

namespace myelin::xml {

/// Bounds on a document from the network. What exceeds one is refused with a reason; a DOCTYPE is always refused.
struct XmlLimits {
    std::uint32_t depth = 128;                 ///< nested elements
    std::uint32_t elements = 1'000'000;        ///< in the whole document
    std::uint32_t attributes = 256;            ///< of one element, namespace declarations included
    std::uint32_t attributesOnPath = 1024;     ///< of an element and its ancestors: bounds every namespace lookup
    std::size_t token = std::size_t{1} << 20;  ///< bytes of one text, attribute value, comment, name
};

}  // namespace myelin::xml
