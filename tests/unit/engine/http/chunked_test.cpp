#include "engine/http/chunked.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace myelin;
using Status = http::ChunkDecoder::Status;

namespace {

struct Decoded {
    Status status = Status::NeedMore;
    std::string body;
    std::size_t consumed = 0;
};

Decoded decode(http::ChunkDecoder& decoder, const std::vector<std::string>& pieces) {
    Decoded result;
    for (const std::string& piece : pieces) {
        std::size_t at = 0;
        for (;;) {
            const auto step = decoder.step(std::string_view(piece).substr(at));
            at += step.consumed;
            result.consumed += step.consumed;
            result.status = step.status;
            if (step.status == Status::Data) {
                result.body += step.data;
                continue;
            }
            break;
        }
        if (result.status != Status::NeedMore) break;
    }
    return result;
}

Decoded decode(const std::vector<std::string>& pieces, std::size_t extensions = 4096, std::size_t trailers = 8192) {
    http::ChunkDecoder decoder(extensions, trailers);
    return decode(decoder, pieces);
}

// All ways to cut the bytes in two, and single bytes.
void checkSplits(const std::string& bytes, const Decoded& whole) {
    const auto check = [&](const Decoded& split) {
        BOOST_TEST(static_cast<int>(split.status) == static_cast<int>(whole.status));
        if (whole.status != Status::Done) return;
        BOOST_TEST(split.body == whole.body);
        BOOST_TEST(split.consumed == whole.consumed);
    };
    for (std::size_t at = 1; at < bytes.size(); ++at) check(decode({bytes.substr(0, at), bytes.substr(at)}));
    std::vector<std::string> single;
    for (const char c : bytes) single.emplace_back(1, c);
    check(decode(single));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunked)

BOOST_AUTO_TEST_CASE(good_bodies) {
    struct Row {
        std::string bytes;
        std::string body;
    };
    const std::vector<Row> rows = {
        {"0\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\n", "01234567890123456789"},
        {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;x\r\nhello\r\n0;y=\"a b\";z\r\n\r\n", "hello"},
        {"5;a=b;c;d=\"x\\\"y;z\";e=f\r\nhello\r\n0\r\n\r\n", "hello"},
        {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
        {"0\r\nX-A: b\r\nX-C:\r\n\r\n", ""},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const Decoded decoded = decode({row.bytes + "GET"});
            BOOST_TEST((decoded.status == Status::Done));
            BOOST_TEST(decoded.body == row.body);
            BOOST_TEST(decoded.consumed == row.bytes.size());
            checkSplits(row.bytes + "GET", decoded);
        }
    }
}

BOOST_AUTO_TEST_CASE(bad_bodies) {
    const std::vector<std::string> rows = {
        "zz\r\n",
        "\r\n",
        "-1\r\nx\r\n",
        "+5\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        " 5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5 ;x\r\nhello\r\n",
        "5\nhello\r\n",
        "5\rhello\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhelloo\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n",
        "5;a\rb\r\nhello\r\n",
        std::string("5;a\0\r\nhello\r\n", 13),
        "5;\x7f\r\nhello\r\n",
        "5;\r\nhello\r\n",
        "5;;a\r\nhello\r\n",
        "5;a=\r\nhello\r\n",
        "5;a=;b\r\nhello\r\n",
        "5; a\r\nhello\r\n",
        "5;a =b\r\nhello\r\n",
        "5;a=\"\r\n\"\r\nhello\r\n",
        "5;a=\"b\"c\r\nhello\r\n",
        "5;a=\"b\\\r\nhello\r\n",
        "5;a=b=c\r\nhello\r\n",
        "10000000000000005\r\nhello\r\n",
        "00000000000000005\r\nhello\r\n",
        "ffffffffffffffff\r\nhello\r\n",
        "8000000000000000\r\nhello\r\n",
        "0\r\nX-A: b\n\r\n",
        "0\r\nX-A: b\r\rn\r\n",
        "0\r\nX-A : b\r\n\r\n",
        "0\r\nX-A: b\r\n c\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\n: v\r\n\r\n",
        "0\r\nContent-Length: 5\r\n\r\n",
        "0\r\nX: y\r\ntransfer-encoding: chunked\r\n\r\n",
        "0\r\nX: \x01\r\n\r\n",
        "0\r\n\n",
        "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (const std::string& bytes : rows) {
        BOOST_TEST_CONTEXT(bytes) {
            const Decoded decoded = decode({bytes});
            BOOST_TEST((decoded.status == Status::Malformed));
            checkSplits(bytes, decoded);
        }
    }
}

BOOST_AUTO_TEST_CASE(failures_and_ends_are_final) {
    http::ChunkDecoder bad(10, 10);
    BOOST_TEST((bad.step("x").status == Status::Malformed));
    BOOST_TEST((bad.step("0\r\n\r\n").status == Status::Malformed));
    BOOST_TEST((bad.step("").status == Status::Malformed));
    BOOST_TEST(!bad.reason().empty());
    http::ChunkDecoder good(10, 10);
    BOOST_TEST((good.step("0\r\n\r\n").status == Status::Done));
    BOOST_TEST((good.step("x").status == Status::Done));
    BOOST_TEST((good.step("").status == Status::Done));
}

BOOST_AUTO_TEST_CASE(extensions_are_bounded_over_the_whole_body) {
    BOOST_TEST((decode({"1;123\r\na\r\n1;12345\r\nb\r\n0\r\n\r\n"}, 10).status == Status::Done));
    BOOST_TEST((decode({"1;123\r\na\r\n1;123456\r\nb\r\n0\r\n\r\n"}, 10).status == Status::Malformed));
    // Also while the line has no end.
    BOOST_TEST((decode({"1;" + std::string(11, 'x')}, 10).status == Status::Malformed));
}

BOOST_AUTO_TEST_CASE(trailers_are_bounded) {
    const std::string body = "0\r\nX-A: 45678\r\n\r\n";
    BOOST_TEST((decode({body}, 0, 12).status == Status::Done));
    BOOST_TEST((decode({body}, 0, 11).status == Status::TrailersTooLarge));
    BOOST_TEST((decode({"0\r\n" + std::string(13, 'x')}, 0, 10).status == Status::TrailersTooLarge));
}

BOOST_AUTO_TEST_CASE(hostile_trailers_are_left_out) {
    http::ChunkDecoder decoder(0, 8192);
    decode(decoder,
           {"0\r\nX-Sum: 1\r\nContent-Type: x\r\nHost: evil\r\nAuthorization: y\r\n"
            "Connection: close\r\nX-Other: 2\r\n\r\n"});
    base::Arena arena;
    http::Headers headers(arena);
    BOOST_TEST(decoder.hasTrailers());
    decoder.trailersInto(headers);
    BOOST_TEST(headers.size() == 2U);
    BOOST_TEST(*headers.get("x-sum") == "1");
    BOOST_TEST(*headers.get("x-other") == "2");
}

BOOST_AUTO_TEST_CASE(how_much_is_certain_to_come) {
    http::ChunkDecoder decoder(0, 0);
    BOOST_TEST(decoder.untouched());
    BOOST_TEST(decoder.leftInChunk() == 0U);
    decoder.step("10\r\n");
    BOOST_TEST(!decoder.untouched());
    BOOST_TEST(decoder.leftInChunk() == 16U);
    decoder.step("abc");
    BOOST_TEST(decoder.leftInChunk() == 13U);
}

BOOST_AUTO_TEST_CASE(what_is_encoded_can_be_decoded) {
    for (const std::uint64_t size : {1ULL, 9ULL, 15ULL, 16ULL, 255ULL, 4096ULL, 65537ULL}) {
        char head[http::kChunkHeadSize];
        const std::string data(size, 'd');
        std::string bytes(head, http::writeChunkHead(head, size));
        bytes += data;
        bytes += http::kChunkEnd;
        bytes += http::kLastChunk;
        const Decoded decoded = decode({bytes});
        BOOST_TEST((decoded.status == Status::Done));
        BOOST_TEST((decoded.body == data));
        BOOST_TEST(decoded.consumed == bytes.size());
    }
    char head[http::kChunkHeadSize];
    BOOST_TEST(http::writeChunkHead(head, ~0ULL) == http::kChunkHeadSize);
}

BOOST_AUTO_TEST_SUITE_END()
