#pragma once

#include <cstddef>
#include <string>

namespace myelin::xml {

/// Whether a document was taken, and if not, why and where. Positions are in the UTF-8 form of the document.
struct ParseOutcome {
    bool ok = true;
    std::string reason{};
    std::size_t offset = 0;  ///< bytes from the start
    unsigned line = 0;       ///< from 1
    unsigned column = 0;     ///< in bytes, from 1

    explicit operator bool() const noexcept { return ok; }
    /// "line 3, column 14: reason".
    std::string text() const;
};

}  // namespace myelin::xml
