#include "engine/http/guard.hpp"

#include "engine/http/characters.hpp"
#include "engine/http/literal.hpp"

namespace myelin::http {

namespace {

constexpr std::uint64_t kLargestLength = (std::uint64_t{1} << 63) - 1;

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() && sameIgnoringCase(text.substr(0, prefix.size()), prefix);
}

// The length of "http://" or "https://" in front of the target, or 0.
std::size_t schemeLength(std::string_view target) noexcept {
    if (startsWithIgnoringCase(target, "http://")) return 7;
    if (startsWithIgnoringCase(target, "https://")) return 8;
    return 0;
}

}  // namespace

bool parseContentLength(std::string_view value, std::uint64_t& length) noexcept {
    if (value.empty()) return false;
    std::uint64_t result = 0;
    constexpr std::size_t kNeverTooLarge = 18;
    if (value.size() <= kNeverTooLarge) {
        for (const char c : value) {
            const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
            if (digit > 9) return false;
            result = result * 10 + digit;
        }
        length = result;
        return true;
    }
    for (const char c : value) {
        if (c < '0' || c > '9') return false;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (result > (kLargestLength - digit) / 10) return false;
        result = result * 10 + digit;
    }
    length = result;
    return true;
}

bool isValidAuthority(std::string_view authority) noexcept {
    const char* p = authority.data();
    const char* const end = p + authority.size();
    if (p == end) return false;
    if (*p == '[') {
        const char* const first = ++p;
        while (p != end && (isOf(*p, kHexDigit) || *p == ':' || *p == '.')) ++p;
        if (p == end || *p != ']' || p - first < 2) return false;
        ++p;
    } else {
        const char* const first = p;
        p = skipClass(p, end, kHostCharacter);
        if (p == first) return false;
    }
    if (p == end) return true;
    if (*p != ':' || end - p > 6) return false;
    unsigned port = 0;
    for (++p; p != end; ++p) {
        if (*p < '0' || *p > '9') return false;
        port = port * 10 + static_cast<unsigned>(*p - '0');
    }
    return port <= 65535;
}

