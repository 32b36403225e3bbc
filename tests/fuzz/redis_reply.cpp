// Answers of a Redis server, in one piece and byte by byte: the same answers, nothing kept beyond the limits, and what
// was read is what was sent.
#include <string>
#include <vector>

#include "engine/redis/reply.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace myelin;
using redis::Reply;
using redis::ReplyReader;

namespace {

std::string sent(const Reply& reply) {
    switch (reply.kind) {
        case Reply::Kind::Status:
            return '+' + reply.text + "\r\n";
        case Reply::Kind::Error:
            return '-' + reply.text + "\r\n";
        case Reply::Kind::Integer:
            return ':' + std::to_string(reply.number) + "\r\n";
        case Reply::Kind::Text:
            return '$' + std::to_string(reply.text.size()) + "\r\n" + reply.text + "\r\n";
        case Reply::Kind::Nothing:
            return "$-1\r\n";
    }
    return {};
}

struct Read {
    std::vector<std::string> replies;
    bool malformed = false;

    void take(ReplyReader& reader) {
        for (;;) {
            Reply reply;
            const auto outcome = reader.next(reply);
            malformed = outcome == ReplyReader::Outcome::Malformed;
            if (outcome != ReplyReader::Outcome::Complete) return;
            fuzz::require(reply.text.size() <= ReplyReader::kMostText, "a text beyond the limit");
            replies.push_back(sent(reply));
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    ReplyReader reader;
    Read whole;
    reader.feed(bytes);
    whole.take(reader);

    ReplyReader otherReader;
    Read inBytes;
    for (const char& byte : bytes) {
        otherReader.feed({&byte, 1});
        inBytes.take(otherReader);
    }
    fuzz::require(inBytes.malformed == whole.malformed, "a split changes the result");
    fuzz::require(inBytes.replies == whole.replies, "a split changes the answers");

    // Numbers may be written with zeros in front.
    ReplyReader again;
    Read twice;
    for (const auto& reply : whole.replies) again.feed(reply);
    twice.take(again);
    fuzz::require(!twice.malformed && twice.replies == whole.replies, "what was read is not what it was");
    return 0;
}
