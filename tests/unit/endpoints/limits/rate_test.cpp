#include "endpoints/limits/rate.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::KeyedRateMeter;
using endpoints::RateLimit;
using endpoints::RateMeter;

constexpr base::TimePoint kStart{std::chrono::hours(1000)};

RateLimit limitOf(std::uint32_t calls, base::Milliseconds per, std::uint32_t burst) {
    RateLimit limit;
    limit.calls = calls;
    limit.per = per;
    limit.burst = burst;
    return limit;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RateLimits)

BOOST_AUTO_TEST_CASE(aBurstThenTheRate) {
    RateMeter meter;
    const auto limit = limitOf(10, 1s, 3);
    for (int i = 0; i < 3; ++i) BOOST_CHECK(meter.take(limit, kStart).count() == 0);
    BOOST_CHECK(meter.take(limit, kStart) == 100ms);
    BOOST_CHECK(meter.missing(limit, kStart + 40ms) == 60ms);
    BOOST_CHECK(meter.take(limit, kStart + 99ms) == 1ms);
    BOOST_CHECK(meter.take(limit, kStart + 100ms).count() == 0);
    BOOST_CHECK(meter.take(limit, kStart + 100ms) == 100ms);
    // After a pause the whole burst, and no more.
    for (int i = 0; i < 3; ++i) BOOST_CHECK(meter.take(limit, kStart + 1h).count() == 0);
    BOOST_CHECK(meter.take(limit, kStart + 1h) == 100ms);
}

BOOST_AUTO_TEST_CASE(neverMoreThanCallsAndBurstInAPeriodNorLessUnderAFlood) {
    RateMeter meter;
    const auto limit = limitOf(7, 1s, 2);  // 1/7 s is no whole number of nanoseconds
    int taken = 0;
    for (auto time = 0ms; time < 100s; time += 1ms) taken += meter.take(limit, kStart + time).count() == 0 ? 1 : 0;
    BOOST_CHECK_LE(taken, 702);
    // Ticks of a millisecond cost less than one message in a hundred.
    BOOST_CHECK_GE(taken, 690);
}

BOOST_AUTO_TEST_CASE(threadsTakeNoMoreThanThereIs) {
    RateMeter meter;
    const auto limit = limitOf(1, 1h, 1000);
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                if (meter.take(limit, kStart).count() == 0) ++taken;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_CHECK_EQUAL(taken.load(), 1000);
}

BOOST_AUTO_TEST_CASE(xa15KeysAreCountedEachForItself) {
    KeyedRateMeter meter;
    const auto limit = limitOf(1, 1s, 2);
    for (int i = 0; i < 2; ++i) BOOST_CHECK(meter.take(limit, "mallory", kStart).count() == 0);
    BOOST_CHECK(meter.take(limit, "mallory", kStart) == 1s);
    BOOST_CHECK(meter.missing(limit, "mallory", kStart) == 1s);
    BOOST_CHECK(meter.missing(limit, "alice", kStart).count() == 0);
    BOOST_CHECK(meter.take(limit, "alice", kStart).count() == 0);
    BOOST_CHECK(meter.take(limit, "", kStart).count() == 0);
}

BOOST_AUTO_TEST_CASE(aFloodOfKeysDoesNotClearThoseThatAreInDebt) {
    KeyedRateMeter meter;
    const auto limit = limitOf(10, 1s, 10);
    while (meter.take(limit, "mallory", kStart).count() == 0) continue;
    for (std::size_t i = 0; i < 20 * KeyedRateMeter::kKeys; ++i) meter.take(limit, std::to_string(i), kStart);
    BOOST_CHECK(meter.take(limit, "mallory", kStart).count() != 0);
}

BOOST_AUTO_TEST_CASE(whoGoesOnSendingIsNotForgottenWhenAllOweTheSame) {
    KeyedRateMeter meter;
    const auto limit = limitOf(1, 1h, 1);
    auto now = kStart;
    BOOST_CHECK(meter.take(limit, "mallory", now).count() == 0);
    for (std::size_t i = 0; i < 20 * KeyedRateMeter::kKeys; ++i) {
        now += 1us;
        meter.take(limit, std::to_string(i), now);
        if (i % 100 == 0) BOOST_REQUIRE(meter.missing(limit, "mallory", now).count() != 0);
    }
    BOOST_CHECK(meter.take(limit, "mallory", now).count() != 0);
}

BOOST_AUTO_TEST_CASE(whatIsGivenBackCanBeTakenAgain) {
    RateMeter all;
    KeyedRateMeter keyed;
    const auto limit = limitOf(2, 1h, 2);
    for (int i = 0; i < 10; ++i) {
        BOOST_CHECK(all.take(limit, kStart).count() == 0);
        all.giveBack(limit);
        BOOST_CHECK(keyed.take(limit, "a", kStart).count() == 0);
        keyed.giveBack(limit, "a");
        keyed.giveBack(limit, "b");
    }
    for (int i = 0; i < 2; ++i) BOOST_CHECK(all.take(limit, kStart).count() == 0);
    for (int i = 0; i < 2; ++i) BOOST_CHECK(keyed.take(limit, "a", kStart).count() == 0);
    BOOST_CHECK(all.take(limit, kStart).count() != 0);
    BOOST_CHECK(keyed.take(limit, "a", kStart).count() != 0);
}

BOOST_AUTO_TEST_SUITE_END()
