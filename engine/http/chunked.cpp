#include "engine/http/chunked.hpp"

#include <algorithm>
#include <array>

#include "engine/http/characters.hpp"
#include "engine/http/parser.hpp"

namespace myelin::http {

namespace {

constexpr std::uint32_t kFraming = headerBit(HeaderId::ContentLength) | headerBit(HeaderId::TransferEncoding);
constexpr std::uint8_t kMostDigits = 16;
constexpr std::uint64_t kLargestChunk = (std::uint64_t{1} << 63) - 1;

unsigned hexValue(char c) noexcept {
    return c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::fail(std::string_view reason) noexcept {
    state_ = State::Failed;
    reason_ = reason;
    return {Status::Malformed, 0, {}};
}

ChunkDecoder::Step ChunkDecoder::step(std::string_view bytes) {
    std::size_t at = 0;
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        switch (state_) {
            case State::SizeStart:
                if (!isOf(c, kHexDigit)) return fail("a chunk without a size");
                size_ = hexValue(c);
                digits_ = 1;
                state_ = State::Size;
                break;
            case State::Size:
                if (isOf(c, kHexDigit)) {
                    if (++digits_ > kMostDigits) return fail("chunk size too long");
                    size_ = size_ << 4 | hexValue(c);
                    break;
                }
                if (size_ > kLargestChunk) return fail("chunk size too large");
                if (c == '\r') {
                    state_ = State::SizeLf;
                } else if (c == ';') {
                    state_ = State::ExtensionStart;
                } else {
                    return fail("invalid chunk size");
                }
                break;
            case State::ExtensionStart:
            case State::ExtensionName:
            case State::ExtensionValueStart:
            case State::ExtensionValue:
            case State::ExtensionQuoted:
            case State::ExtensionEscaped:
            case State::ExtensionQuotedEnd:
                if (extensionLeft_-- == 0) return fail("chunk extensions too large");
                if (!takeExtension(c)) return fail("invalid chunk extension");
                break;
            case State::SizeLf:
                if (c != '\n') return fail("CR without LF after a chunk size");
                state_ = size_ == 0 ? State::Trailers : State::Data;
                break;
            case State::Data: {
                const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - at));
                size_ -= length;
                if (size_ == 0) state_ = State::DataCr;
                return {Status::Data, at + length, bytes.substr(at, length)};
            }
            case State::DataCr:
                if (c != '\r') return fail("chunk data longer than its size");
                state_ = State::DataLf;
                break;
            case State::DataLf:
                if (c != '\n') return fail("chunk data longer than its size");
                state_ = State::SizeStart;
                break;
            case State::Trailers:
                return takeTrailers(bytes, at);
            case State::Done:
                return {Status::Done, at, {}};
            case State::Failed:
                return {Status::Malformed, at, {}};
        }
    }
    if (state_ == State::Done) return {Status::Done, at, {}};
    if (state_ == State::Failed) return {Status::Malformed, at, {}};
    return {Status::NeedMore, at, {}};
}

// *( ";" token [ "=" ( token / quoted-string ) ] ) CR, without the blanks that RFC 9112 calls bad.
bool ChunkDecoder::takeExtension(char c) noexcept {
    switch (state_) {
        case State::ExtensionStart:
        case State::ExtensionValueStart:
            if (c == '"' && state_ == State::ExtensionValueStart) {
                state_ = State::ExtensionQuoted;
                return true;
            }
            state_ = state_ == State::ExtensionStart ? State::ExtensionName : State::ExtensionValue;
            return isOf(c, kTokenCharacter);
        case State::ExtensionQuoted:
            if (c == '"') state_ = State::ExtensionQuotedEnd;
            if (c == '\\') state_ = State::ExtensionEscaped;
            return !isForbiddenInValue(c);
        case State::ExtensionEscaped:
            state_ = State::ExtensionQuoted;
            return !isForbiddenInValue(c);
        case State::ExtensionName:
            if (c == '=') {
                state_ = State::ExtensionValueStart;
                return true;
            }
            [[fallthrough]];
        case State::ExtensionValue:
            if (isOf(c, kTokenCharacter)) return true;
            [[fallthrough]];
        case State::ExtensionQuotedEnd:
            if (c == '\r') state_ = State::SizeLf;
            if (c == ';') state_ = State::ExtensionStart;
            return c == '\r' || c == ';';
        default:
            return false;
    }
}

ChunkDecoder::Step ChunkDecoder::takeTrailers(std::string_view bytes, std::size_t at) {
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        const char previous = trailers_.empty() ? '\0' : trailers_.back();
        if ((c == '\n') != (previous == '\r')) return fail("a trailer line that does not end with CRLF");
        if (trailers_.size() >= trailerLimit_ + 2) {
            state_ = State::Failed;
            reason_ = "trailer section too large";
            return {Status::TrailersTooLarge, at, {}};
        }
        trailers_ += c;
        const bool emptyLine = c == '\n' && (trailers_.size() == 2 || trailers_[trailers_.size() - 3] == '\n');
        if (!emptyLine) continue;
        const char* p = trailers_.data();
        const char* const end = p + trailers_.size();
        HeaderField field;
        FieldStatus status = FieldStatus::Field;
        while (status == FieldStatus::Field) {
            status = parseFieldLine(p, end, field, reason_);
            if (status == FieldStatus::Field && (headerBit(field.id) & kFraming) != 0) {
                return fail("a framing field among the trailers");
            }
        }
        if (status != FieldStatus::End) return fail(reason_);
        state_ = State::Done;
        return {Status::Done, at + 1, {}};
    }
    return {Status::NeedMore, at, {}};
}

void ChunkDecoder::trailersInto(Headers& headers) const {
    if (state_ != State::Done) return;
    const char* p = trailers_.data();
    const char* const end = p + trailers_.size();
    HeaderField field;
    std::string_view reason;
    while (parseFieldLine(p, end, field, reason) == FieldStatus::Field) {
        if (field.id == HeaderId::Other) headers.add(field.name, field.value);
    }
}

std::size_t writeChunkHead(char* to, std::uint64_t size) noexcept {
    std::array<char, 16> digits;
    std::size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[size & 0xf];
        size >>= 4;
    } while (size != 0);
    for (std::size_t i = 0; i < count; ++i) to[i] = digits[count - 1 - i];
    to[count] = '\r';
    to[count + 1] = '\n';
    return count + 2;
}

}  // namespace myelin::http
