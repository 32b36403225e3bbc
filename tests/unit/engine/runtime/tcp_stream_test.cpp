#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
#include <thread>

#include "engine/runtime/stream.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;

// Not anonymous: a data test case is a template, and what its lambdas capture must have linkage.
namespace tcp_stream_test {

struct Streams {
    Streams() {
        const auto [a, b] = test::connectedSockets();
        client = test::streamOf(a);
        server = test::streamOf(b);
    }
    std::unique_ptr<Stream> client, server;
};

/// Every test of this file runs twice: in a fiber, and on a plain thread, where waits block.
void inFiberOrNot(bool fiber, const std::function<void()>& body) {
    if (fiber) {
        test::inLoop(body);
    } else {
        body();
    }
}

/// Something that goes on beside the test, in another fiber or another thread, and says whether it went well: the
/// macros of Boost.Test are for the test's own thread.
class Beside {
public:
    explicit Beside(std::function<bool()> body) {
        if (inFiber()) {
            Loop::current()->spawn([this, body] {
                good_ = body();
                ended_ = true;
            });
        } else {
            thread_ = std::thread([this, body] {
                good_ = body();
                ended_ = true;
            });
        }
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    ~Beside() {
        if (thread_.joinable()) thread_.join();
        while (!ended_) sleepFor(1ms);
        BOOST_TEST(good_);
    }

private:
    bool good_ = false;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

const auto kBothWays = boost::unit_test::data::make({true, false});

}  // namespace tcp_stream_test

using namespace tcp_stream_test;

BOOST_AUTO_TEST_SUITE(tcp_stream)

BOOST_DATA_TEST_CASE(bytes_arrive, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        char buffer[100];
        Beside writer([&] {
            sleepFor(2ms);
            return s.client->write("hello", 5, test::soon()).ok();
        });
        bool drained = false;
        const IoResult got = s.server->read(buffer, sizeof buffer, test::soon(), &drained);
        BOOST_TEST(got.ok());
        BOOST_TEST(std::string(buffer, got.bytes) == "hello");
        if (inFiber()) {
            BOOST_TEST(drained);
            BOOST_TEST(!s.server->readable());
            BOOST_TEST(s.server->watch() != nullptr);
        } else {
            BOOST_TEST(s.server->watch() == nullptr);
        }
    });
}

BOOST_DATA_TEST_CASE(large_amounts_pass_through_small_socket_buffers, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        const int small = 8192;
        ::setsockopt(s.client->descriptor(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        std::string sent(1 << 20, '?');
        for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i * 7 % 26);
        Beside writer([&] {
            iovec parts[4] = {{sent.data(), 10}, {nullptr, 0}, {sent.data() + 10, 100000}, {}};
            parts[3] = {sent.data() + 100010, sent.size() - 100010};
            const IoResult result = s.client->write(parts, 4, test::soon());
            s.client->shutdownWrite();
            return result.ok() && result.bytes == sent.size();
        });
        std::string received;
        char buffer[5000];
        IoResult got;
        while ((got = s.server->read(buffer, sizeof buffer, test::soon())).ok()) received.append(buffer, got.bytes);
        BOOST_TEST((got.status == IoStatus::Closed));
        BOOST_TEST((received == sent));
    });
}

BOOST_DATA_TEST_CASE(half_closed_streams_still_carry_the_other_way, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        char buffer[100];
        BOOST_TEST(s.client->write("ask", 3, test::soon()).ok());
        s.client->shutdownWrite();
        sleepFor(3ms);
        // The bytes and the end are there together: neither may be lost.
        BOOST_TEST(s.server->read(buffer, sizeof buffer, test::soon()).bytes == 3u);
        BOOST_TEST((s.server->read(buffer, sizeof buffer, test::soon()).status == IoStatus::Closed));
        BOOST_TEST((s.server->read(buffer, sizeof buffer, test::soon()).status == IoStatus::Closed));
        BOOST_TEST(s.server->write("answer", 6, test::soon()).ok());
        BOOST_TEST(s.client->read(buffer, sizeof buffer, test::soon()).bytes == 6u);
    });
}

BOOST_DATA_TEST_CASE(deadlines_end_reading_and_writing, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        char buffer[100];
        const TimePoint begin = Clock::now();
        const IoResult read = s.client->read(buffer, sizeof buffer, Deadline::after(5ms, begin));
        BOOST_TEST((read.status == IoStatus::TimedOut));
        BOOST_TEST((Clock::now() - begin >= 5ms));
        const std::string much(64 << 20, 'x');
        const IoResult write = s.client->write(much.data(), much.size(), Deadline::after(20ms, Clock::now()));
        BOOST_TEST((write.status == IoStatus::TimedOut));
        BOOST_TEST(write.bytes > 0u);
        BOOST_TEST(write.bytes < much.size());
    });
}

