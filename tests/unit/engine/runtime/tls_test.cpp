#include "engine/runtime/tls.hpp"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine/runtime/sync.hpp"
#include "tests/unit/engine/runtime/certificates.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

namespace tls_test {

/// Made once: keys and signatures take a while under the sanitizers.
struct Files {
    test::Certificates made;
    test::Certificates::Files local = made.make({.name = "local", .altNames = "DNS:localhost,IP:127.0.0.1"});
    test::Certificates::Files other = made.make({.name = "other", .altNames = "DNS:other.example,DNS:*.wild.example"});
    test::Certificates::Files expired = made.make({.name = "expired", .altNames = "DNS:localhost", .expired = true});
    test::Certificates::Files itself = made.make({.name = "itself", .altNames = "DNS:localhost", .selfSigned = true});
    test::Certificates::Files client = made.make({.name = "some client", .altNames = {}});
};

Files& files() {
    static Files made;
    return made;
}

TlsServerOptions serverOptions(const test::Certificates::Files& identity) {
    TlsServerOptions options;
    options.certificates = {{identity.certificate, identity.key}};
    return options;
}

TlsClientOptions clientOptions() {
    TlsClientOptions options;
    options.caFile = files().made.caFile();
    return options;
}

/// Both ends of one handshake.
struct Pair {
    TlsResult server, client;
};

/// The server's side in another fiber, or, outside fibers, in another thread.
Pair shakeHands(const TlsContext& serverContext,
                const TlsContext& clientContext,
                const std::string& host,
                Deadline deadline = test::soon()) {
    auto [clientSocket, serverSocket] = test::connectedSockets();
    auto serverTcp = test::streamOf(serverSocket);
    auto clientTcp = test::streamOf(clientSocket);
    Pair pair;
    if (inFiber()) {
        Event done;
        Loop::current()->spawn([&] {
            pair.server = acceptTls(std::move(serverTcp), serverContext, deadline);
            done.set();
        });
        pair.client = connectTls(std::move(clientTcp), clientContext, host, deadline);
        done.wait(Deadline::never());
    } else {
        std::thread other([&] { pair.server = acceptTls(std::move(serverTcp), serverContext, deadline); });
        pair.client = connectTls(std::move(clientTcp), clientContext, host, deadline);
        other.join();
    }
    return pair;
}

Pair shakeHands(const TlsServerOptions& server, const TlsClientOptions& client, const std::string& host) {
    return shakeHands(*TlsContext::server(server), *TlsContext::client(client), host);
}

std::string readAll(Stream& stream, std::size_t size) {
    std::string all;
    char buffer[3000];
    while (all.size() < size) {
        const IoResult got = stream.read(buffer, sizeof buffer, test::soon());
        if (!got.ok()) break;
        all.append(buffer, got.bytes);
    }
    return all;
}

void exchange(Stream& from, Stream& to, const std::string& text) {
    BOOST_TEST(from.write(text.data(), text.size(), test::soon()).ok());
    BOOST_TEST(readAll(to, text.size()) == text);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void inFiberOrNot(bool fiber, const std::function<void()>& body) {
    if (fiber) {
        inLoop(body);
    } else {
        body();
    }
}

const auto kBothWays = boost::unit_test::data::make({true, false});

}  // namespace tls_test

using namespace tls_test;

BOOST_AUTO_TEST_SUITE(tls)

BOOST_DATA_TEST_CASE(both_ways, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        for (const std::string host : {"localhost", "localhost.", "127.0.0.1"}) {
            Pair pair = shakeHands(serverOptions(files().local), clientOptions(), host);
            BOOST_REQUIRE_MESSAGE(pair.client.stream && pair.server.stream, pair.client.text + pair.server.text);
            BOOST_TEST(pair.client.stream->secure());
            BOOST_TEST(pair.client.alpn == "http/1.1");
            BOOST_TEST(pair.server.alpn == "http/1.1");
            BOOST_TEST(pair.client.peerSubject == "CN=local");
            BOOST_TEST(pair.server.peerSubject == "");
            exchange(*pair.client.stream, *pair.server.stream, "ask");
            exchange(*pair.server.stream, *pair.client.stream, "answer");
        }
    });
}

