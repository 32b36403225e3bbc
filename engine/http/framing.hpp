#pragma once

#include <cstdint>

#include "engine/http/head.hpp"

namespace myelin::http {

/// How the end of a body is known (RFC 9112 6.3).
struct BodyFraming {
    enum class Kind : std::uint8_t { None, Length, Chunked, UntilClose };
    Kind kind = Kind::None;
    std::uint64_t length = 0;  ///< Kind::Length only

    static constexpr BodyFraming none() noexcept { return {}; }
    static constexpr BodyFraming ofLength(std::uint64_t length) noexcept { return {Kind::Length, length}; }
    static constexpr BodyFraming chunked() noexcept { return {Kind::Chunked, 0}; }
    static constexpr BodyFraming untilClose() noexcept { return {Kind::UntilClose, 0}; }

    /// None when no body bytes follow.
    static BodyFraming of(const RequestHead& head) noexcept {
        if (head.chunked) return chunked();
        return head.contentLength != 0 ? ofLength(head.contentLength) : none();
    }
    static BodyFraming of(const ResponseHead& head) noexcept {
        if (!head.hasBody) return none();
        if (head.chunked) return chunked();
        return head.untilClose ? untilClose() : ofLength(head.contentLength);
    }
};

}  // namespace myelin::http