BOOST_DATA_TEST_CASE(a_reset_is_seen_by_reader_and_writer, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        char buffer[100];
        s.client->close(true);
        BOOST_TEST((s.server->read(buffer, sizeof buffer, test::soon()).status == IoStatus::Reset));
        BOOST_TEST((s.server->write("x", 1, test::soon()).status == IoStatus::Reset));
    });
}

BOOST_DATA_TEST_CASE(an_orderly_close_is_an_end, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Streams s;
        char buffer[100];
        s.client->close();
        BOOST_TEST((s.server->read(buffer, sizeof buffer, test::soon()).status == IoStatus::Closed));
        BOOST_TEST(s.server->readable());
        // Ours, closed, fails with a reason and harms no other descriptor.
        BOOST_TEST((s.client->read(buffer, sizeof buffer, test::soon()).status == IoStatus::Failed));
        BOOST_TEST(s.client->write("x", 1, test::soon()).error == EBADF);
        s.client->close();
    });
}

BOOST_AUTO_TEST_CASE(a_write_that_timed_out_goes_on_where_it_stopped) {
    const auto body = [] {
        Streams streams;
        std::string head(1000, 'h');
        std::string data(8 << 20, 'd');
        iovec parts[2] = {{head.data(), head.size()}, {data.data(), data.size()}};
        // Nobody reads: the buffers fill up, several times over.
        std::size_t written = 0;
        for (int i = 0; i < 3; ++i) {
            const IoResult result =
                streams.client->write(parts, 2, Deadline::after(std::chrono::milliseconds(20), Clock::now()));
            BOOST_TEST((result.status == IoStatus::TimedOut));
            written += result.bytes;
        }
        BOOST_TEST(written > head.size());
        BOOST_TEST(parts[0].iov_len == 0U);
        BOOST_TEST(parts[1].iov_len == head.size() + data.size() - written);
    };
    inFiberOrNot(true, body);
    inFiberOrNot(false, body);
}

BOOST_AUTO_TEST_CASE(closing_ends_another_fibers_read) {
    test::inLoop([] {
        Streams s;
        char buffer[10];
        Loop::current()->spawn([&] { s.server->close(); });
        BOOST_TEST((s.server->read(buffer, sizeof buffer, Deadline::never()).status == IoStatus::Failed));
    });
}

BOOST_AUTO_TEST_CASE(a_stream_made_outside_the_loop_can_be_used_inside) {
    Streams s;
    test::inLoop([&] {
        char buffer[10];
        Loop::current()->spawn([&] {
            sleepFor(2ms);
            BOOST_TEST(s.client->write("in", 2, test::soon()).ok());
        });
        BOOST_TEST(s.server->read(buffer, sizeof buffer, test::soon()).bytes == 2u);
        s.server->close();
        s.client->close();
    });
}

BOOST_DATA_TEST_CASE(connecting, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
        ConnectResult made = connectTcp(listener.address(), test::soon());
        BOOST_REQUIRE(made.stream != nullptr);
        BOOST_TEST((made.status == IoStatus::Ok));
        auto accepted = makeTcpStream(listener.acceptConnection());
        char buffer[10];
        BOOST_TEST(made.stream->write("x", 1, test::soon()).ok());
        BOOST_TEST(accepted->read(buffer, sizeof buffer, test::soon()).ok());
        BOOST_TEST(accepted->write("y", 1, test::soon()).ok());
        BOOST_TEST(made.stream->read(buffer, sizeof buffer, test::soon()).ok());
    });
}

BOOST_DATA_TEST_CASE(a_refused_connection_is_a_value, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        Poco::Net::SocketAddress address;
        {
            Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
            address = listener.address();
        }
        const ConnectResult made = connectTcp(address, test::soon());
        BOOST_TEST(made.stream == nullptr);
        BOOST_TEST((made.status == IoStatus::Failed));
        BOOST_TEST(made.error == ECONNREFUSED);
        BOOST_TEST(made.text.find(address.toString()) != std::string::npos);
    });
}

BOOST_DATA_TEST_CASE(a_connection_nobody_answers_times_out, kBothWays, fiber) {
    inFiberOrNot(fiber, [] {
        // A full backlog: the kernel drops what comes then.
        Poco::Net::ServerSocket listener;
        listener.bind(Poco::Net::SocketAddress("127.0.0.1", 0));
        listener.listen(0);
        std::vector<ConnectResult> queued;
        ConnectResult last;
        for (int i = 0; i < 10; ++i) {
            last = connectTcp(listener.address(), Deadline::after(30ms, Clock::now()));
            if (last.status != IoStatus::Ok) break;
            queued.push_back(std::move(last));
        }
        BOOST_TEST((last.status == IoStatus::TimedOut));
        BOOST_TEST(last.stream == nullptr);
        BOOST_TEST(!last.text.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
