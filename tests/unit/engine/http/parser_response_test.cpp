#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/http/framing.hpp"
#include "engine/http/parser.hpp"

using namespace myelin;
using http::ParseStatus;

namespace {

struct Parsed {
    explicit Parsed(std::string_view bytes, bool answersHead = false, const http::UpstreamLimits& limits = {})
        : head(arena) {
        outcome = http::parseResponseHead(bytes, 0, limits, answersHead, head);
    }
    base::Arena arena;
    http::ResponseHead head;
    http::ParseOutcome outcome;
};

std::string response(const std::string& fields, const std::string& line = "HTTP/1.1 200 OK") {
    return line + "\r\n" + fields + "\r\n";
}

void checkSplits(const std::string& bytes, const http::ParseOutcome& whole) {
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        base::Arena arena;
        http::ResponseHead head(arena);
        http::ParseOutcome outcome =
            http::parseResponseHead(std::string_view(bytes).substr(0, split), 0, {}, false, head);
        if (outcome.status == ParseStatus::Incomplete) {
            outcome = http::parseResponseHead(bytes, split, {}, false, head);
        }
        BOOST_TEST_CONTEXT("split at " << split) {
            BOOST_TEST(static_cast<int>(outcome.status) == static_cast<int>(whole.status));
            BOOST_TEST(outcome.consumed == whole.consumed);
        }
    }
    base::Arena arena;
    http::ResponseHead head(arena);
    http::ParseOutcome outcome;
    for (std::size_t size = 1; size <= bytes.size() && outcome.status == ParseStatus::Incomplete; ++size) {
        outcome = http::parseResponseHead(std::string_view(bytes).substr(0, size), size - 1, {}, false, head);
    }
    BOOST_TEST(static_cast<int>(outcome.status) == static_cast<int>(whole.status));
    BOOST_TEST(outcome.consumed == whole.consumed);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parser_response)

BOOST_AUTO_TEST_CASE(a_whole_head) {
    const std::string bytes = response("Content-Length: 3\r\nX-A: b\r\n", "HTTP/1.1 404 Not  Found") + "abc";
    Parsed parsed(bytes);
    BOOST_TEST((parsed.outcome.status == ParseStatus::Complete));
    BOOST_TEST(parsed.outcome.consumed == bytes.size() - 3);
    BOOST_TEST(parsed.head.status == 404);
    BOOST_TEST(parsed.head.reason == "Not  Found");
    BOOST_TEST(parsed.head.contentLength == 3U);
    BOOST_TEST(parsed.head.hasBody);
    BOOST_TEST(!parsed.head.untilClose);
    BOOST_TEST(parsed.head.keepAlive);
    BOOST_TEST((http::BodyFraming::of(parsed.head).kind == http::BodyFraming::Kind::Length));
}