BOOST_AUTO_TEST_CASE(large_amounts_both_ways_at_once) {
    inLoop([] {
        Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
        BOOST_REQUIRE(pair.client.stream && pair.server.stream);
        const int small = 8192;
        for (Stream* stream : {pair.client.stream.get(), pair.server.stream.get()})
            ::setsockopt(stream->descriptor(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        std::string text(700'000, '?');
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i * 11 % 26);
        int written = 0;
        Event done;
        for (Stream* stream : {pair.client.stream.get(), pair.server.stream.get()}) {
            Loop::current()->spawn([&, stream] {
                iovec parts[5] = {{text.data(), 100},
                                  {text.data() + 100, 0},
                                  {text.data() + 100, 20000},
                                  {text.data() + 20100, 5000},
                                  {text.data() + 25100, text.size() - 25100}};
                const IoResult result = stream->write(parts, 5, test::soon());
                if (result.ok() && result.bytes == text.size()) ++written;
                if (written == 2) done.set();
            });
        }
        std::string atServer;
        Event serverDone;
        Loop::current()->spawn([&] {
            atServer = readAll(*pair.server.stream, text.size());
            serverDone.set();
        });
        BOOST_TEST((readAll(*pair.client.stream, text.size()) == text));
        BOOST_TEST(serverDone.wait(test::soon()));
        BOOST_TEST((atServer == text));
        BOOST_TEST(done.wait(test::soon()));
    });
}

BOOST_AUTO_TEST_CASE(a_goodbye_is_an_end_and_a_bare_tcp_end_is_not) {
    inLoop([] {
        char buffer[100];
        {
            Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
            pair.client.stream->write("last", 4, test::soon());
            pair.client.stream->shutdownWrite();
            BOOST_TEST(readAll(*pair.server.stream, 4) == "last");
            BOOST_TEST((pair.server.stream->read(buffer, 100, test::soon()).status == IoStatus::Closed));
            exchange(*pair.server.stream, *pair.client.stream, "half closed");
        }
        {
            Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
            pair.client.stream->write("cut", 3, test::soon());
            pair.client.stream->close();
            BOOST_TEST(readAll(*pair.server.stream, 3) == "cut");
            BOOST_TEST((pair.server.stream->read(buffer, 100, test::soon()).status == IoStatus::Reset));
            BOOST_TEST((pair.server.stream->read(buffer, 100, test::soon()).status == IoStatus::Reset));
        }
        {
            Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
            pair.client.stream->close(true);
            BOOST_TEST((pair.server.stream->read(buffer, 100, test::soon()).status == IoStatus::Reset));
            BOOST_TEST((pair.server.stream->write("x", 1, test::soon()).status == IoStatus::Reset));
        }
    });
}

BOOST_AUTO_TEST_CASE(garbage_is_a_failure_with_a_reason) {
    inLoop([] {
        Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
        ::send(pair.client.stream->descriptor(), "GET / HTTP/1.1\r\n\r\n", 18, 0);
        char buffer[100];
        const IoResult result = pair.server.stream->read(buffer, 100, test::soon());
        BOOST_TEST((result.status == IoStatus::Failed));
        BOOST_TEST(result.error == EPROTO);
        BOOST_TEST(!pair.server.stream->failureText().empty());
    });
}

BOOST_AUTO_TEST_CASE(deadlines_hold_while_shaking_hands_reading_and_writing) {
    inLoop([] {
        {
            const auto [a, b] = test::connectedSockets();
            auto silent = test::streamOf(b);
            const TlsResult result = connectTls(test::streamOf(a),
                                                *TlsContext::client(clientOptions()),
                                                "localhost",
                                                Deadline::after(5ms, Clock::now()));
            BOOST_TEST((result.status == IoStatus::TimedOut));
            BOOST_TEST(result.stream == nullptr);
            BOOST_TEST(contains(result.text, "time limit"));
        }
        Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
        char buffer[100];
        BOOST_TEST(
            (pair.server.stream->read(buffer, 100, Deadline::after(5ms, Clock::now())).status == IoStatus::TimedOut));
        const std::string much(32 << 20, 'x');
        const IoResult cut = pair.server.stream->write(much.data(), much.size(), Deadline::after(20ms, Clock::now()));
        BOOST_TEST((cut.status == IoStatus::TimedOut));
        BOOST_TEST(cut.bytes < much.size());
        // Part of a record is out: the rest of it goes first at the next write, and nothing is lost or sent twice.
        std::size_t received = 0;
        bool whole = true;
        Loop::current()->spawn([&] {
            char piece[16384];
            while (received < cut.bytes + 1) {
                const IoResult got = pair.client.stream->read(piece, sizeof piece, test::soon());
                if (!got.ok()) break;
                for (std::size_t i = 0; i < got.bytes; ++i) {
                    whole = whole && piece[i] == (received + i < cut.bytes ? 'x' : 'y');
                }
                received += got.bytes;
            }
        });
        BOOST_TEST((pair.server.stream->write("y", 1, test::soon()).status == IoStatus::Ok));
        const Deadline patience = test::soon();
        while (received < cut.bytes + 1 && !patience.expired(Clock::now())) sleepFor(1ms);
        BOOST_TEST(received == cut.bytes + 1);
        BOOST_TEST(whole);
    });
}

BOOST_AUTO_TEST_CASE(readable_tells_bytes_at_hand_from_tls_messages) {
    inLoop([] {
        Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
        sleepFor(3ms);
        // The server's tickets have come: they are no bytes to read.
        BOOST_TEST(pair.client.stream->watch()->readable());
        BOOST_TEST(!pair.client.stream->readable());
        BOOST_TEST(pair.server.stream->write("twelve bytes", 12, test::soon()).ok());
        sleepFor(3ms);
        BOOST_TEST(pair.client.stream->readable());
        char buffer[100];
        bool drained = true;
        BOOST_TEST(pair.client.stream->read(buffer, 5, test::soon(), &drained).bytes == 5u);
        BOOST_TEST(!drained);
        BOOST_TEST(!pair.client.stream->watch()->readable());
        BOOST_TEST(pair.client.stream->readable());  // in OpenSSL's hands, not the kernel's
        BOOST_TEST(pair.client.stream->read(buffer, 100, test::soon(), &drained).bytes == 7u);
        BOOST_TEST(drained);
        BOOST_TEST(!pair.client.stream->readable());
        pair.server.stream->shutdownWrite();
        sleepFor(3ms);
        BOOST_TEST(pair.client.stream->readable());
        BOOST_TEST((pair.client.stream->read(buffer, 100, test::soon()).status == IoStatus::Closed));
    });
}

BOOST_AUTO_TEST_CASE(certificates_that_are_not_good_enough) {
    inLoop([] {
        const auto failure = [](const test::Certificates::Files& identity, const std::string& host) {
            Pair pair = shakeHands(serverOptions(identity), clientOptions(), host);
            BOOST_TEST(pair.client.stream == nullptr);
            BOOST_TEST((pair.client.status == IoStatus::Failed));
            BOOST_TEST(pair.server.stream == nullptr);
            BOOST_TEST(!pair.server.text.empty());
            return pair.client.text;
        };
        const std::string expired = failure(files().expired, "localhost");
        BOOST_TEST(contains(expired, "expired"), expired);
        const std::string host = failure(files().local, "elsewhere.example");
        BOOST_TEST(contains(host, "hostname mismatch"), host);
        BOOST_TEST(contains(host, "elsewhere.example"), host);
        const std::string address = failure(files().local, "127.0.0.2");
        BOOST_TEST(contains(address, "IP address mismatch"), address);
        const std::string itself = failure(files().itself, "localhost");
        BOOST_TEST(contains(itself, "self-signed"), itself);
        TlsClientOptions system;  // the system's authorities do not know ours
        Pair pair = shakeHands(serverOptions(files().local), system, "localhost");
        BOOST_TEST(pair.client.stream == nullptr);
        TlsClientOptions careless;
        careless.verify = false;
        BOOST_TEST(shakeHands(serverOptions(files().expired), careless, "elsewhere.example").client.stream != nullptr);
    });
}

BOOST_AUTO_TEST_CASE(client_certificates) {
    inLoop([] {
        TlsServerOptions asking = serverOptions(files().local);
        asking.clientCaFile = files().made.caFile();
        TlsClientOptions known = clientOptions();
        known.certificateFile = files().client.certificate;
        known.keyFile = files().client.key;
        TlsClientOptions stranger = clientOptions();
        stranger.certificateFile = files().itself.certificate;
        stranger.keyFile = files().itself.key;

        Pair pair = shakeHands(asking, known, "localhost");
        BOOST_TEST(pair.server.peerSubject == "CN=some client");
        BOOST_TEST(shakeHands(asking, clientOptions(), "localhost").server.stream != nullptr);
        pair = shakeHands(asking, stranger, "localhost");
        BOOST_TEST(pair.server.stream == nullptr);
        BOOST_TEST(contains(pair.server.text, "self-signed"), pair.server.text);

        asking.requireClientCertificate = true;
        BOOST_TEST(shakeHands(asking, known, "localhost").server.stream != nullptr);
        pair = shakeHands(asking, clientOptions(), "localhost");
        BOOST_TEST(pair.server.stream == nullptr);
        BOOST_TEST(contains(pair.server.text, "did not return a certificate"), pair.server.text);
        // TLS 1.3: the client has finished before the server could refuse, and learns it now.
        BOOST_REQUIRE(pair.client.stream != nullptr);
        char buffer[10];
        BOOST_TEST((pair.client.stream->read(buffer, 10, test::soon()).status == IoStatus::Failed));
        BOOST_TEST(contains(pair.client.stream->failureText(), "certificate required"));
    });
}

BOOST_AUTO_TEST_CASE(the_certificate_is_chosen_by_the_name_asked_for) {
    inLoop([] {
        TlsServerOptions options = serverOptions(files().local);
        options.certificates.push_back({files().other.certificate, files().other.key});
        const auto context = TlsContext::server(options);
        const auto client = TlsContext::client(clientOptions());
        for (const auto& [host, subject] : {std::pair{"localhost", "CN=local"},
                                            {"other.example", "CN=other"},
                                            {"a.wild.example", "CN=other"},
                                            {"127.0.0.1", "CN=local"}}) {
            const Pair pair = shakeHands(*context, *client, host);
            BOOST_TEST(pair.client.peerSubject == subject, pair.client.text);
        }
        TlsClientOptions careless = clientOptions();
        careless.verify = false;
        BOOST_TEST(shakeHands(*context, *TlsContext::client(careless), "unknown.example").client.peerSubject ==
                   "CN=local");
    });
}

BOOST_AUTO_TEST_CASE(protocols_are_agreed_on) {
    inLoop([] {
        TlsServerOptions server = serverOptions(files().local);
        server.alpn = {"h2", "http/1.1"};
        TlsClientOptions client = clientOptions();
        BOOST_TEST(shakeHands(server, client, "localhost").client.alpn == "http/1.1");
        client.alpn = {"http/1.1", "h2"};
        BOOST_TEST(shakeHands(server, client, "localhost").client.alpn == "h2");  // the server's preference
        client.alpn = {};
        Pair pair = shakeHands(server, client, "localhost");
        BOOST_TEST(pair.server.stream != nullptr);
        BOOST_TEST(pair.server.alpn == "");
        client.alpn = {"spdy/3"};
        pair = shakeHands(server, client, "localhost");
        BOOST_TEST(pair.client.stream == nullptr);
        BOOST_TEST(contains(pair.client.text, "no application protocol"), pair.client.text);
    });
}

BOOST_AUTO_TEST_CASE(an_old_version_is_refused) {
    inLoop([] {
        TlsServerOptions server = serverOptions(files().local);
        server.minimumVersion = "TLSv1.3";
        BOOST_TEST(shakeHands(server, clientOptions(), "localhost").client.stream != nullptr);
        BOOST_CHECK_THROW(
            [&] {
                server.minimumVersion = "SSLv3";
                TlsContext::server(server);
            }(),
            std::runtime_error);
    });
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_with_the_same_server_only) {
    inLoop([] {
        const auto server = TlsContext::server(serverOptions(files().local));
        const auto client = TlsContext::client(clientOptions());
        // All connections of this test go to one port, as those to a real server do.
        int resumed = 0;
        Loop& loop = *Loop::current();
        Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
        for (int i = 0; i < 4; ++i) {
            ConnectResult connection = connectTcp(listener.address(), test::soon());
            BOOST_REQUIRE(connection.stream != nullptr);
            auto accepted = makeTcpStream(listener.acceptConnection());
            TlsResult atServer;
            Event done;
            loop.spawn([&] {
                atServer = acceptTls(std::move(accepted), *server, test::soon());
                if (atServer.stream) atServer.stream->write("x", 1, test::soon());
                done.set();
            });
            TlsResult result =
                connectTls(std::move(connection.stream), *client, i == 3 ? "127.0.0.1" : "localhost", test::soon());
            BOOST_REQUIRE_MESSAGE(result.stream != nullptr, result.text);
            done.wait(test::soon());
            char byte;
            BOOST_TEST(result.stream->read(&byte, 1, test::soon()).ok());  // takes the tickets in
            BOOST_TEST(result.resumed == atServer.resumed);
            BOOST_TEST(result.resumed == (i == 1 || i == 2));
            BOOST_TEST(result.peerSubject == "CN=local");
            if (result.resumed) ++resumed;
        }
        BOOST_TEST(resumed == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_stream_outlives_its_contexts) {
    inLoop([] {
        Pair pair = shakeHands(serverOptions(files().local), clientOptions(), "localhost");
        // Both contexts are gone; the tickets arrive now and go into the cache that the stream keeps alive.
        exchange(*pair.server.stream, *pair.client.stream, "still here");
    });
}

BOOST_AUTO_TEST_CASE(configuring_wrongly_throws_with_the_files_name) {
    const auto says = [](const std::string& part) {
        return [part](const std::runtime_error& e) {
            BOOST_TEST_MESSAGE(e.what());
            return contains(e.what(), part);
        };
    };
    TlsServerOptions server = serverOptions(files().local);
    server.certificates[0].chainFile = "/nonexistent/chain.pem";
    BOOST_CHECK_EXCEPTION(TlsContext::server(server), std::runtime_error, says("/nonexistent/chain.pem"));
    server = serverOptions(files().local);
    server.certificates[0].keyFile = files().other.key;
    BOOST_CHECK_EXCEPTION(TlsContext::server(server), std::runtime_error, says("other.key"));
    server.certificates[0].keyFile = files().made.file("broken.key", "no key");
    BOOST_CHECK_EXCEPTION(TlsContext::server(server), std::runtime_error, says("broken.key"));
    server.certificates.clear();
    BOOST_CHECK_EXCEPTION(TlsContext::server(server), std::runtime_error, says("needs a certificate"));
    server = serverOptions(files().local);
    server.requireClientCertificate = true;
    BOOST_CHECK_EXCEPTION(TlsContext::server(server), std::runtime_error, says("no authority"));
    TlsClientOptions client;
    client.caFile = files().made.file("broken.pem", "nothing");
    BOOST_CHECK_EXCEPTION(TlsContext::client(client), std::runtime_error, says("broken.pem"));
}

BOOST_AUTO_TEST_SUITE_END()
