#pragma once

#include <cstdint>
#include <string_view>

#include "engine/http/head.hpp"
#include "engine/http/headers.hpp"

namespace myelin::http {

/// Why a message is not taken, or nothing. `reason` is static text for the log and the error answer.
struct Refusal {
    int status = 0;  ///< what a client is answered; backends' answers are all refused alike, with 502
    std::string_view reason;
    explicit operator bool() const noexcept { return status != 0; }
};

/// The rules of framing and routing that a parser alone does not keep (RFC 9112 2.3, 3.2, 6.3; RFC 9110 7.2): fed with
/// each field as it is found, then asked to finish the head. One for each message.
class FieldGuard {
public:
    /// To be called for fields with an id only; others mean nothing here. False when refused.
    bool note(HeaderId id, std::string_view value) noexcept {
        constexpr std::uint32_t kNoted = headerBit(HeaderId::Host) | headerBit(HeaderId::ContentLength) |
                                         headerBit(HeaderId::TransferEncoding) | headerBit(HeaderId::Connection) |
                                         headerBit(HeaderId::Expect);
        return (headerBit(id) & kNoted) == 0 || noteField(id, value);
    }
    /// Why note() gave false.
    const Refusal& refusal() const noexcept { return refusal_; }

    /// Sets everything in the head that follows from the fields. The start line must have been checked before;
    /// `targetAuthority` is that of an absolute target, or empty.
    Refusal finish(RequestHead& head, std::string_view targetAuthority) const noexcept;
    Refusal finish(ResponseHead& head, bool answersHead) const noexcept;

private:
    bool noteField(HeaderId id, std::string_view value) noexcept;
    bool noteContentLength(std::string_view value) noexcept;
    bool noteTransferEncoding(std::string_view value) noexcept;
    bool refuse(int status, std::string_view reason) noexcept {
        refusal_ = {status, reason};
        return false;
    }
    Refusal checkFraming(int minorVersion) const noexcept;
    bool persistent(int minorVersion) const noexcept;

    Refusal refusal_;
    std::string_view host_;
    std::uint64_t contentLength_ = 0;
    bool hasHost_ = false;
    bool hasContentLength_ = false;
    bool chunked_ = false;
    bool close_ = false;
    bool keepAlive_ = false;
    bool expect100_ = false;
    bool unknownExpectation_ = false;
};

/// The form of a request target against its method (RFC 9112 3.2): origin-form or absolute-form, `*` for OPTIONS only,
/// CONNECT refused with 501. Fills `authority` for an absolute target. The characters were checked by the parser.
Refusal checkTarget(std::string_view method, std::string_view target, std::string_view& authority) noexcept;

/// uri-host [":" port] of RFC 9110 7.2, not empty, without user information.
bool isValidAuthority(std::string_view authority) noexcept;

/// 1*DIGIT up to 2^63 - 1, or false: no sign, no list, no blanks.
bool parseContentLength(std::string_view value, std::uint64_t& length) noexcept;

/// Path and query of a target that checkTarget let pass: an absolute one without scheme and authority, "/" when
/// nothing is left of it; the others as they are.
std::string_view pathAndQuery(std::string_view target) noexcept;

/// Where the first complete head in `bytes` ends, looking from `from` on (all before it was looked at already).
struct HeadScan {
    enum class Status { Incomplete, Complete, Malformed };
    Status status = Status::Incomplete;
    std::size_t end = 0;      ///< just behind the empty line
    std::string_view reason;  ///< when Malformed
};
HeadScan scanForHeadEnd(std::string_view bytes, std::size_t from) noexcept;

}  // namespace myelin::http