BOOST_AUTO_TEST_CASE(refusals) {
    const std::vector<std::string> rows = {
        response("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        response("Content-Length: 5\r\nContent-Length: 5\r\n"),
        response("Content-Length: 5,5\r\n"),
        response("Content-Length: x\r\n"),
        response("Transfer-Encoding: gzip, chunked\r\n"),
        response("Transfer-Encoding: identity\r\n"),
        response("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK"),
        response("X: a\r\n b\r\n"),
        response("X : a\r\n"),
        response("no colon\r\n"),
        response("X: a\nY: b\r\n"),
        response("X: a\rb\r\n"),
        response(std::string("X: \0\r\n", 6)),
        response("", "HTTP/1.1 20 OK"),
        response("", "HTTP/1.1 2000 OK"),
        response("", "HTTP/1.1 2x0 OK"),
        response("", "HTTP/1.1 099 Low"),
        response("", "HTTP/1.1 600 High"),
        response("", "HTTP/1.1 101 Switching Protocols"),
        response("", "HTTP/1.1  200 OK"),
        response("", "HTTP/1.1 200\tOK"),
        response("", "HTTP/1.1 200 O\x01K"),
        response("", "HTTP/1.1"),
        response("", "HTTP/2.0 200 OK"),
        response("", "HTTP/2 200"),
        response("", "http/1.1 200 OK"),
        response("", "ICY 200 OK"),
        response("", "\r\nHTTP/1.1 200 OK"),
        response("Content-Length: 2\r\n", "HTTP/1.1 100 Continue"),
        response("Transfer-Encoding: chunked\r\n", "HTTP/1.1 103 Early Hints"),
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "<html>HTTP/0.9</html>",
        "X",
    };
    for (const std::string& bytes : rows) {
        BOOST_TEST_CONTEXT(bytes) {
            Parsed parsed(bytes);
            BOOST_TEST((parsed.outcome.status == ParseStatus::Refused));
            BOOST_TEST(parsed.outcome.answerStatus == 502);
            BOOST_TEST(!parsed.outcome.reason.empty());
            checkSplits(bytes, parsed.outcome);
        }
    }
}

BOOST_AUTO_TEST_CASE(acceptances) {
    const std::vector<std::string> rows = {
        response("Content-Length: 0\r\n"),
        response("", "HTTP/1.1 200 "),
        response("", "HTTP/1.1 200"),
        response("", "HTTP/1.0 200 OK"),
        response("", "HTTP/1.2 200 OK"),
        response("", "HTTP/1.1 599 \xc3\xa9t\xc3\xa9\t!"),
        response("Transfer-Encoding: chunked\r\n"),
        response("Link: </a>\r\n", "HTTP/1.1 103 Early Hints"),
    };
    for (const std::string& bytes : rows) {
        BOOST_TEST_CONTEXT(bytes) {
            Parsed parsed(bytes);
            BOOST_TEST(parsed.outcome.reason == "");
            BOOST_TEST((parsed.outcome.status == ParseStatus::Complete));
            BOOST_TEST(parsed.outcome.consumed == bytes.size());
            checkSplits(bytes, parsed.outcome);
        }
    }
}

BOOST_AUTO_TEST_CASE(garbage_is_told_at_the_first_byte_that_cannot_be) {
    BOOST_TEST((Parsed("HTTP/1.").outcome.status == ParseStatus::Incomplete));
    BOOST_TEST((Parsed("HTTP/2").outcome.status == ParseStatus::Refused));
    BOOST_TEST((Parsed("h").outcome.status == ParseStatus::Refused));
    BOOST_TEST((Parsed("").outcome.status == ParseStatus::Incomplete));
}

BOOST_AUTO_TEST_CASE(whether_a_body_follows) {
    struct Row {
        std::string bytes;
        bool answersHead;
        bool hasBody;
        bool untilClose;
        bool keepAlive;
    };
    const std::vector<Row> rows = {
        {response("Content-Length: 5\r\n"), false, true, false, true},
        {response("Content-Length: 0\r\n"), false, false, false, true},
        {response("Transfer-Encoding: chunked\r\n"), false, true, false, true},
        {response(""), false, true, true, false},
        {response("", "HTTP/1.0 200 OK"), false, true, true, false},
        {response("Content-Length: 5\r\n"), true, false, false, true},
        {response("Transfer-Encoding: chunked\r\n"), true, false, false, true},
        {response(""), true, false, false, true},
        {response("", "HTTP/1.1 204 No Content"), false, false, false, true},
        {response("Content-Length: 5\r\n", "HTTP/1.1 204 No Content"), false, false, false, false},
        {response("Transfer-Encoding: chunked\r\n", "HTTP/1.1 204 No Content"), false, false, false, false},
        {response("Content-Length: 5\r\n", "HTTP/1.1 304 Not Modified"), false, false, false, true},
        {response("", "HTTP/1.1 100 Continue"), false, false, false, true},
        {response("Content-Length: 5\r\nConnection: close\r\n"), false, true, false, false},
        {response("Content-Length: 5\r\n", "HTTP/1.0 200 OK"), false, true, false, false},
        {response("Content-Length: 5\r\nConnection: keep-alive\r\n", "HTTP/1.0 200 OK"), false, true, false, true},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.bytes) {
            Parsed parsed(row.bytes, row.answersHead);
            BOOST_TEST((parsed.outcome.status == ParseStatus::Complete));
            BOOST_TEST(parsed.head.hasBody == row.hasBody);
            BOOST_TEST(parsed.head.untilClose == row.untilClose);
            BOOST_TEST(parsed.head.keepAlive == row.keepAlive);
            BOOST_TEST((http::BodyFraming::of(parsed.head).kind == http::BodyFraming::Kind::None) == !row.hasBody);
        }
    }
    BOOST_TEST(Parsed(response("Content-Length: 5\r\n"), true).head.contentLength == 5U);
}

BOOST_AUTO_TEST_CASE(limits) {
    http::UpstreamLimits bounds;
    bounds.headerSection = 60;
    bounds.headerCount = 2;
    const auto refused = [&](const std::string& bytes) {
        return Parsed(bytes, false, bounds).outcome.status == ParseStatus::Refused;
    };
    BOOST_TEST(!refused(response("A: 1\r\nB: 2\r\n")));
    BOOST_TEST(refused(response("A: 1\r\nB: 2\r\nC: 3\r\n")));
    const std::string fixed = response("A: ");
    BOOST_TEST(!refused(response("A: " + std::string(60 - fixed.size() - 2, 'x') + "\r\n")));
    BOOST_TEST(refused(response("A: " + std::string(61 - fixed.size() - 2, 'x') + "\r\n")));
    BOOST_TEST(refused("HTTP/1.1 200 OK\r\nA: " + std::string(60, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
