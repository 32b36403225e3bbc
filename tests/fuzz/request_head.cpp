// The request parser against llhttp's strict mode and Boost.Beast: it may refuse more than they do, never less but for
// the differences named here, and must agree on where the head ends and on what follows. Whatever it accepts must come
// out of the writer as something that it accepts again.
#include <array>

#include "engine/http/parser.hpp"
#include "engine/http/writer.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace myelin;

namespace {

bool isLaterMinorVersion(std::string_view head) {
    const std::size_t lineEnd = head.find("\r\n", head.find_first_not_of("\r\n"));
    return lineEnd != std::string_view::npos && head[lineEnd - 1] > '1';
}

void compareWithLlhttp(std::string_view bytes, const http::ParseOutcome& outcome, const http::RequestHead& head) {
    fuzz::Llhttp other(HTTP_REQUEST);
    other.headOnly = true;
    other.feed(bytes.substr(0, outcome.consumed));
    // Deliberate: any token is a method, and HTTP/1.2 to 1.9 are spoken to in 1.1 (RFC 9110 2.5).
    if (other.error == HPE_INVALID_METHOD || head.method == "PRI") return;
    if (other.error == HPE_INVALID_VERSION && isLaterMinorVersion(bytes)) return;
    fuzz::require(other.error == HPE_PAUSED, "accepted what llhttp refuses:", other.reason() ? other.reason() : "?");
    fuzz::require(other.headComplete && other.consumed == outcome.consumed, "llhttp sees another end of the head");
    fuzz::require(other.chunked == head.chunked, "llhttp sees another transfer coding");
    fuzz::require(other.contentLength == head.contentLength, "llhttp sees another length");
}

void writeAndParseAgain(const http::RequestHead& head) {
    std::array<char, 65536> to;
    http::RequestToWrite request{head.method, head.target, "backend", &head.headers, http::BodyFraming::none(), false};
    if (head.chunked) request.framing = http::BodyFraming::chunked();
    if (head.hasContentLength) request.framing = http::BodyFraming::ofLength(head.contentLength);
    const auto written = http::writeRequestHead(to, request);
    fuzz::require(written.valid && written.refusedFields == 0, "accepted what cannot be written");
    fuzz::require(written.size <= to.size(), "a head that grew beyond measure");
    base::Arena arena;
    http::RequestHead again(arena);
    http::Limits limits;
    limits.headerSection = to.size();
    limits.headerCount = 1000;
    const auto outcome = http::parseRequestHead({to.data(), written.size}, 0, limits, again);
    fuzz::require(outcome.status == http::ParseStatus::Complete, "wrote what is refused:", outcome.reason);
    fuzz::require(outcome.consumed == written.size, "wrote more than one head");
    fuzz::require(again.chunked == head.chunked && again.contentLength == head.contentLength, "framing was lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    base::Arena arena;
    http::RequestHead head(arena);
    const http::Limits limits;
    const auto outcome = http::parseRequestHead(bytes, 0, limits, head);

    const std::size_t split = size == 0 ? 0 : fuzz::mix(bytes) % size;
    base::Arena otherArena;
    http::RequestHead otherHead(otherArena);
    auto inTwo = http::parseRequestHead(bytes.substr(0, split), 0, limits, otherHead);
    if (inTwo.status == http::ParseStatus::Incomplete) inTwo = http::parseRequestHead(bytes, split, limits, otherHead);
    if (inTwo.status != outcome.status) {
        // One may refuse earlier than the other, but once the head has ended neither may take it.
        const std::string more = std::string(bytes) + "\r\n\r\n";
        for (const std::size_t scanned : {std::size_t{0}, size}) {
            fuzz::require(http::parseRequestHead(more, scanned, limits, otherHead).status == http::ParseStatus::Refused,
                          "a split changes the result");
        }
        return 0;
    }
    fuzz::require(inTwo.consumed == outcome.consumed, "a split changes where the head ends");

    if (outcome.status != http::ParseStatus::Complete) return 0;
    compareWithLlhttp(bytes, outcome, head);
    std::string_view ours = bytes.substr(0, outcome.consumed);
    ours.remove_prefix(ours.find_first_not_of("\r\n"));
    const fuzz::Beast<true> beast(ours);
    if (beast.accepted) {
        fuzz::compareFields(head.headers, beast.fields);
    } else {
        // Deliberate, besides later versions: Beast wants proper lists of options in Connection.
        fuzz::require(isLaterMinorVersion(ours) || head.headers.get(http::HeaderId::Connection) ||
                          head.headers.get(http::HeaderId::ProxyConnection),
                      "accepted what Beast refuses:",
                      beast.error.message());
    }
    writeAndParseAgain(head);
    return 0;
}
