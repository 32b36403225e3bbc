#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/http/headers.hpp"

namespace myelin::http {

/// Takes the chunked coding (RFC 9112 7.1) apart, byte by byte if need be, and believes nothing: sizes of at most 16
/// hexadecimal digits without overflow, nothing but well-formed extensions without blanks between the size and its
/// CRLF, CRLF after the data, bounds on extensions and trailers.
class ChunkDecoder {
public:
    enum class Status {
        Data,  ///< `data` holds bytes of the body, a view into what was given
        NeedMore,
        Done,  ///< what was not consumed belongs to the next message
        Malformed,
        TrailersTooLarge,
    };
    struct Step {
        Status status = Status::NeedMore;
        std::size_t consumed = 0;
        std::string_view data;
    };

    /// Bounds in bytes, each for the whole body.
    ChunkDecoder(std::size_t extensionLimit, std::size_t trailerLimit) noexcept
        : extensionLeft_(extensionLimit), trailerLimit_(trailerLimit) {}

    /// Looks at `bytes` up to the end of the first run of data. Call again with what was not consumed until NeedMore
    /// or an end; Done and the failures are final.
    Step step(std::string_view bytes);

    bool done() const noexcept { return state_ == State::Done; }
    /// True until the first byte.
    bool untouched() const noexcept { return state_ == State::SizeStart && digits_ == 0; }
    /// Data bytes that are certainly still to come.
    std::uint64_t leftInChunk() const noexcept { return state_ == State::Data ? size_ : 0; }
    /// Why it was Malformed: static text.
    std::string_view reason() const noexcept { return reason_; }

    /// Adds copies of the trailer fields, after Done. Fields that the engine acts upon anywhere (framing, routing,
    /// authentication, content) may not come in trailers (RFC 9110 6.5.1) and are left out; Content-Length and
    /// Transfer-Encoding there make the body Malformed.
    void trailersInto(Headers& headers) const;
    bool hasTrailers() const noexcept { return trailers_.size() > 2; }

private:
    enum class State : std::uint8_t {
        SizeStart,
        Size,
        ExtensionStart,
        ExtensionName,
        ExtensionValueStart,
        ExtensionValue,
        ExtensionQuoted,
        ExtensionEscaped,
        ExtensionQuotedEnd,
        SizeLf,
        Data,
        DataCr,
        DataLf,
        Trailers,
        Done,
        Failed
    };

    bool takeExtension(char c) noexcept;
    Step fail(std::string_view reason) noexcept;
    Step takeTrailers(std::string_view bytes, std::size_t at);

    State state_ = State::SizeStart;
    std::uint8_t digits_ = 0;
    std::uint64_t size_ = 0;
    std::size_t extensionLeft_;
    std::size_t trailerLimit_;
    std::string trailers_;  // as received, with the empty line
    std::string_view reason_;
};

/// Longest text that writeChunkHead makes.
inline constexpr std::size_t kChunkHeadSize = 18;
/// The line in front of `size` bytes of data, which must not be 0. Returns its length.
std::size_t writeChunkHead(char* to, std::uint64_t size) noexcept;
/// What follows the data of each chunk.
inline constexpr std::string_view kChunkEnd = "\r\n";
/// Ends a body without trailers.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace myelin::http
