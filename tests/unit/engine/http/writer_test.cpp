#include "engine/http/writer.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/http/chunked.hpp"
#include "engine/http/date.hpp"
#include "engine/http/parser.hpp"
#include "engine/http/status.hpp"

using namespace myelin;
using http::BodyFraming;

namespace {

struct Written {
    http::WriteOutcome outcome;
    std::string text;
};

Written write(const http::RequestToWrite& request) {
    std::array<char, 8192> to;
    Written written{http::writeRequestHead(to, request), {}};
    written.text.assign(to.data(), written.outcome.size);
    return written;
}

Written write(const http::ResponseToWrite& response) {
    std::array<char, 8192> to;
    Written written{http::writeResponseHead(to, response), {}};
    written.text.assign(to.data(), written.outcome.size);
    return written;
}

http::RequestToWrite post(const http::Headers* headers = nullptr) {
    return {"POST", "/x", "backend:9000", headers, BodyFraming::ofLength(5), false};
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writer)

BOOST_AUTO_TEST_CASE(a_request_is_rewritten_for_the_next_hop) {
    const std::string bytes =
        "POST /in HTTP/1.1\r\nHost: front\r\nX-One: 1\r\nX-Two:2\r\nConnection: X-Drop, close\r\nX-Drop: secret\r\n"
        "Keep-Alive: 5\r\nTE: gzip\r\nTrailer: X\r\nUpgrade: h2c\r\nProxy-Authorization: p\r\nProxy-Connection: x\r\n"
        "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nUser-Agent: u\r\nx-three: \xc3\xa9\r\n\r\n";
    base::Arena arena;
    http::RequestHead head(arena);
    BOOST_REQUIRE((http::parseRequestHead(bytes, 0, {}, head).status == http::ParseStatus::Complete));
    const Written written = write(post(&head.headers));
    BOOST_TEST(written.outcome.valid);
    BOOST_TEST(written.outcome.refusedFields == 0U);
    BOOST_TEST(written.text ==
               "POST /x HTTP/1.1\r\nHost: backend:9000\r\nX-One: 1\r\nX-Two: 2\r\nUser-Agent: u\r\n"
               "x-three: \xc3\xa9\r\nContent-Length: 5\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(request_framing) {
    http::RequestToWrite request = post();
    request.framing = BodyFraming::chunked();
    BOOST_TEST(contains(write(request).text, "\r\nTransfer-Encoding: chunked\r\n\r\n"));
    request.framing = BodyFraming::none();
    BOOST_TEST(contains(write(request).text, "\r\nContent-Length: 0\r\n"));
    request.method = "GET";
    BOOST_TEST(write(request).text == "GET /x HTTP/1.1\r\nHost: backend:9000\r\n\r\n");
    request.close = true;
    BOOST_TEST(contains(write(request).text, "\r\nConnection: close\r\n"));
    request.framing = BodyFraming::untilClose();
    BOOST_TEST(!write(request).outcome.valid);
}

BOOST_AUTO_TEST_CASE(nothing_can_be_smuggled_into_a_head) {
    const std::vector<std::pair<std::string, std::string>> hostile = {
        {"X", "a\r\nEvil: 1"},
        {"X", "a\nEvil: 1"},
        {"X", "a\r"},
        {"X", std::string("a\0", 2)},
        {"X", "\x7f"},
        {"X\r\nEvil", "1"},
        {"X: y\r\nEvil", "1"},
        {"", "empty"},
        {"a b", "1"},
        {"X:", "1"},
        {"User\rAgent", "1"},
        {"\xc3\xa9", "1"},
        {"User-Agent", "a\r\nb"},
    };
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-Good", "1");
    for (const auto& [name, value] : hostile) headers.add(name, value);
    headers.add("X-Last", " 2\t");
    const Written request = write(post(&headers));
    BOOST_TEST(request.outcome.refusedFields == hostile.size());
    BOOST_TEST(request.text ==
               "POST /x HTTP/1.1\r\nHost: backend:9000\r\nX-Good: 1\r\nX-Last: 2\r\nContent-Length: 5\r\n\r\n");
    http::ResponseToWrite response;
    response.headers = &headers;
    response.reason = "Fine\r\nEvil: 1";
    const Written answer = write(response);
    BOOST_TEST(answer.outcome.refusedFields == hostile.size());
    BOOST_TEST(!contains(answer.text, "Evil"));
    BOOST_TEST(answer.text.rfind("HTTP/1.1 200 OK\r\nX-Good: 1\r\n", 0) == 0U);

    for (const std::string& bad : {std::string("/a b"),
                                   std::string("/\r\nEvil: 1"),
                                   std::string(),
                                   std::string("/\0", 2),
                                   std::string("/\x7f")}) {
        http::RequestToWrite with = post();
        with.target = bad;
        BOOST_TEST(!write(with).outcome.valid);
    }
    for (const std::string_view bad : {"a\r\nEvil: 1", "", "a b", "a/b"}) {
        http::RequestToWrite with = post();
        with.host = bad;
        BOOST_TEST(!write(with).outcome.valid);
    }
    for (const std::string_view bad : {"", "GET /", "G\r\n"}) {
        http::RequestToWrite with = post();
        with.method = bad;
        BOOST_TEST(!write(with).outcome.valid);
    }
    response.status = 20;
    BOOST_TEST(!write(response).outcome.valid);
    response.status = 1000;
    BOOST_TEST(!write(response).outcome.valid);
}

BOOST_AUTO_TEST_CASE(framing_fields_of_mediators_are_ignored) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("content-length", "999");
    headers.add("TRANSFER-ENCODING", "chunked");
    headers.add("Host", "evil");
    headers.add("Connection", "Content-Length, Host");
    const Written written = write(post(&headers));
    BOOST_TEST(written.text == "POST /x HTTP/1.1\r\nHost: backend:9000\r\nContent-Length: 5\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(answers) {
    struct Row {
        int status;
        BodyFraming framing;
        bool answersHead;
        std::string backendLength;
        std::string expected;  // of the framing fields, none when empty
    };
    const std::vector<Row> rows = {
        {200, BodyFraming::ofLength(7), false, "", "Content-Length: 7"},
        {200, BodyFraming::ofLength(7), false, "9", "Content-Length: 7"},
        {200, BodyFraming::chunked(), false, "9", "Transfer-Encoding: chunked"},
        {200, BodyFraming::none(), false, "", "Content-Length: 0"},
        {200, BodyFraming::untilClose(), false, "", ""},
        {200, BodyFraming::none(), true, "9", "Content-Length: 9"},
        {200, BodyFraming::none(), true, "x", ""},
        {200, BodyFraming::none(), true, "", ""},
        {200, BodyFraming::ofLength(7), true, "", "Content-Length: 7"},
        {200, BodyFraming::chunked(), true, "", ""},
        {304, BodyFraming::none(), false, "9", "Content-Length: 9"},
        {304, BodyFraming::none(), false, "", ""},
        {304, BodyFraming::ofLength(7), false, "", ""},
        {204, BodyFraming::ofLength(7), false, "9", ""},
        {204, BodyFraming::chunked(), false, "", ""},
        {103, BodyFraming::none(), false, "9", ""},
    };
    for (const Row& row : rows) {
        base::Arena arena;
        http::Headers headers(arena);
        if (!row.backendLength.empty()) headers.add("Content-Length", row.backendLength);
        http::ResponseToWrite response;
        response.status = row.status;
        response.headers = &headers;
        response.framing = row.framing;
        response.answersHead = row.answersHead;
        const std::string text = write(response).text;
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(contains(text, "Content-Length") == contains(row.expected, "Content-Length"));
            BOOST_TEST(contains(text, "Transfer-Encoding") == contains(row.expected, "Transfer-Encoding"));
            BOOST_TEST(contains(text, row.expected));
            BOOST_TEST(contains(text, "\r\nDate: ") == (row.status >= 200));
            BOOST_TEST(contains(text, "Connection: close") == (row.framing.kind == BodyFraming::Kind::UntilClose));
            base::Arena other;
            http::ResponseHead head(other);
            const auto parsed = http::parseResponseHead(text, 0, {}, row.answersHead, head);
            BOOST_TEST((parsed.status == http::ParseStatus::Complete));
            BOOST_TEST(parsed.consumed == text.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(status_line_date_and_connection) {
    http::ResponseToWrite response;
    response.status = 503;
    BOOST_TEST(write(response).text.rfind("HTTP/1.1 503 Service Unavailable\r\n", 0) == 0U);
    response.reason = "Busy";
    BOOST_TEST(write(response).text.rfind("HTTP/1.1 503 Busy\r\n", 0) == 0U);
    response.keepAlive = false;
    BOOST_TEST(contains(write(response).text, "\r\nConnection: close\r\n"));
    response.keepAlive = true;
    BOOST_TEST(!contains(write(response).text, "Connection"));
    response.clientMinorVersion = 0;
    BOOST_TEST(contains(write(response).text, "\r\nConnection: keep-alive\r\n"));
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("Date", "yesterday");
    response.headers = &headers;
    const std::string text = write(response).text;
    BOOST_TEST(contains(text, "Date: yesterday\r\n"));
    BOOST_TEST(text.find("Date:") == text.rfind("Date:"));
}

BOOST_AUTO_TEST_CASE(a_head_that_does_not_fit_tells_its_size_and_writes_nothing_outside) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-One", "1");
    headers.add("X-Two", std::string(50, 'x'));
    const std::string whole = write(post(&headers)).text;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::vector<char> to(size + 1, '#');
        const auto outcome = http::writeRequestHead({to.data(), size}, post(&headers));
        BOOST_TEST(outcome.size == whole.size());
        BOOST_TEST(to.back() == '#');
        if (size == whole.size()) BOOST_TEST(std::string(to.data(), size) == whole);
    }
}

BOOST_AUTO_TEST_CASE(a_written_request_parses_to_itself) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("Accept", "*/*");
    headers.add("X-Empty", "");
    headers.add("SOAPAction", "\"urn:a b\"");
    const std::string text = write(post(&headers)).text;
    http::RequestHead head(arena);
    const auto parsed = http::parseRequestHead(text, 0, {}, head);
    BOOST_TEST((parsed.status == http::ParseStatus::Complete));
    BOOST_TEST(head.headers.size() == 5U);
    BOOST_TEST(*head.headers.get("x-empty") == "");
    BOOST_TEST(head.contentLength == 5U);
}

BOOST_AUTO_TEST_CASE(trailers) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-Sum", "1");
    headers.add("Content-Length", "1");
    headers.add("X-Evil", "a\r\nb");
    std::array<char, 256> to;
    const auto outcome = http::writeLastChunk(to, headers);
    BOOST_TEST(std::string(to.data(), outcome.size) == "0\r\nX-Sum: 1\r\n\r\n");
    BOOST_TEST(outcome.refusedFields == 1U);
    headers.clear();
    BOOST_TEST(std::string(to.data(), http::writeLastChunk(to, headers).size) == http::kLastChunk);
}

BOOST_AUTO_TEST_CASE(dates_and_phrases) {
    char to[http::kHttpDateSize];
    http::formatHttpDate(784111777, to);
    BOOST_TEST(std::string_view(to, sizeof to) == "Sun, 06 Nov 1994 08:49:37 GMT");
    http::formatHttpDate(1709164800, to);
    BOOST_TEST(std::string_view(to, sizeof to) == "Thu, 29 Feb 2024 00:00:00 GMT");
    const std::time_t before = std::time(nullptr);
    const std::string now(http::currentHttpDate());
    bool found = false;
    for (std::time_t when = before - 1; when <= std::time(nullptr) + 1; ++when) {
        http::formatHttpDate(when, to);
        found = found || now == std::string_view(to, sizeof to);
    }
    BOOST_TEST(found);
    BOOST_TEST(http::reasonPhrase(431) == "Request Header Fields Too Large");
    BOOST_TEST(http::reasonPhrase(299) == "OK");
    BOOST_TEST(http::reasonPhrase(499) == "Bad Request");
    BOOST_TEST(http::reasonPhrase(599) == "Internal Server Error");
    BOOST_TEST(http::reasonPhrase(199) == "Continue");
}

BOOST_AUTO_TEST_SUITE_END()
