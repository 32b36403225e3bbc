// The chunk decoder against llhttp's strict mode: where it finds the end of a body, llhttp must find the same end and
// the same bytes; and it may not wait for more where llhttp has finished.
#include <string>

#include "engine/http/chunked.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace myelin;
using Status = http::ChunkDecoder::Status;

namespace {

struct Decoded {
    Status status = Status::NeedMore;
    std::string body;
    std::size_t consumed = 0;

    void feed(http::ChunkDecoder& decoder, std::string_view bytes) {
        for (;;) {
            const auto step = decoder.step(bytes);
            bytes.remove_prefix(step.consumed);
            consumed += step.consumed;
            status = step.status;
            if (status != Status::Data) return;
            body += step.data;
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kLimit = 8192;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    http::ChunkDecoder decoder(kLimit, kLimit);
    Decoded whole;
    whole.feed(decoder, bytes);

    const std::size_t split = size == 0 ? 0 : fuzz::mix(bytes) % size;
    http::ChunkDecoder otherDecoder(kLimit, kLimit);
    Decoded inTwo;
    inTwo.feed(otherDecoder, bytes.substr(0, split));
    if (inTwo.status == Status::NeedMore) inTwo.feed(otherDecoder, bytes.substr(split));
    fuzz::require(inTwo.status == whole.status, "a split changes the result");
    if (whole.status == Status::Done) {
        fuzz::require(inTwo.body == whole.body && inTwo.consumed == whole.consumed, "a split changes the body");
        base::Arena arena;
        http::Headers trailers(arena);
        decoder.trailersInto(trailers);
    }

    if (whole.status != Status::Done && whole.status != Status::NeedMore) return 0;
    fuzz::Llhttp other(HTTP_REQUEST);
    other.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    other.feed(bytes);
    if (whole.status == Status::NeedMore) {
        fuzz::require(!other.messageComplete, "waits for more where llhttp has finished");
        return 0;
    }
    // Deliberate: llhttp 8.1 loses its place after some values of extensions.
    if (other.error == HPE_INVALID_CHUNK_SIZE && bytes.find('=') < whole.consumed) return 0;
    fuzz::require(other.error == HPE_PAUSED, "accepted what llhttp refuses:", other.reason() ? other.reason() : "?");
    fuzz::require(other.messageComplete && other.consumed == whole.consumed, "llhttp sees another end of the body");
    fuzz::require(other.body == whole.body, "llhttp sees another body");
    return 0;
}
