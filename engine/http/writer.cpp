#include "engine/http/writer.hpp"

#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "engine/http/characters.hpp"
#include "engine/http/date.hpp"
#include "engine/http/guard.hpp"
#include "engine/http/literal.hpp"
#include "engine/http/status.hpp"

namespace myelin::http {

namespace {

// Most of what a head is put together from has less than 33 bytes; for that a call of memcpy costs more than the copy.
[[gnu::always_inline]] inline void copyShort(char* to, const char* from, std::size_t size) noexcept {
    const auto twice = [&]<std::size_t kHalf>(std::integral_constant<std::size_t, kHalf>) {
        char first[kHalf];
        char last[kHalf];
        std::memcpy(first, from, kHalf);
        std::memcpy(last, from + size - kHalf, kHalf);
        std::memcpy(to, first, kHalf);
        std::memcpy(to + size - kHalf, last, kHalf);
    };
    if (size > 32) {
        std::memcpy(to, from, size);
    } else if (size >= 16) {
        twice(std::integral_constant<std::size_t, 16>());
    } else if (size >= 8) {
        twice(std::integral_constant<std::size_t, 8>());
    } else if (size >= 4) {
        twice(std::integral_constant<std::size_t, 4>());
    } else {
        for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
}

class Out {
public:
    explicit Out(std::span<char> to) noexcept : at_(to.data()), end_(to.data() + to.size()) {}

    [[gnu::always_inline]] void put(std::string_view text) noexcept {
        if (char* const to = room(text.size())) copyShort(to, text.data(), text.size());
    }
    /// "name: value" and the end of the line.
    void field(std::string_view name, std::string_view value) noexcept {
        char* to = room(name.size() + value.size() + 4);
        if (!to) return;
        copyShort(to, name.data(), name.size());
        to += name.size();
        std::memcpy(to, ": ", 2);
        copyShort(to + 2, value.data(), value.size());
        std::memcpy(to + 2 + value.size(), "\r\n", 2);
    }
    void requestLineAndHost(std::string_view method, std::string_view target, std::string_view host) noexcept {
        constexpr std::string_view kBetween = " HTTP/1.1\r\nHost: ";
        char* to = room(method.size() + 1 + target.size() + kBetween.size() + host.size() + 2);
        if (!to) return;
        copyShort(to, method.data(), method.size());
        to += method.size();
        *to++ = ' ';
        copyShort(to, target.data(), target.size());
        to += target.size();
        std::memcpy(to, kBetween.data(), kBetween.size());
        to += kBetween.size();
        copyShort(to, host.data(), host.size());
        std::memcpy(to + host.size(), "\r\n", 2);
    }
    template <std::size_t N>
    [[gnu::always_inline]] void literal(const char (&text)[N]) noexcept {
        if (char* const to = room(N - 1)) std::memcpy(to, text, N - 1);
    }
    void contentLength(std::uint64_t length) noexcept {
        std::array<char, 20> digits;
        char* const end = digits.data() + digits.size();
        char* first = end;
        do {
            *--first = static_cast<char>('0' + length % 10);
            length /= 10;
        } while (length != 0);
        field("Content-Length", {first, static_cast<std::size_t>(end - first)});
    }
    std::size_t size() const noexcept { return size_; }

private:
    /// Where that many bytes go, or null from the first that does not fit on.
    char* room(std::size_t size) noexcept {
        size_ += size;
        if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]] {
            end_ = at_;
            return nullptr;
        }
        return std::exchange(at_, at_ + size);
    }

