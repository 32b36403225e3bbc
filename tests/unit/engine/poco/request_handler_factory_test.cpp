#include "engine/poco/request_handler_factory.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/engine/poco/application.hpp"

using namespace myelin;
using namespace myelin::poco::testing;

namespace {

std::string post(const std::string& body, const std::string& fields = {}) {
    return "POST /some/where HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

void checkHas(const std::string& text, const std::string& part) {
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, "no \"" + part + "\" in: " + text);
}
void checkLacks(const std::string& text, const std::string& part) {
    BOOST_CHECK_MESSAGE(text.find(part) == std::string::npos, "\"" + part + "\" in: " + text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(poco_request_handler_factory)

BOOST_AUTO_TEST_CASE(an_application_mounts_a_configuration) {
    Application application(kEcho);
    const std::string answer = application.exchange(post("hello"));
    BOOST_CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    checkHas(answer, "Content-Length: 5\r\n");
    BOOST_CHECK(answer.ends_with("\r\n\r\nhello"));
}

BOOST_AUTO_TEST_CASE(a_connection_serves_several_requests) {
    Application application(kEcho);
    auto socket = application.connect();
    for (const std::string body : {"first", "second", "third"}) {
        const std::string request = post(body);
        socket.sendBytes(request.data(), static_cast<int>(request.size()));
        const std::string answer = Application::readTo(socket, "\r\n\r\n" + body);
        BOOST_CHECK(answer.starts_with("HTTP/1.1 200"));
        checkLacks(answer, "Connection: close");
    }
}

BOOST_AUTO_TEST_CASE(requests_without_a_body_may_be_pipelined) {
    Application application(kEcho);
    const std::string get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    BOOST_CHECK_EQUAL(count(application.exchange(get + get + get), "HTTP/1.1 200"), 3U);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_with_trailers_leaves_the_connection_in_order) {
    Application application(kEcho);
    auto socket = application.connect();
    const std::string request =
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n";
    for (int i = 0; i < 2; ++i) {
        socket.sendBytes(request.data(), static_cast<int>(request.size()));
        const std::string answer = Application::readTo(socket, "hello world");
        BOOST_CHECK_MESSAGE(answer.starts_with("HTTP/1.1 200"), answer);
        checkLacks(answer, "400");
        checkLacks(answer, "Connection: close");
        // Relayed as it came, the body has trailers behind it.
        if (answer.find("Transfer-Encoding") != std::string::npos) Application::readTo(socket, "X-Two: 2\r\n\r\n");
    }
}

BOOST_AUTO_TEST_CASE(a_body_behind_bytes_of_the_next_request_ends_the_connection) {
    Application application(kEcho);
    const std::string answers = application.exchange(post("one") + post("two"));
    BOOST_CHECK_EQUAL(count(answers, "HTTP/1.1 200"), 1U);
    checkHas(answers, "Connection: close\r\n");
}

BOOST_AUTO_TEST_CASE(a_body_that_breaks_off_is_not_taken_for_a_whole_one) {
    Server backend(new Backend);
    Application application(toBackend(backend.port()));
    for (const std::string body : {"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                                   "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
                                   "Content-Length: 10\r\n\r\nhello"}) {
        const std::string answer =
            application.exchange("POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\n" + body);
        checkLacks(answer, "backend got");
        checkLacks(answer, "HTTP/1.1 200");
    }
}

BOOST_AUTO_TEST_CASE(a_backend_is_asked_and_its_answer_comes_back) {
    Server backend(new Backend);
    Application application(toBackend(backend.port()));
    const std::string answer = application.exchange(post("a question", "Connection: x-secret\r\nX-Secret: 1\r\n"));
    BOOST_CHECK(answer.starts_with("HTTP/1.1 200"));
    checkHas(answer, "X-Backend: yes");
    checkHas(answer, "backend got POST /some/where a question");
}

BOOST_AUTO_TEST_CASE(a_backend_that_refuses_gives_a_fault) {
    std::uint16_t port = 0;
    {
        Poco::Net::ServerSocket closed;
        closed.bind(Poco::Net::SocketAddress("127.0.0.1", 0));
        port = closed.address().port();
    }
    Application application(toBackend(port));
    const std::string soap =
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><q/></s:Body></s:Envelope>";
    const std::string answer = application.exchange(
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/xml\r\nSOAPAction: \"urn:q\"\r\nContent-Length: " +
        std::to_string(soap.size()) + "\r\n\r\n" + soap);
    BOOST_CHECK(answer.starts_with("HTTP/1.1 500"));
    checkHas(answer, "Fault>");
}

BOOST_AUTO_TEST_CASE(a_backend_that_breaks_off_is_seen_by_the_client) {
    Server backend(new Backend);
    Application application(toBackend(backend.port()));
    bool broken = false;
    const std::string answer = application.exchange("GET /short HTTP/1.0\r\nHost: test\r\n\r\n", &broken);
    checkHas(answer.substr(0, 15), "HTTP/1.1 200");
    BOOST_CHECK_LT(answer.size(), 300'000U);
    BOOST_CHECK(broken);
}

BOOST_AUTO_TEST_CASE(head_gets_no_body) {
    Server backend(new Backend);
    Application application(toBackend(backend.port()));
    const std::string answer = application.exchange("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
    BOOST_CHECK(answer.starts_with("HTTP/1.1 200"));
    BOOST_CHECK(answer.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_body_is_asked_for_when_it_is_wanted) {
    Application application(kEcho);
    auto socket = application.connect();
    const std::string head =
        "POST / HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: "
        "5\r\n\r\n";
    socket.sendBytes(head.data(), static_cast<int>(head.size()));
    const std::string first = Application::readTo(socket, "\r\n\r\n");
    // The echo relays: its head may leave before the first piece of the body is asked for.
    const std::string asked = first.starts_with("HTTP/1.1 100") ? first : Application::readTo(socket, "\r\n\r\n");
    checkHas(asked, "HTTP/1.1 100 Continue");
    socket.sendBytes("hello", 5);
    checkHas(Application::readTo(socket, "hello"), "hello");
}

BOOST_AUTO_TEST_CASE(what_the_head_must_not_have_is_refused) {
    Application application(kEcho);
    const std::pair<const char*, const char*> rows[] = {
        {"a line end out of an encoded word", "Host: test\r\nX: =?utf-8?B?YQ0KRXZpbDogMQ==?=\r\n"},
        {"a NUL out of an encoded word", "Host: test\r\nX: =?utf-8?Q?a=00b?=\r\n"},
        {"length and chunks", "Host: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
        {"two lengths", "Host: test\r\nContent-Length: 5\r\nContent-Length: 6\r\n"},
        {"a signed length", "Host: test\r\nContent-Length: +5\r\n"},
        {"a name with a blank", "Host: test\r\nContent-Length : 5\r\n"},
        {"chunked twice", "Host: test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
        {"chunked not last", "Host: test\r\nTransfer-Encoding: chunked, gzip\r\n"},
        {"no host", "X: y\r\n"},
        {"two hosts", "Host: a\r\nHost: b\r\n"},
        {"an invalid host", "Host: a b\r\n"},
    };
    for (const auto& [what, fields] : rows) {
        BOOST_TEST_CONTEXT(what) {
            const std::string answer = application.exchange("POST / HTTP/1.1\r\n" + std::string(fields) +
                                                            "Expect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
            BOOST_CHECK_MESSAGE(answer.starts_with("HTTP/1.1 400 "), answer);
            checkHas(answer, "Connection: close\r\n");
            checkLacks(answer, "Evil");
            BOOST_CHECK_EQUAL(count(answer, "HTTP/1.1 "), 1U);
        }
    }
    BOOST_CHECK(application
                    .exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n"
                              "Content-Length: 5\r\n\r\nhello")
                    .starts_with("HTTP/1.1 501 "));
    BOOST_CHECK(application.exchange("GET / HTTP/2.0\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 505 "));
    BOOST_CHECK(application.exchange("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

BOOST_AUTO_TEST_CASE(a_configuration_with_errors_is_refused_with_their_places) {
    const ConfigurationFile file("<sequence name=\"main\"><sned/><sequence key=\"nowhere\"/></sequence>");
    try {
        poco::RequestHandlerFactory factory(file.path(), config::Settings{});
        BOOST_ERROR("it was taken");
    } catch (const poco::ConfigurationError& problem) {
        const std::string text = problem.what();
        checkHas(text, file.path() + ":1:");
        checkHas(text, "sned");
        checkHas(text, "nowhere");
    }
}

BOOST_AUTO_TEST_SUITE_END()
