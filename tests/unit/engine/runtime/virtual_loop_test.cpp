#include "engine/runtime/virtual_loop.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/background.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/runtime/offload.hpp"
#include "engine/runtime/sync.hpp"
#include "engine/runtime/wall_clock.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(virtualLoop)

namespace {

/// Resolves every name to 192.0.2.1, in a second; takes connections on port 80 only, in 20 ms.
class Network final : public SimulatedNetwork {
public:
    ResolveResult resolve(const std::string&, std::uint16_t port, Deadline deadline) override {
        const auto end = Deadline::after(1s, now());
        sleepUntil(deadline.earlier(end));
        if (deadline.when() < end.when()) return {{}, "slow", true};
        return {{Poco::Net::SocketAddress("192.0.2.1", port)}, {}, false};
    }
    ConnectResult connect(const Poco::Net::SocketAddress& address, Deadline) override {
        sleepFor(20ms);
        return {nullptr, IoStatus::Failed, address.port() == 80 ? 1 : 2, "simulated"};
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(timeJumpsToTheNextTimer) {
    Network network;
    VirtualLoop world(network);
    const auto real = Clock::now();
    std::vector<std::string> order;
    world.run([&] {
        Event both;
        int left = 2;
        for (const auto hours : {2, 1}) {
            Loop::current()->spawn([&, hours] {
                sleepFor(std::chrono::hours(hours));
                order.push_back(std::to_string(hours) + " after " + std::to_string(world.elapsed() / 1h));
                if (--left == 0) both.set();
            });
        }
        both.wait(Deadline::never());
    });
    BOOST_TEST(order == (std::vector<std::string>{"1 after 1", "2 after 2"}), boost::test_tools::per_element());
    BOOST_CHECK(world.elapsed() == 2h);
    BOOST_CHECK(Clock::now() - real < 1min);
}

BOOST_AUTO_TEST_CASE(timeStandsStillWhileAFiberRuns) {
    Network network;
    VirtualLoop world(network);
    world.run([&] {
        const auto before = now();
        std::this_thread::sleep_for(3ms);
        sleepUntil(Deadline::at(before));
        BOOST_CHECK(now() == before);
        BOOST_CHECK(before == VirtualLoop::kStart);
    });
}

BOOST_AUTO_TEST_CASE(aSecondRunGoesOnWhereTheFirstEnded) {
    Network network;
    VirtualLoop world(network);
    world.run([] { sleepFor(5s); });
    world.run([] { sleepFor(7s); });
    BOOST_CHECK(world.elapsed() == 12s);
}

BOOST_AUTO_TEST_CASE(aDeadlineEndsAWaitInVirtualTime) {
    Network network;
    VirtualLoop world(network);
    world.run([&] {
        Event never;
        BOOST_CHECK(!never.wait(Deadline::after(24h, now())));
        BOOST_CHECK(world.elapsed() == 24h);
    });
}

BOOST_AUTO_TEST_CASE(periodicTasksOfTheThreadRunInVirtualTime) {
    Network network;
    VirtualLoop world(network);
    std::vector<Duration> runs;
    auto task = std::make_unique<PeriodicTask>(30s, [&] {
        BOOST_CHECK(inFiber());
        runs.push_back(world.elapsed());
    });
    world.run([] { sleepFor(100s); });
    BOOST_REQUIRE_EQUAL(runs.size(), 3U);
    BOOST_CHECK(runs[0] == 30s && runs[1] == 60s && runs[2] == 90s);
    task.reset();
    world.finish();
    BOOST_CHECK_EQUAL(runs.size(), 3U);
    BOOST_CHECK_EQUAL(world.loop().fibersRunning(), 0U);
}

BOOST_AUTO_TEST_CASE(whatOtherThreadsDoTakesNoTime) {
    Network network;
    VirtualLoop world(network);
    world.run([&] {
        // A timer that is pending all the while must not be jumped to.
        Loop::current()->spawn([] { sleepFor(1ms); });
        BOOST_CHECK_EQUAL(offload([] {
                              std::this_thread::sleep_for(20ms);
                              return 7;
                          }),
                          7);
        BOOST_CHECK(world.elapsed() == 0s);
    });
}

BOOST_AUTO_TEST_CASE(namesAndConnectionsAreSimulated) {
    Network network;
    VirtualLoop world(network);
    world.run([&] {
        const auto found = resolve("no.such.host.invalid", 80, Deadline::never());
        BOOST_REQUIRE_EQUAL(found.addresses.size(), 1U);
        BOOST_CHECK(world.elapsed() == 1s);
        BOOST_CHECK_EQUAL(connectTcp(found.addresses.front(), Deadline::never()).error, 1);
        BOOST_CHECK(world.elapsed() == 1020ms);
        BOOST_CHECK(resolve("other.invalid", 80, Deadline::after(10ms, now())).timedOut);
    });
}

BOOST_AUTO_TEST_CASE(theTimeOfDayPassesInVirtualTimeToo) {
    Network network;
    VirtualLoop world(network);
    world.run([] {
        BOOST_CHECK_EQUAL(std::chrono::system_clock::to_time_t(wallTime()), 1'767'225'600);
        sleepFor(26h);
        BOOST_CHECK_EQUAL(std::chrono::system_clock::to_time_t(wallTime()), 1'767'225'600 + 26 * 3600);
    });
    BOOST_CHECK(std::chrono::system_clock::now() - wallTime() < 1h);
}

BOOST_AUTO_TEST_CASE(afterItTheThreadIsInRealTimeAgain) {
    {
        Network network;
        const VirtualLoop world(network);
        BOOST_CHECK(VirtualLoop::ofThread() != nullptr);
    }
    BOOST_CHECK(VirtualLoop::ofThread() == nullptr);
    BOOST_CHECK(now() < VirtualLoop::kStart);
}

BOOST_AUTO_TEST_SUITE_END()