std::string_view pathAndQuery(std::string_view target) noexcept {
    const std::size_t scheme = schemeLength(target);
    if (scheme == 0) return target;
    const std::size_t slash = target.find('/', scheme);
    return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

Refusal checkTarget(std::string_view method, std::string_view target, std::string_view& authority) noexcept {
    authority = {};
    if (method == "CONNECT") return {501, "CONNECT is not supported"};
    if (target.empty()) return {400, "empty request target"};
    if (target.front() == '/') return {};
    if (target == "*") {
        if (method != "OPTIONS") return {400, "the target * is for OPTIONS only"};
        return {};
    }
    const std::size_t scheme = schemeLength(target);
    if (scheme == 0) return {400, "the request target is neither a path nor an http URI"};
    const std::string_view rest = target.substr(scheme);
    authority = rest.substr(0, rest.find_first_of("/?"));
    if (!isValidAuthority(authority)) return {400, "invalid host in the request target"};
    if (authority.size() < rest.size() && rest[authority.size()] == '?') {
        return {400, "an absolute request target with a query needs a path"};
    }
    return {};
}

bool FieldGuard::noteField(HeaderId id, std::string_view value) noexcept {
    switch (id) {
        case HeaderId::Host:
            if (hasHost_) return refuse(400, "more than one Host field");
            hasHost_ = true;
            host_ = value;
            return true;
        case HeaderId::ContentLength:
            return noteContentLength(value);
        case HeaderId::TransferEncoding:
            return noteTransferEncoding(value);
        case HeaderId::Connection:
            if (isLiteral<"keep-alive">(value)) {  // nearly always, and then no list to go through
                keepAlive_ = true;
                return true;
            }
            forEachListElement(value, [this](std::string_view option) {
                if (isLiteral<"close">(option)) close_ = true;
                if (isLiteral<"keep-alive">(option)) keepAlive_ = true;
            });
            return true;
        case HeaderId::Expect:
            if (isLiteral<"100-continue">(value)) {
                expect100_ = true;
            } else {
                unknownExpectation_ = true;
            }
            return true;
        default:
            return true;
    }
}

bool FieldGuard::noteContentLength(std::string_view value) noexcept {
    if (hasContentLength_) return refuse(400, "more than one Content-Length field");
    if (chunked_) return refuse(400, "Content-Length together with Transfer-Encoding");
    if (!parseContentLength(value, contentLength_)) return refuse(400, "invalid Content-Length");
    hasContentLength_ = true;
    return true;
}

bool FieldGuard::noteTransferEncoding(std::string_view value) noexcept {
    if (chunked_) return refuse(400, "more than one Transfer-Encoding field");
    if (hasContentLength_) return refuse(400, "Content-Length together with Transfer-Encoding");
    if (isLiteral<"chunked">(value)) {
        chunked_ = true;
        return true;
    }
    // A proper list of other codings before one final chunked is merely not known here; anything else is a mistake or
    // an attack.
    int chunkedCount = 0;
    bool valid = !value.empty();
    std::string_view last;
    forEachListElement(value, [&](std::string_view coding) {
        last = coding;
        const std::string_view name = trimBlanks(coding.substr(0, coding.find(';')));
        if (!isToken(name)) valid = false;
        if (isLiteral<"chunked">(name)) ++chunkedCount;
    });
    if (!valid || chunkedCount > 1 || (chunkedCount == 1 && !isLiteral<"chunked">(last))) {
        return refuse(400, "invalid Transfer-Encoding");
    }
    return refuse(501, "a transfer coding other than chunked");
}

Refusal FieldGuard::checkFraming(int minorVersion) const noexcept {
    if (chunked_ && minorVersion == 0) return {400, "Transfer-Encoding in HTTP/1.0"};
    return {};
}

bool FieldGuard::persistent(int minorVersion) const noexcept {
    return !close_ && (minorVersion >= 1 || keepAlive_);
}

Refusal FieldGuard::finish(RequestHead& head, std::string_view targetAuthority) const noexcept {
    if (const Refusal refusal = checkFraming(head.minorVersion)) return refusal;
    if (!hasHost_) {
        if (head.minorVersion >= 1) return {400, "no Host field"};
    } else if (host_.empty()) {
        // Empty only where the target names no authority and is no path on one either (RFC 9112 3.2).
        if (head.minorVersion >= 1 && head.target != "*") return {400, "empty Host field"};
    } else if (!isValidAuthority(host_)) {
        return {400, "invalid Host field"};
    }
    head.host = targetAuthority.empty() ? host_ : targetAuthority;
    head.keepAlive = persistent(head.minorVersion);
    head.chunked = chunked_;
    head.contentLength = contentLength_;
    head.hasContentLength = hasContentLength_;
    head.expectContinue = false;
    if (head.minorVersion >= 1) {
        if (unknownExpectation_) return {417, "an expectation other than 100-continue"};
        head.expectContinue = expect100_;
    }
    return {};
}

Refusal FieldGuard::finish(ResponseHead& head, bool answersHead) const noexcept {
    if (const Refusal refusal = checkFraming(head.minorVersion)) return refusal;
    const bool informational = head.status < 200;
    if (informational && (chunked_ || contentLength_ != 0)) return {502, "an informational answer with a body"};
    const bool bodyless = answersHead || informational || head.status == 204 || head.status == 304;
    head.keepAlive = persistent(head.minorVersion);
    head.chunked = chunked_ && !bodyless;
    head.contentLength = contentLength_;
    head.hasContentLength = hasContentLength_;
    head.untilClose = !bodyless && !chunked_ && !hasContentLength_;
    head.hasBody = !bodyless && (chunked_ || head.untilClose || contentLength_ != 0);
    if (head.untilClose) head.keepAlive = false;
    // A server that announces a body where there can be none may well send it.
    if (head.status == 204 && (chunked_ || contentLength_ != 0)) head.keepAlive = false;
    return {};
}

HeadScan scanForHeadEnd(std::string_view bytes, std::size_t from) noexcept {
    const char* const begin = bytes.data();
    const char* const end = begin + bytes.size();
    // Three bytes back, where an end that was cut off may have begun; and never between a CR and its LF.
    const char* p = begin + (from > 3 ? from - 3 : 0);
    while (p != begin && p != end && *p == '\n') --p;
    while ((p = findForbidden(p, end)) != end) {
        if (*p == '\n') return {HeadScan::Status::Malformed, 0, "a line that ends without CR"};
        if (*p != '\r') return {HeadScan::Status::Malformed, 0, "a control character in the head"};
        if (end - p < 3) {
            if (end - p == 2 && p[1] != '\n') return {HeadScan::Status::Malformed, 0, "CR without LF"};
            break;
        }
        if (p[1] != '\n') return {HeadScan::Status::Malformed, 0, "CR without LF"};
        if (isBlank(p[2])) return {HeadScan::Status::Malformed, 0, "a folded header line"};
        if (p[2] == '\r') {
            if (end - p == 3) break;
            if (p[3] != '\n') return {HeadScan::Status::Malformed, 0, "CR without LF"};
            return {HeadScan::Status::Complete, static_cast<std::size_t>(p + 4 - begin), {}};
        }
        p += 2;
    }
    return {};
}

}  // namespace myelin::http
