#include "engine/http/server.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "engine/http/client.hpp"
#include "engine/runtime/fiber.hpp"

using namespace myelin;
using namespace myelin::http;

namespace {

/// Answers with the method, the target and the body it got; /relay streams the body back instead.
class Echo final : public RequestHandler {
public:
    void handle(ServerExchange& exchange) noexcept override {
        OutgoingResponse response;
        Headers headers(exchange.arena());
        headers.add("X-Target", exchange.request().target);
        response.headers = &headers;
        std::string body(exchange.request().method);
        BodySource* const source = exchange.requestBody();
        if (exchange.request().target == "/relay" && source) {
            response.body = OutgoingBody::relay(*source);
            exchange.answer(response);
            return;
        }
        while (source) {
            const BodyPart part = source->next(runtime::Deadline::never());
            if (part.status != BodyStatus::Data) break;
            body += part.bytes;
        }
        response.body = OutgoingBody::of(body);
        exchange.answer(response);
    }
};

/// A server on a thread of its own, and a loop for clients on the test's.
class Fixture {
public:
    Fixture() : server_(loop_, echo_, Limits{}, 100) {
        auto sockets = openListeners(Poco::Net::SocketAddress("127.0.0.1", 0), 1);
        port_ = sockets[0].address().port();
        server_.listen(std::move(sockets[0]), nullptr);
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~Fixture() {
        // Connections in the middle of something are let end: a fiber that is left behind cannot be unwound.
        loop_.postFiber([this] {
            server_.drain();
            server_.closeAll();
            while (server_.connections() != 0) runtime::sleepFor(std::chrono::milliseconds(1));
            loop_.stop();
        });
        thread_.join();
    }

    /// Everything the server sends until it closes.
    std::string exchange(const std::string& request) {
        Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", port_));
        socket.setReceiveTimeout(Poco::Timespan(5, 0));
        socket.sendBytes(request.data(), static_cast<int>(request.size()));
        std::string answer;
        char buffer[4096];
        for (int n = 0; (n = socket.receiveBytes(buffer, sizeof buffer)) > 0;)
            answer.append(buffer, static_cast<std::size_t>(n));
        return answer;
    }

    Echo echo_;
    runtime::Loop loop_;
    Server server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(server_test)

BOOST_FIXTURE_TEST_CASE(serves_pipelined_requests_in_order, Fixture) {
    const std::string answer = exchange(
        "GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        "POST /three HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: "
        "close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    const auto one = answer.find("X-Target: /one");
    const auto two = answer.find("X-Target: /two");
    const auto three = answer.find("X-Target: /three");
    BOOST_TEST(one < two);
    BOOST_TEST(two < three);
    BOOST_TEST(answer.find("POSThello") != std::string::npos);
    BOOST_TEST(answer.ends_with("POSTabc"));
}

BOOST_FIXTURE_TEST_CASE(answers_a_hostile_request_and_closes, Fixture) {
    const std::string answer =
        exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    BOOST_TEST(answer.starts_with("HTTP/1.1 400 "));
    BOOST_TEST(answer.find("Connection: close") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_client_gets_bodies_of_every_size_back, Fixture) {
    runtime::Loop loop;
    int done = 0;
    loop.spawn([&] {
        const auto origin = Origin::make("127.0.0.1", port_);
        for (const std::size_t size : {0U, 1U, 1000U, 16384U, 100'000U, 3'000'000U}) {
            base::Arena arena;
            ClientResponse response(arena);
            OutgoingRequest request;
            request.method = "POST";
            request.target = "/relay";
            const std::string body(size, 'x');
            if (size != 0) request.body = OutgoingBody::of(body);
            Client::current().send(
                *origin, request, response, runtime::Deadline::after(std::chrono::seconds(10), runtime::now()));
            BOOST_TEST(response.ok(), response.errorText);
            BOOST_TEST(response.head.status == 200);
            std::string echoed;
            while (response.body) {
                const BodyPart part = response.body->next(runtime::Deadline::never());
                if (part.status != BodyStatus::Data) break;
                echoed += part.bytes;
            }
            BOOST_TEST((echoed == body || size == 0), "a body of " << size << " came back as " << echoed.size());
            ++done;
        }
        BOOST_TEST(Client::current().counters().opened == 1U);
        Client::current().closeIdle();
        loop.stop();
    });
    loop.run();
    BOOST_TEST(done == 6);
}

BOOST_FIXTURE_TEST_CASE(the_same_client_works_outside_a_fiber, Fixture) {
    const auto origin = Origin::make("127.0.0.1", port_);
    for (int i = 0; i < 3; ++i) {
        base::Arena arena;
        ClientResponse response(arena);
        OutgoingRequest request;
        request.method = "GET";
        request.target = "/plain";
        Client::current().send(
            *origin, request, response, runtime::Deadline::after(std::chrono::seconds(10), runtime::now()));
        BOOST_TEST(response.ok(), response.errorText);
        BOOST_TEST((response.head.headers.get("x-target") == "/plain"));
    }
    Client::current().closeIdle();
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_a_value) {
    Poco::Net::ServerSocket taken(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::uint16_t port = taken.address().port();
    taken.close();
    base::Arena arena;
    ClientResponse response(arena);
    OutgoingRequest request;
    request.method = "GET";
    request.target = "/";
    Client::current().send(*Origin::make("127.0.0.1", port),
                           request,
                           response,
                           runtime::Deadline::after(std::chrono::seconds(5), runtime::now()));
    BOOST_TEST((response.error == ClientError::ConnectFailed));
    BOOST_TEST((response.progress == Progress::NotConnected));
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_refused_even_though_workers_share_one) {
    const auto sockets = openListeners(Poco::Net::SocketAddress("127.0.0.1", 0), 2);
    BOOST_TEST(sockets[0].address().port() == sockets[1].address().port());
    BOOST_CHECK_THROW(openListeners(sockets[0].address(), 2), Poco::Net::NetException);
}

BOOST_AUTO_TEST_SUITE_END()
