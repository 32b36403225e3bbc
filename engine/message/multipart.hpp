#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::message {

/// Bounds on a multipart body from the network.
struct MultipartLimits {
    std::size_t parts = 1000;
    std::size_t header = 16u << 10;  ///< bytes of one part's header section
};

/// A multipart/related body in its parts (RFC 2046, 5.1; RFC 2387). Views of the body it was parsed from.
class Multipart {
public:
    struct Part {
        std::string_view whole;        ///< header section, blank line and body
        std::string_view body;         ///< as it stands, transfer encoding included
        std::string contentType;       ///< unfolded; empty when it has none
        std::string contentId;         ///< without angle brackets
        std::string transferEncoding;  ///< empty when it has none

        /// The body's bytes are the content itself (7bit, 8bit, binary).
        bool isPlain() const noexcept;
    };

    /// Replaces the content of `multipart` by the parts of `body`, whose Content-Type is `contentType`. Says what is
    /// wrong, and is empty when all is well: a boundary that is none, no closing delimiter, bare line feeds or control
    /// characters in a header section, a field given twice, a start parameter that names no part or several, more than
    /// a limit allows. What two readers could take apart in two ways is refused. Time is linear in the body.
    [[nodiscard]] static std::string parse(std::string_view body,
                                           std::string_view contentType,
                                           const MultipartLimits& limits,
                                           Multipart& multipart);

    const std::vector<Part>& parts() const noexcept { return parts_; }
    /// The part that start names, or the first.
    const Part& root() const noexcept { return parts_[root_]; }
    bool isRoot(const Part& part) const noexcept { return &part == &parts_[root_]; }
    /// The first part with that Content-ID, or null.
    const Part* withId(std::string_view contentId) const noexcept;

private:
    std::vector<Part> parts_;
    std::size_t root_ = 0;
};

}  // namespace myelin::message
