#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/http/guard.hpp"
#include "engine/http/parser.hpp"

using namespace myelin;
using http::ParseStatus;

namespace {

struct Parsed {
    explicit Parsed(std::string_view bytes, const http::Limits& limits = {}) : head(arena) {
        outcome = http::parseRequestHead(bytes, 0, limits, head);
    }
    base::Arena arena;
    http::RequestHead head;
    http::ParseOutcome outcome;
};

std::string request(const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
    return line + "\r\n" + fields + "\r\n";
}

// Feeds the bytes in two pieces, split at every place, and in single bytes; all must end alike.
void checkSplits(const std::string& bytes, const http::ParseOutcome& whole) {
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        base::Arena arena;
        http::RequestHead head(arena);
        const std::string first = bytes.substr(0, split);
        http::ParseOutcome outcome = http::parseRequestHead(first, 0, {}, head);
        if (outcome.status == ParseStatus::Incomplete) {
            outcome = http::parseRequestHead(bytes, split, {}, head);
        }
        BOOST_TEST_CONTEXT("split at " << split) {
            BOOST_TEST(static_cast<int>(outcome.status) == static_cast<int>(whole.status));
            BOOST_TEST(outcome.consumed == whole.consumed);
            if (whole.status == ParseStatus::Refused) BOOST_TEST(outcome.answerStatus != 0);
        }
    }
    base::Arena arena;
    http::RequestHead head(arena);
    http::ParseOutcome outcome;
    for (std::size_t size = 1; size <= bytes.size() && outcome.status == ParseStatus::Incomplete; ++size) {
        outcome = http::parseRequestHead(std::string_view(bytes).substr(0, size), size - 1, {}, head);
    }
    BOOST_TEST(static_cast<int>(outcome.status) == static_cast<int>(whole.status));
    BOOST_TEST(outcome.consumed == whole.consumed);
}

const std::string kHost = "Host: a\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(parser_request)

BOOST_AUTO_TEST_CASE(a_whole_head_gives_views_into_the_buffer) {
    const std::string bytes =
        "POST /services/Quote?x=%2F HTTP/1.1\r\nHost: example.org:8280\r\nSOAPAction:  \"urn:q\" \t\r\n"
        "X-Empty:\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1";
    Parsed parsed(bytes);
    BOOST_TEST((parsed.outcome.status == ParseStatus::Complete));
    BOOST_TEST(parsed.outcome.consumed == bytes.find("hello"));
    BOOST_TEST(parsed.head.method == "POST");
    BOOST_TEST(parsed.head.target == "/services/Quote?x=%2F");
    BOOST_TEST(parsed.head.minorVersion == 1);
    BOOST_TEST(parsed.head.host == "example.org:8280");
    BOOST_TEST(parsed.head.keepAlive);
    BOOST_TEST(parsed.head.hasContentLength);
    BOOST_TEST(parsed.head.contentLength == 5U);
    BOOST_TEST(!parsed.head.chunked);
    BOOST_TEST(parsed.head.headers.size() == 4U);
    BOOST_TEST(*parsed.head.headers.get("soapaction") == "\"urn:q\"");
    BOOST_TEST(*parsed.head.headers.get("x-empty") == "");
    for (const http::HeaderField& field : parsed.head.headers) {
        BOOST_TEST((field.name.data() >= bytes.data() && field.name.data() < bytes.data() + bytes.size()));
        BOOST_TEST((field.value.data() >= bytes.data() && field.value.data() < bytes.data() + bytes.size()));
    }
    BOOST_TEST(parsed.head.headers.begin()[0].verbatim);
    BOOST_TEST(!parsed.head.headers.begin()[1].verbatim);
    BOOST_TEST(!parsed.head.headers.begin()[2].verbatim);
}

