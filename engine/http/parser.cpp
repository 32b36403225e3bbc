#include "engine/http/parser.hpp"

#include <algorithm>
#include <cstring>

#include "engine/http/characters.hpp"
#include "engine/http/guard.hpp"

namespace myelin::http {

namespace {

constexpr std::string_view kProtocol = "HTTP/";
constexpr int kEmptyLinesBeforeRequest = 4;

enum class LineStatus { Complete, Incomplete, Refused };

ParseOutcome incomplete() noexcept {
    return {};
}
ParseOutcome refused(const Refusal& refusal) noexcept {
    return {ParseStatus::Refused, 0, refusal.status, refusal.reason};
}
ParseOutcome refusedAnswer(std::string_view reason) noexcept {
    return {ParseStatus::Refused, 0, 502, reason};
}

bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// "HTTP/" DIGIT "." DIGIT at p, which has room for it. A later minor version means that we are spoken to in 1.1 (RFC
// 9110 2.5).
bool parseVersion(const char* p, int& major, int& minor) noexcept {
    if (std::memcmp(p, kProtocol.data(), kProtocol.size()) != 0) return false;
    if (!isDigit(p[5]) || p[6] != '.' || !isDigit(p[7])) return false;
    major = p[5] - '0';
    minor = std::min(p[7] - '0', 1);
    return true;
}

LineStatus parseRequestLine(
    const char*& at, const char* end, RequestHead& out, std::string_view& authority, Refusal& refusal) noexcept {
    const auto refuse = [&refusal](int status, std::string_view reason) {
        refusal = {status, reason};
        return LineStatus::Refused;
    };
    const char* p = at;
    const char* first = p;
    p = skipToken(p, end);
    if (p == end) return LineStatus::Incomplete;
    if (*p != ' ' || p == first) return refuse(400, "invalid method");
    out.method = {first, static_cast<std::size_t>(p - first)};

    first = ++p;
    p = skipTarget(p, end);
    if (p == end) return LineStatus::Incomplete;
    if (*p != ' ') return refuse(400, "a character that may not stand in a request target");
    out.target = {first, static_cast<std::size_t>(p - first)};

    constexpr std::ptrdiff_t kVersionSize = 8;
    ++p;
    const std::ptrdiff_t left = end - p;
    if (left < kVersionSize + 2) {
        const auto compared = static_cast<std::size_t>(std::min<std::ptrdiff_t>(left, 5));
        if (std::memcmp(p, kProtocol.data(), compared) != 0) return refuse(400, "invalid protocol version");
        // A whole line that is too short will not get better.
        if (std::memchr(p, '\n', static_cast<std::size_t>(left))) return refuse(400, "invalid protocol version");
        return LineStatus::Incomplete;
    }
    int major = 0;
    if (!parseVersion(p, major, out.minorVersion) || p[8] != '\r' || p[9] != '\n') {
        return refuse(400, "invalid protocol version");
    }
    if (major != 1) return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    refusal = checkTarget(out.method, out.target, authority);
    if (refusal) return LineStatus::Refused;
    at = p + kVersionSize + 2;
    return LineStatus::Complete;
}

LineStatus parseStatusLine(const char*& at, const char* end, ResponseHead& out, std::string_view& reason) noexcept {
    const auto refuse = [&reason](std::string_view why) {
        reason = why;
        return LineStatus::Refused;
    };
    constexpr std::string_view kVersionStart = "HTTP/1.";
    const char* p = at;
    const auto compared = std::min<std::size_t>(static_cast<std::size_t>(end - p), kVersionStart.size());
    if (std::memcmp(p, kVersionStart.data(), compared) != 0) return refuse("not an answer of HTTP/1");
    if (end - p < 14) {
        if (std::memchr(p, '\n', static_cast<std::size_t>(end - p))) return refuse("invalid status line");
        return LineStatus::Incomplete;
    }
    int major = 0;
    if (!parseVersion(p, major, out.minorVersion) || p[8] != ' ') return refuse("invalid status line");
    if (!isDigit(p[9]) || !isDigit(p[10]) || !isDigit(p[11])) return refuse("invalid status code");
    out.status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    if (out.status < 100 || out.status > 599) return refuse("invalid status code");
    if (out.status == 101) return refuse("a switch of protocols that was not asked for");
    p += 12;
    // The blank before an empty reason phrase is left out by some servers.
    if (*p != ' ' && *p != '\r') return refuse("invalid status line");
    if (*p == ' ') ++p;
    const char* const first = p;
    p = findForbidden(p, end);
    if (end - p < 2) return p == end || *p == '\r' ? LineStatus::Incomplete : refuse("invalid reason phrase");
    if (p[0] != '\r' || p[1] != '\n') return refuse("invalid reason phrase");
    out.reason = {first, static_cast<std::size_t>(p - first)};
    at = p + 2;
    return LineStatus::Complete;
}

[[gnu::always_inline]] inline FieldStatus takeFieldLine(const char*& at,
                                                        const char* end,
                                                        HeaderField& field,
                                                        std::string_view& reason) noexcept {
    const char* p = at;
    if (p == end) return FieldStatus::Incomplete;
    if (*p == '\r') {
        if (end - p < 2) return FieldStatus::Incomplete;
        if (p[1] != '\n') {
            reason = "CR without LF";
            return FieldStatus::Malformed;
        }
        at = p + 2;
        return FieldStatus::End;
    }
    const char* const nameEnd = skipToken(p, end);
    if (nameEnd == end) return FieldStatus::Incomplete;
    if (*nameEnd != ':' || nameEnd == p) {
        reason = isBlank(*p) ? std::string_view("a folded header line") : std::string_view("invalid header field name");
        return FieldStatus::Malformed;
    }
    const std::string_view name{p, static_cast<std::size_t>(nameEnd - p)};
    p = nameEnd + 1;
    while (p != end && isBlank(*p)) ++p;
    const char* const valueBegin = p;
    p = findForbidden(p, end);
    if (end - p < 2 && (p == end || *p == '\r')) return FieldStatus::Incomplete;
    if (*p != '\r' || p[1] != '\n') [[unlikely]] {
        reason = *p == '\n'   ? "a line that ends without CR"
                 : *p == '\r' ? "CR without LF"
                              : "a control character in a header field";
        return FieldStatus::Malformed;
    }
    const char* valueEnd = p;
    while (valueEnd != valueBegin && isBlank(valueEnd[-1])) --valueEnd;
    field.name = name;
    field.value = {valueBegin, static_cast<std::size_t>(valueEnd - valueBegin)};
    field.id = classifyHeader(name);
    field.verbatim = valueEnd == p && valueBegin == nameEnd + 2 && nameEnd[1] == ' ';
    at = p + 2;
    return FieldStatus::Field;
}

// Tabs are proper blanks around a value, but not all implementations think so: some take "chunked<tab>" for a coding
// that they do not know. Two readings of where a message ends are how requests are smuggled.
bool hasTabAround(const HeaderField& field, const char* lineEnd) noexcept {
    const char* const afterName = field.name.data() + field.name.size();
    return std::memchr(afterName, '\t', static_cast<std::size_t>(lineEnd - afterName)) != nullptr;
}

// Takes all field lines. `refusal` has the status that a client is answered.
template <typename Head>
LineStatus parseFields(
    const char*& p, const char* end, std::size_t countLimit, Head& out, FieldGuard& guard, Refusal& refusal) {
    HeaderField field;
    std::string_view reason;
    for (;;) {
        switch (takeFieldLine(p, end, field, reason)) {
            case FieldStatus::Field:
                break;
            case FieldStatus::End:
                return LineStatus::Complete;
            case FieldStatus::Incomplete:
                return LineStatus::Incomplete;
            case FieldStatus::Malformed:
                refusal = {400, reason};
                return LineStatus::Refused;
        }
        if (out.headers.size() == countLimit) [[unlikely]] {
            refusal = {431, "too many header fields"};
            return LineStatus::Refused;
        }
        constexpr std::uint32_t kFraming = headerBit(HeaderId::ContentLength) | headerBit(HeaderId::TransferEncoding);
        if ((headerBit(field.id) & kFraming) != 0 && !field.verbatim && hasTabAround(field, p)) [[unlikely]] {
            refusal = {400, "a tab around the value of a framing field"};
            return LineStatus::Refused;
        }
        if (!guard.note(field.id, field.value)) [[unlikely]] {
            refusal = guard.refusal();
            return LineStatus::Refused;
        }
        out.headers.addView(field.name, field.value, field.id, field.verbatim);
    }
}

bool isLongerThan(std::string_view bytes, std::size_t limit) noexcept {
    return bytes.size() > limit + 2 && !std::memchr(bytes.data(), '\n', limit + 2);
}

// What can be said against a head whose end has not come yet.
ParseOutcome judgeIncompleteRequest(std::string_view bytes, const Limits& limits, RequestHead& out) noexcept {
    if (isLongerThan(bytes, limits.startLine)) return refused({414, "request line too long"});
    if (bytes.size() > limits.headerSection) return refused({431, "header section too large"});
    const char* p = bytes.data();
    std::string_view authority;
    Refusal refusal;
    if (parseRequestLine(p, p + bytes.size(), out, authority, refusal) == LineStatus::Refused) return refused(refusal);
    return incomplete();
}

}  // namespace

FieldStatus parseFieldLine(const char*& p, const char* end, HeaderField& field, std::string_view& reason) noexcept {
    return takeFieldLine(p, end, field, reason);
}

ParseOutcome parseRequestHead(std::string_view bytes,
                              std::size_t alreadyScanned,
                              const Limits& limits,
                              RequestHead& out) {
    std::size_t skipped = 0;
    while (bytes.size() >= skipped + 2 && bytes[skipped] == '\r' && bytes[skipped + 1] == '\n') {
        skipped += 2;
        if (skipped > 2 * kEmptyLinesBeforeRequest) return refused({400, "empty lines instead of a request"});
    }
    std::string_view head = bytes.substr(skipped);
    if (head.empty() || head == "\r") return incomplete();

    if (alreadyScanned > skipped) {
        const HeadScan scan = scanForHeadEnd(head, std::min(alreadyScanned - skipped, head.size()));
        if (scan.status == HeadScan::Status::Malformed) return refused({400, scan.reason});
        if (scan.status == HeadScan::Status::Incomplete) return judgeIncompleteRequest(head, limits, out);
        head = head.substr(0, scan.end);
    }

    const char* p = head.data();
    const char* const end = p + head.size();
    std::string_view authority;
    Refusal refusal;
    FieldGuard guard;
    out.headers.clear();
    LineStatus status = parseRequestLine(p, end, out, authority, refusal);
    if (status == LineStatus::Complete) {
        if (static_cast<std::size_t>(p - head.data()) > limits.startLine + 2) {
            return refused({414, "request line too long"});
        }
        status = parseFields(p, end, limits.headerCount, out, guard, refusal);
    }
    if (status == LineStatus::Refused) {
        return isLongerThan(head, limits.startLine) ? refused({414, "request line too long"}) : refused(refusal);
    }
    if (status == LineStatus::Incomplete) return judgeIncompleteRequest(head, limits, out);
    const auto consumed = static_cast<std::size_t>(p - head.data());
    if (consumed > limits.headerSection) return refused({431, "header section too large"});
    if (const Refusal unfit = guard.finish(out, authority)) return refused(unfit);
    return {ParseStatus::Complete, skipped + consumed, 0, {}};
}

ParseOutcome parseResponseHead(std::string_view bytes,
                               std::size_t alreadyScanned,
                               const UpstreamLimits& limits,
                               bool answersHead,
                               ResponseHead& out) {
    std::string_view head = bytes;
    if (head.empty()) return incomplete();
    bool whole = true;
    if (alreadyScanned > 0) {
        const HeadScan scan = scanForHeadEnd(head, std::min(alreadyScanned, head.size()));
        if (scan.status == HeadScan::Status::Malformed) return refusedAnswer(scan.reason);
        whole = scan.status == HeadScan::Status::Complete;
        if (whole) head = head.substr(0, scan.end);
    }

    const char* p = head.data();
    const char* const end = p + head.size();
    Refusal refusal;
    std::string_view reason;
    FieldGuard guard;
    out.headers.clear();
    LineStatus status = parseStatusLine(p, end, out, reason);
    if (status == LineStatus::Refused) return refusedAnswer(reason);
    if (status == LineStatus::Complete && whole) {
        status = parseFields(p, end, limits.headerCount, out, guard, refusal);
        if (status == LineStatus::Refused) return refusedAnswer(refusal.reason);
    }
    if (status == LineStatus::Incomplete || !whole) {
        return bytes.size() > limits.headerSection ? refusedAnswer("header section too large") : incomplete();
    }
    const auto consumed = static_cast<std::size_t>(p - head.data());
    if (consumed > limits.headerSection) return refusedAnswer("header section too large");
    if (const Refusal unfit = guard.finish(out, answersHead)) return refusedAnswer(unfit.reason);
    return {ParseStatus::Complete, consumed, 0, {}};
}

}  // namespace myelin::http
