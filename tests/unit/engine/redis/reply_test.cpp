#include "engine/redis/reply.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace myelin::redis;

namespace {

using Outcome = ReplyReader::Outcome;

std::string shown(const Reply& reply) {
    switch (reply.kind) {
        case Reply::Kind::Status:
            return "+" + reply.text;
        case Reply::Kind::Error:
            return "-" + reply.text;
        case Reply::Kind::Integer:
            return ":" + std::to_string(reply.number);
        case Reply::Kind::Text:
            return "$" + reply.text;
        case Reply::Kind::Nothing:
            return "nothing";
    }
    return "";
}

/// All answers in these bytes, and how it ended.
std::string read(std::string_view bytes, std::size_t piece = 100'000) {
    ReplyReader reader;
    std::string all;
    for (std::size_t at = 0;; at += piece) {
        for (;;) {
            Reply reply;
            const auto outcome = reader.next(reply);
            if (outcome == Outcome::Malformed) return all + "malformed";
            if (outcome == Outcome::NeedMore) break;
            all += shown(reply) + " ";
        }
        if (at >= bytes.size()) return all + (reader.pending() ? "more" : "end");
        reader.feed(bytes.substr(at, piece));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reply)

BOOST_AUTO_TEST_CASE(commandsAreArraysOfTexts) {
    BOOST_TEST(command({"GET", "a b"}) == "*2\r\n$3\r\nGET\r\n$3\r\na b\r\n");
    BOOST_TEST(command({"SET", "", "\r\n"}) == "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(answersAreReadFromPiecesOfAnySize) {
    const std::string bytes =
        "+OK\r\n-ERR no\r\n:-12\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n$4\r\na\r\nb\r\n:9223372036854775807\r\n+\r\n";
    const std::string expected = "+OK -ERR no :-12 $hello $ nothing $a\r\nb :9223372036854775807 + end";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) BOOST_TEST(read(bytes, piece) == expected);
}

BOOST_AUTO_TEST_CASE(anUnfinishedAnswerIsWaitedFor) {
    for (const char* bytes : {"", "+", "+OK", "+OK\r", "$5\r\nhell", "$5\r\nhello", "$5\r\nhello\r", "$1"}) {
        BOOST_TEST_CONTEXT(bytes) {
            BOOST_TEST(read(bytes) == (*bytes ? "more" : "end"));
        }
    }
}

BOOST_AUTO_TEST_CASE(whatIsNotTheProtocolIsMalformed) {
    for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n",
                              "\r\n",
                              "\n",
                              "+OK\n",
                              "+O\rK\r\n",
                              ":\r\n",
                              ":1x\r\n",
                              ":+1\r\n",
                              ": 1\r\n",
                              ":9223372036854775808\r\n",
                              "$\r\n",
                              "$-2\r\n",
                              "$65537\r\n",
                              "$99999999999999999999\r\n",
                              "$3\r\nabcde\r\n",
                              "$3\r\nabc\n\r",
                              "*1\r\n:1\r\n",
                              "*-1\r\n",
                              "%1\r\n",
                              "_\r\n"}) {
        BOOST_TEST_CONTEXT(bytes) {
            BOOST_TEST(read(bytes) == "malformed");
        }
    }
    BOOST_TEST(read("+OK\r\n+OK\n+OK\r\n") == "+OK malformed");
}

BOOST_AUTO_TEST_CASE(aServerCannotMakeItKeepMoreThanTheLimits) {
    const std::string line(ReplyReader::kMostLine - 1, 'x');
    BOOST_TEST(read("-" + line + "\r\n", 1000) == "-" + line + " end");
    BOOST_TEST(read("-" + line + "xx", 1000) == "malformed");
    const std::string text(ReplyReader::kMostText, 'x');
    BOOST_TEST(read("$65536\r\n" + text + "\r\n", 1000) == "$" + text + " end");
}

BOOST_AUTO_TEST_SUITE_END()