BOOST_AUTO_TEST_CASE(refusals) {
    struct Row {
        std::string bytes;
        int status;
    };
    const std::vector<Row> rows = {
        // Framing (RFC 9112 6.3), the two tables of hostile messages included.
        {request(kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        {request(kHost + "Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        {request(kHost + "Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        {request(kHost + "Content-Length: 5, 5\r\n"), 400},
        {request(kHost + "Content-Length: +5\r\n"), 400},
        {request(kHost + "Content-Length: -1\r\n"), 400},
        {request(kHost + "Content-Length: 0x5\r\n"), 400},
        {request(kHost + "Content-Length: 5 5\r\n"), 400},
        {request(kHost + "Content-Length: \r\n"), 400},
        {request(kHost + "Content-Length: 9223372036854775808\r\n"), 400},
        {request(kHost + "Content-Length: 99999999999999999999999\r\n"), 400},
        {request(kHost + "Content-Length : 5\r\n"), 400},
        {request(kHost + "Content-Length\t: 5\r\n"), 400},
        {request(kHost + "Transfer-Encoding: xchunked\r\n"), 501},
        {request(kHost + "Transfer-Encoding: gzip, chunked\r\n"), 501},
        {request(kHost + "Transfer-Encoding: gzip\r\n"), 501},
        {request(kHost + "Transfer-Encoding: identity\r\n"), 501},
        {request(kHost + "Transfer-Encoding: chunked, gzip\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked, chunked\r\n"), 400},
        {request(kHost + "Transfer-Encoding: \r\n"), 400},
        {request(kHost + "Transfer-Encoding: \"chunked\"\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0"), 400},
        {request(kHost + "Transfer-Encoding: chunked;q=1\r\n"), 400},
        {request(kHost + "Transfer-Encoding:\tchunked\r\n"), 400},
        {request(kHost + "Transfer-Encoding: chunked \t\r\n"), 400},
        {request(kHost + "Content-Length: 5\t\r\n"), 400},
        // Lines
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
        {request(kHost + "X: a\rb\r\n"), 400},
        {request(kHost + "X: a\r\r\n"), 400},
        {request(kHost + std::string("X: a\0b\r\n", 8)), 400},
        {request(kHost + "X: a\x01\r\n"), 400},
        {request(kHost + "X: a\x7f\r\n"), 400},
        {request(kHost + "X: a\r\n b\r\n"), 400},
        {request(kHost + "X: a\r\n\tb\r\n"), 400},
        {request(" X: a\r\n" + kHost), 400},
        {request(kHost + ": empty name\r\n"), 400},
        {request(kHost + "no colon\r\n"), 400},
        {request(kHost + "X Y: a\r\n"), 400},
        {request(kHost + "X(: a\r\n"), 400},
        {request(kHost + "X\x80: a\r\n"), 400},
        {request(kHost + std::string("X\0: a\r\n", 7)), 400},
        // Host (RFC 9112 3.2)
        {request(""), 400},
        {request("Host: a\r\nHost: a\r\n"), 400},
        {request("Host: a\r\nhost: b\r\n"), 400},
        {request("Host:\r\n"), 400},
        {request("Host: a b\r\n"), 400},
        {request("Host: user@a\r\n"), 400},
        {request("Host: a/b\r\n"), 400},
        {request("Host: a:b\r\n"), 400},
        {request("Host: a:80:80\r\n"), 400},
        {request("Host: a:65536\r\n"), 400},
        {request("Host: :80\r\n"), 400},
        {request("Host: [::1\r\n"), 400},
        {request("Host: []\r\n"), 400},
        {request("Host: [::1]x\r\n"), 400},
        {request("Host: a\\b\r\n"), 400},
        {request("", "GET http://b/ HTTP/1.1"), 400},
        {request("Host: a b\r\n", "GET http://b/ HTTP/1.1"), 400},
        // Request line
        {request(kHost, "GET  / HTTP/1.1"), 400},
        {request(kHost, "GET /  HTTP/1.1"), 400},
        {request(kHost, "GET / HTTP/1.1 "), 400},
        {request(kHost, " GET / HTTP/1.1"), 400},
        {request(kHost, "GET\t/\tHTTP/1.1"), 400},
        {request(kHost, "GET /"), 400},
        {request(kHost, "GET"), 400},
        {request(kHost, "GET HTTP/1.1"), 400},
        {request(kHost, "G@T / HTTP/1.1"), 400},
        {request(kHost, "GET /a b HTTP/1.1"), 400},
        {request(kHost, "GET /a#b HTTP/1.1"), 400},
        {request(kHost, "GET /\x7f HTTP/1.1"), 400},
        {request(kHost, "GET /\x80 HTTP/1.1"), 400},
        {request(kHost, "GET / http/1.1"), 400},
        {request(kHost, "GET / HTTP/1.10"), 400},
        {request(kHost, "GET / HTTP/11.1"), 400},
        {request(kHost, "GET / HTTP/1,1"), 400},
        {request(kHost, "GET / HTTP/1."), 400},
        {request(kHost, "GET / HTTPS/1.1"), 400},
        {request(kHost, "GET / HTTP/2.0"), 505},
        {request(kHost, "GET / HTTP/0.9"), 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {request(kHost, "GET * HTTP/1.1"), 400},
        {request(kHost, "GET example.org:80 HTTP/1.1"), 400},
        {request(kHost, "GET a HTTP/1.1"), 400},
        {request(kHost, "GET ftp://a/ HTTP/1.1"), 400},
        {request(kHost, "GET http:/// HTTP/1.1"), 400},
        {request(kHost, "GET http://u:p@a/ HTTP/1.1"), 400},
        {request(kHost, "GET http://a?x HTTP/1.1"), 400},
        {request(kHost, "CONNECT a:443 HTTP/1.1"), 501},
        // Expectations
        {request(kHost + "Expect: 200-ok\r\n"), 417},
        {request(kHost + "Expect: 100-continue, x\r\n"), 417},
        // Not HTTP at all
        {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), 400},
        {"\r\n\r\n\r\n\r\n\r\n" + request(kHost), 400},
        {"\n" + request(kHost), 400},
        {"\r" + request(kHost), 400},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.bytes) {
            Parsed parsed(row.bytes);
            BOOST_TEST(parsed.outcome.answerStatus == row.status);
            if (row.status != 0) {
                BOOST_TEST((parsed.outcome.status == ParseStatus::Refused));
                BOOST_TEST(!parsed.outcome.reason.empty());
            }
            checkSplits(row.bytes, parsed.outcome);
        }
    }
}

BOOST_AUTO_TEST_CASE(acceptances) {
    const std::vector<std::string> rows = {
        request(kHost),
        request("Host: a.example:8280\r\n"),
        request("Host: a:\r\n"),
        request("Host: [::1]:80\r\n"),
        request("Host: a_b-c.d%20\r\n"),
        request("host:a\r\n"),
        request(kHost, "GET / HTTP/1.2"),
        request(kHost, "brew /pot HTTP/1.1"),
        request(kHost, "GET /?a=[]|{}^`\"<>\\ HTTP/1.1"),
        request(kHost, "OPTIONS * HTTP/1.1"),
        request("Host:\r\n", "OPTIONS * HTTP/1.1"),
        request(kHost, "GET HTTP://b.example:81/x HTTP/1.1"),
        request(kHost, "GET https://b.example HTTP/1.1"),
        request("", "GET / HTTP/1.0"),
        request("Host:\r\n", "GET / HTTP/1.0"),
        request(kHost + "Expect: 100-Continue\r\n"),
        request("Expect: nonsense\r\n", "POST / HTTP/1.0"),
        request(kHost + "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n"),
        request(kHost + "X: \xc3\xa9\tb\r\n"),
        request(kHost + "X:    \r\n"),
        request(kHost + "Content-Length: 0005\r\n"),
        request(kHost + "Content-Length: 9223372036854775807\r\n"),
        request(kHost + "Transfer-Encoding: Chunked\r\n"),
        "\r\n\r\n" + request(kHost),
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

BOOST_AUTO_TEST_CASE(what_follows_from_the_fields) {
    BOOST_TEST(!Parsed(request(kHost + "Connection: close\r\n")).head.keepAlive);
    BOOST_TEST(!Parsed(request(kHost + "Connection: x, CLOSE\r\n")).head.keepAlive);
    BOOST_TEST(!Parsed(request(kHost + "Connection: keep-alive\r\nConnection: close\r\n")).head.keepAlive);
    BOOST_TEST(Parsed(request(kHost + "Connection: closed\r\n")).head.keepAlive);
    BOOST_TEST(!Parsed(request("", "GET / HTTP/1.0")).head.keepAlive);
    BOOST_TEST(Parsed(request("Connection: Keep-Alive\r\n", "GET / HTTP/1.0")).head.keepAlive);
    BOOST_TEST(Parsed(request("", "GET / HTTP/1.0")).head.minorVersion == 0);
    BOOST_TEST(Parsed(request(kHost, "GET / HTTP/1.7")).head.minorVersion == 1);
    BOOST_TEST(Parsed(request(kHost + "Expect: 100-continue\r\n")).head.expectContinue);
    BOOST_TEST(!Parsed(request("Expect: 100-continue\r\n", "POST / HTTP/1.0")).head.expectContinue);
    BOOST_TEST(Parsed(request(kHost + "Transfer-Encoding: chunked\r\n")).head.chunked);
    BOOST_TEST(Parsed(request("Host: a\r\n", "GET http://b:81/x HTTP/1.1")).head.host == "b:81");
    BOOST_TEST(Parsed(request("Host: a\r\n", "GET http://b:81/x HTTP/1.1")).head.target == "http://b:81/x");
}

BOOST_AUTO_TEST_CASE(a_head_object_can_be_used_again) {
    base::Arena arena;
    http::RequestHead head(arena);
    const std::string first = request(kHost + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nX: y\r\n");
    const std::string second = request("Host: b\r\n");
    BOOST_TEST((http::parseRequestHead(first, 0, {}, head).status == ParseStatus::Complete));
    BOOST_TEST((http::parseRequestHead(second, 0, {}, head).status == ParseStatus::Complete));
    BOOST_TEST(!head.chunked);
    BOOST_TEST(!head.expectContinue);
    BOOST_TEST(head.headers.size() == 1U);
    BOOST_TEST(head.host == "b");
}

BOOST_AUTO_TEST_CASE(path_of_an_absolute_target) {
    BOOST_TEST(http::pathAndQuery("/a?b") == "/a?b");
    BOOST_TEST(http::pathAndQuery("http://h:80/a?b") == "/a?b");
    BOOST_TEST(http::pathAndQuery("HTTPS://h") == "/");
    BOOST_TEST(http::pathAndQuery("*") == "*");
}

BOOST_AUTO_TEST_CASE(limits_hold_exactly_and_early) {
    http::Limits limits;
    limits.startLine = 40;
    limits.headerSection = 200;
    limits.headerCount = 3;
    const auto status = [&](const std::string& bytes) { return Parsed(bytes, limits).outcome.answerStatus; };
    const auto line = [](std::size_t size) {
        const std::string fixed = "GET / HTTP/1.1";
        return "GET /" + std::string(size - fixed.size(), 'x') + " HTTP/1.1";
    };
    BOOST_TEST(status(request(kHost, line(40))) == 0);
    BOOST_TEST(status(request(kHost, line(41))) == 414);
    // Before its end has come.
    BOOST_TEST(status("GET /" + std::string(30, 'x')) == 0);
    BOOST_TEST(status("GET /" + std::string(38, 'x')) == 414);
    BOOST_TEST(status(std::string(50, 'x')) == 414);

    const std::string small = request(kHost + "X: ");
    const auto section = [&](std::size_t size) {
        return request(kHost + "X: " + std::string(size - small.size() - 2, 'y') + "\r\n");
    };
    BOOST_TEST(section(200).size() == 200U);
    BOOST_TEST(status(section(200)) == 0);
    BOOST_TEST(status(section(201)) == 431);
    BOOST_TEST(status(section(400).substr(0, 200)) == 0);
    BOOST_TEST(status(section(400).substr(0, 201)) == 431);

    BOOST_TEST(status(request(kHost + "X: 1\r\nX: 2\r\n")) == 0);
    BOOST_TEST(status(request(kHost + "X: 1\r\nX: 2\r\nX: 3\r\n")) == 431);
    // The body does not count.
    BOOST_TEST(status(request(kHost + "Content-Length: 999\r\n") + std::string(999, 'b')) == 0);
}

BOOST_AUTO_TEST_CASE(incomplete_heads_ask_for_more) {
    const std::string bytes = request(kHost + "X-Some: value\r\n");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BOOST_TEST((Parsed(bytes.substr(0, size)).outcome.status == ParseStatus::Incomplete));
    }
    BOOST_TEST((Parsed("\r\n\r\n").outcome.status == ParseStatus::Incomplete));
    // A first line that can never become one is told at once, not after a time-out.
    BOOST_TEST(Parsed("GET /\r\n").outcome.answerStatus == 400);
    BOOST_TEST(Parsed("GET / FTP").outcome.answerStatus == 400);
    BOOST_TEST(Parsed("GET / HTTP/1.1\r\n bad").outcome.answerStatus == 400);
}

BOOST_AUTO_TEST_SUITE_END()
