// The parser of answers against llhttp's strict mode and Boost.Beast, as for requests.
#include <array>

#include "engine/http/parser.hpp"
#include "engine/http/writer.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace myelin;

namespace {

void compareWithLlhttp(std::string_view head, const http::ResponseHead& ours) {
    fuzz::Llhttp other(HTTP_RESPONSE);
    other.headOnly = true;
    other.feed(head);
    // Deliberate: HTTP/1.2 to 1.9 are taken for 1.1 (RFC 9110 2.5).
    if (other.error == HPE_INVALID_VERSION && head[7] > '1') return;
    fuzz::require(other.error == HPE_PAUSED, "accepted what llhttp refuses:", other.reason() ? other.reason() : "?");
    fuzz::require(other.headComplete && other.consumed == head.size(), "llhttp sees another end of the head");
    fuzz::require(other.status == ours.status, "llhttp sees another status");
    fuzz::require(other.contentLength == ours.contentLength, "llhttp sees another length");
    if (ours.hasBody) fuzz::require(other.chunked == ours.chunked, "llhttp sees another transfer coding");
}

void writeAndParseAgain(const http::ResponseHead& head) {
    std::array<char, 131072> to;
    http::ResponseToWrite response;
    response.status = head.status;
    response.reason = head.reason;
    response.headers = &head.headers;
    response.framing = http::BodyFraming::of(head);
    const auto written = http::writeResponseHead(to, response);
    fuzz::require(written.valid && written.refusedFields == 0, "accepted what cannot be written");
    fuzz::require(written.size <= to.size(), "a head that grew beyond measure");
    base::Arena arena;
    http::ResponseHead again(arena);
    http::UpstreamLimits limits;
    limits.headerSection = to.size();
    limits.headerCount = 1000;
    const auto outcome = http::parseResponseHead({to.data(), written.size}, 0, limits, false, again);
    fuzz::require(outcome.status == http::ParseStatus::Complete, "wrote what is refused:", outcome.reason);
    fuzz::require(outcome.consumed == written.size, "wrote more than one head");
    fuzz::require(again.hasBody == head.hasBody && again.chunked == head.chunked, "framing was lost");
    if (head.hasBody) fuzz::require(again.contentLength == head.contentLength, "the length was lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    base::Arena arena;
    http::ResponseHead head(arena);
    const http::UpstreamLimits limits;
    const auto outcome = http::parseResponseHead(bytes, 0, limits, false, head);

    const std::size_t split = size == 0 ? 0 : fuzz::mix(bytes) % size;
    base::Arena otherArena;
    http::ResponseHead otherHead(otherArena);
    auto inTwo = http::parseResponseHead(bytes.substr(0, split), 0, limits, false, otherHead);
    if (inTwo.status == http::ParseStatus::Incomplete) {
        inTwo = http::parseResponseHead(bytes, split, limits, false, otherHead);
    }
    if (inTwo.status != outcome.status) {
        // One may refuse earlier than the other, but once the head has ended neither may take it.
        const std::string more = std::string(bytes) + "\r\n\r\n";
        for (const std::size_t scanned : {std::size_t{0}, size}) {
            fuzz::require(
                http::parseResponseHead(more, scanned, limits, false, otherHead).status == http::ParseStatus::Refused,
                "a split changes the result");
        }
        return 0;
    }
    fuzz::require(inTwo.consumed == outcome.consumed, "a split changes where the head ends");

    if (outcome.status != http::ParseStatus::Complete) return 0;
    const std::string_view ours = bytes.substr(0, outcome.consumed);
    compareWithLlhttp(ours, head);
    const fuzz::Beast<false> beast(ours);
    if (beast.accepted) {
        fuzz::compareFields(head.headers, beast.fields);
    } else {
        // Deliberate, besides later versions: the blank before an empty reason phrase may be missing, and Connection
        // need not be a proper list.
        fuzz::require(ours[7] > '1' || ours[12] == '\r' || head.headers.get(http::HeaderId::Connection) ||
                          head.headers.get(http::HeaderId::ProxyConnection),
                      "accepted what Beast refuses:",
                      beast.error.message());
    }
    writeAndParseAgain(head);
    return 0;
}