    char* at_;
    char* end_;
    std::size_t size_ = 0;
};

constexpr std::uint32_t kNeverCopied =
    kHopByHopFields | headerBit(HeaderId::ContentLength) | headerBit(HeaderId::Expect);

bool connectionFieldNames(const Headers& headers, std::string_view name) noexcept {
    for (const HeaderField& field : headers) {
        if (field.id == HeaderId::Connection && connectionNames(field.value, name)) return true;
    }
    return false;
}

std::uint32_t idsOf(const Headers& headers) noexcept {
    std::uint32_t ids = 0;
    for (const HeaderField& field : headers) ids |= headerBit(field.id);
    return ids;
}

// True when a Connection field names anything but the two options that concern only this connection.
bool connectionNamesFields(const Headers& headers) noexcept {
    bool names = false;
    for (const HeaderField& field : headers) {
        if (field.id != HeaderId::Connection || field.value.empty()) continue;
        if (isLiteral<"keep-alive">(field.value) || isLiteral<"close">(field.value)) continue;
        names = true;
    }
    return names;
}

// Copies what may be forwarded. Untouched fields that stand one behind the other in the receive buffer are copied in
// one go, line ends included.
unsigned putFields(Out& out, const Headers& headers, std::uint32_t leftOut) noexcept {
    const bool connectionMatters = connectionNamesFields(headers);
    unsigned refused = 0;
    const char* runBegin = nullptr;
    const char* runEnd = nullptr;
    const auto flush = [&] {
        if (runBegin != runEnd) out.put({runBegin, static_cast<std::size_t>(runEnd - runBegin)});
    };
    for (const HeaderField& field : headers) {
        if ((leftOut & headerBit(field.id)) != 0) continue;
        if (connectionMatters && connectionFieldNames(headers, field.name)) continue;
        if (field.verbatim) {
            if (field.name.data() != runEnd) {
                flush();
                runBegin = field.name.data();
            }
            runEnd = field.value.data() + field.value.size() + 2;
            continue;
        }
        if ((field.id == HeaderId::Other && !isToken(field.name)) || !isFieldValue(field.value)) {
            ++refused;
            continue;
        }
        flush();
        runBegin = runEnd = nullptr;
        out.field(field.name, trimBlanks(field.value));
    }
    flush();
    return refused;
}

// Bytes beyond ASCII may pass: what a backend makes of them is its affair, as long as they cannot end the line.
bool isTarget(std::string_view target) noexcept {
    const char* const end = target.data() + target.size();
    for (const char* p = skipTarget(target.data(), end); p != end; ++p) {
        const auto u = static_cast<unsigned char>(*p);
        if (u <= 0x20 || u == 0x7f) return false;
    }
    return !target.empty();
}

bool usuallyHasBody(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

void putStatusLine(Out& out, int code, std::string_view reason) noexcept {
    if (code == 200 && (reason.empty() || reason == "OK")) {
        out.literal("HTTP/1.1 200 OK\r\n");
        return;
    }
    const auto status = static_cast<unsigned>(code);
    char statusLine[] = "HTTP/1.1 000 ";
    statusLine[9] = static_cast<char>('0' + status / 100 % 10);
    statusLine[10] = static_cast<char>('0' + status / 10 % 10);
    statusLine[11] = static_cast<char>('0' + status % 10);
    out.literal(statusLine);
    out.put(reason.empty() || !isFieldValue(reason) ? reasonPhrase(code) : reason);
    out.literal("\r\n");
}

}  // namespace

WriteOutcome writeRequestHead(std::span<char> to, const RequestToWrite& request) noexcept {
    WriteOutcome outcome;
    if (!isToken(request.method) || !isTarget(request.target) ||
        !(request.hostChecked || isValidAuthority(request.host))) {
        outcome.valid = false;
        return outcome;
    }
    Out out(to);
    out.requestLineAndHost(request.method, request.target, request.host);
    if (request.headers) {
        outcome.refusedFields = putFields(out, *request.headers, kNeverCopied | headerBit(HeaderId::Host));
    }
    switch (request.framing.kind) {
        case BodyFraming::Kind::Length:
            out.contentLength(request.framing.length);
            break;
        case BodyFraming::Kind::Chunked:
            out.literal("Transfer-Encoding: chunked\r\n");
            break;
        case BodyFraming::Kind::None:
            if (usuallyHasBody(request.method)) out.literal("Content-Length: 0\r\n");
            break;
        case BodyFraming::Kind::UntilClose:
            // A request cannot end with the connection: its answer could not come.
            outcome.valid = false;
            break;
    }
    if (request.close) out.literal("Connection: close\r\n");
    out.literal("\r\n");
    outcome.size = out.size();
    return outcome;
}

WriteOutcome writeResponseHead(std::span<char> to, const ResponseToWrite& response) noexcept {
    WriteOutcome outcome;
    if (response.status < 100 || response.status > 999) {
        outcome.valid = false;
        return outcome;
    }
    Out out(to);
    putStatusLine(out, response.status, response.reason);

    std::uint32_t ids = 0;
    if (response.headers) {
        outcome.refusedFields = putFields(out, *response.headers, kNeverCopied);
        ids = idsOf(*response.headers);
    }
    if ((ids & headerBit(HeaderId::Date)) == 0 && response.status >= 200) {
        out.field("Date", currentHttpDate());
    }

    if (response.status < 200 || response.status == 204) {
        // No framing field is allowed.
    } else if (response.answersHead || response.status == 304) {
        std::uint64_t length = 0;
        const auto describedLength =
            response.headers ? response.headers->get(HeaderId::ContentLength) : std::optional<std::string_view>();
        if (describedLength && parseContentLength(*describedLength, length)) {
            out.contentLength(length);
        } else if (response.answersHead && response.framing.kind == BodyFraming::Kind::Length) {
            out.contentLength(response.framing.length);
        }
    } else if (response.framing.kind == BodyFraming::Kind::Chunked) {
        out.literal("Transfer-Encoding: chunked\r\n");
    } else if (response.framing.kind != BodyFraming::Kind::UntilClose) {
        out.contentLength(response.framing.length);
    }

    if (!response.keepAlive || response.framing.kind == BodyFraming::Kind::UntilClose) {
        out.literal("Connection: close\r\n");
    } else if (response.clientMinorVersion == 0) {
        out.literal("Connection: keep-alive\r\n");
    }
    out.literal("\r\n");
    outcome.size = out.size();
    return outcome;
}

WriteOutcome writeLastChunk(std::span<char> to, const Headers& trailers) noexcept {
    WriteOutcome outcome;
    Out out(to);
    out.literal("0\r\n");
    outcome.refusedFields = putFields(out, trailers, ~headerBit(HeaderId::Other));
    out.literal("\r\n");
    outcome.size = out.size();
    return outcome;
}

}  // namespace myelin::http
