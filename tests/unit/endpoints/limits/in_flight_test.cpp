#include "endpoints/limits/in_flight.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "engine/runtime/fiber.hpp"
#include "engine/runtime/loop.hpp"

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::InFlight;
using endpoints::InFlightLimit;
using endpoints::InFlightPlace;
using endpoints::InFlightQueue;
using endpoints::InFlightWait;
using End = InFlightWait::End;

bool stays() {
    return false;
}

InFlightWait wait(const std::vector<InFlightQueue>& queues,
                  runtime::Deadline deadline = runtime::Deadline::never(),
                  const std::function<bool()>& givenUp = stays) {
    return InFlight::wait(queues, deadline, givenUp);
}

/// Runs `main` in a fiber of a loop of its own.
void inFiber(const std::function<void()>& main) {
    runtime::Loop loop;
    loop.spawn([&] {
        main();
        loop.stop();
    });
    loop.run();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(InFlightLimits)

BOOST_AUTO_TEST_CASE(aPlaceIsHeldUntilItsLastCopyGoes) {
    const auto at = std::make_shared<InFlight>();
    auto first = InFlight::enter(at, 2);
    auto second = InFlight::enter(at, 2);
    BOOST_REQUIRE(first && second);
    BOOST_CHECK(at->full(2));
    BOOST_CHECK(!at->full(3));
    BOOST_CHECK(!InFlight::enter(at, 2));
    auto copy = first;
    first.reset();
    BOOST_CHECK_EQUAL(at->underWay(), 2U);
    copy.reset();
    BOOST_CHECK_EQUAL(at->underWay(), 1U);
    BOOST_CHECK(InFlight::enter(at, 2));
    second.reset();
    BOOST_CHECK_EQUAL(at->underWay(), 0U);
}

BOOST_AUTO_TEST_CASE(xa14FirstComeFirstServedAndNobodyPushesIn) {
    inFiber([] {
        const auto at = std::make_shared<InFlight>();
        const InFlightLimit limit{1, 3, 5s};
        auto place = InFlight::enter(at, 1);
        std::string order;
        for (const char name : {'a', 'b', 'c'}) {
            runtime::Loop::current()->spawn([&, name] {
                const auto waited = wait({{at, limit}});
                order += waited.place ? name : '-';
                runtime::sleepFor(2ms);
            });
            runtime::sleepFor(1ms);
        }
        BOOST_CHECK_EQUAL(at->waiting(), 3U);
        BOOST_CHECK(wait({{at, limit}}).end == End::Full);
        place.reset();
        // The place is the first one's already.
        BOOST_CHECK(!InFlight::enter(at, 1));
        runtime::sleepFor(50ms);
        BOOST_CHECK_EQUAL(order, "abc");
        BOOST_CHECK_EQUAL(at->waiting(), 0U);
        BOOST_CHECK_EQUAL(at->underWay(), 0U);
    });
}

BOOST_AUTO_TEST_CASE(waitingEndsWithTheTimeTheDeadlineAndTheClient) {
    for (const bool fiber : {false, true}) {
        const auto all = [] {
            const auto at = std::make_shared<InFlight>();
            const auto place = InFlight::enter(at, 1);
            BOOST_CHECK(wait({{at, {1, 5, 20ms}}}).end == End::TooLong);
            const auto soon = runtime::Deadline::after(20ms, runtime::now());
            BOOST_CHECK(wait({{at, {1, 5, 1h}}}, soon).end == End::TooLong);
            BOOST_CHECK(wait({{at, {1, 5, 1h}}}, runtime::Deadline::never(), [] { return true; }).end == End::GivenUp);
            BOOST_CHECK(wait({{at, {1, 0, 0ms}}}).end == End::Full);
            BOOST_CHECK_EQUAL(at->waiting(), 0U);
            BOOST_CHECK_EQUAL(at->underWay(), 1U);
        };
        if (fiber)
            inFiber(all);
        else
            all();
    }
}

BOOST_AUTO_TEST_CASE(whoWaitsAtSeveralTakesTheFirstPlaceThatIsFree) {
    inFiber([] {
        const auto one = std::make_shared<InFlight>();
        const auto other = std::make_shared<InFlight>();
        auto heldOne = InFlight::enter(one, 1);
        auto heldOther = InFlight::enter(other, 1);
        const InFlightLimit limit{1, 3, 5s};
        InFlightWait waited;
        runtime::Loop::current()->spawn([&] { waited = wait({{one, limit}, {other, limit}}); });
        runtime::sleepFor(2ms);
        BOOST_CHECK(one->waiting() == 1 && other->waiting() == 1);
        heldOther.reset();
        runtime::sleepFor(2ms);
        BOOST_CHECK(waited.end == End::Granted);
        BOOST_CHECK_EQUAL(waited.index, 1U);
        BOOST_CHECK(one->waiting() == 0 && other->waiting() == 0);
        BOOST_CHECK_EQUAL(other->underWay(), 1U);
        heldOne.reset();
        BOOST_CHECK_EQUAL(one->underWay(), 0U);
        waited.place.reset();
        BOOST_CHECK_EQUAL(other->underWay(), 0U);
        // One that is free at once is not waited for.
        heldOne = InFlight::enter(one, 1);
        waited = wait({{one, limit}, {other, limit}});
        BOOST_CHECK(waited.end == End::Granted && waited.index == 1 && one->waiting() == 0);
    });
}

BOOST_AUTO_TEST_CASE(theNewestLimitCountsForThoseThatWaitAlready) {
    inFiber([] {
        const auto at = std::make_shared<InFlight>();
        const auto older = at->nextAge();
        const auto newer = at->nextAge();
        const auto held = InFlight::enter(at, 1, older);
        InFlightWait first;
        InFlightWait second;
        runtime::Loop::current()->spawn([&] { first = wait({{at, {1, 5, 5s}, older}}); });
        runtime::sleepFor(2ms);
        BOOST_CHECK(!first.place);
        runtime::Loop::current()->spawn([&] { second = wait({{at, {3, 5, 5s}, newer}}); });
        runtime::sleepFor(2ms);
        BOOST_CHECK(first.place && second.place);
        BOOST_CHECK_EQUAL(at->underWay(), 3U);
        // Who is late with the old one does not bring it back.
        first.place.reset();
        BOOST_CHECK(wait({{at, {1, 5, 5ms}, older}}).place);
    });
}

BOOST_AUTO_TEST_CASE(asManyCanWaitAsAllQueuesAreLong) {
    inFiber([] {
        const auto one = std::make_shared<InFlight>();
        const auto other = std::make_shared<InFlight>();
        auto heldOne = InFlight::enter(one, 1);
        auto heldOther = InFlight::enter(other, 1);
        const std::vector<InFlightQueue> queues{{one, {1, 2, 5s}}, {other, {1, 1, 5s}}};
        std::string served;
        for (const char name : {'a', 'b', 'c'}) {
            runtime::Loop::current()->spawn([&, name] {
                if (wait(queues).place) served += name;
                runtime::sleepFor(3ms);
            });
        }
        runtime::sleepFor(2ms);
        BOOST_CHECK(wait(queues).end == End::Full);
        BOOST_CHECK(one->waiting() == 3 && other->waiting() == 3);
        heldOther.reset();
        runtime::sleepFor(50ms);
        BOOST_CHECK_EQUAL(served, "abc");
        BOOST_CHECK(one->waiting() == 0 && other->waiting() == 0);
        // The room is free again.
        heldOther = InFlight::enter(other, 1);
        BOOST_REQUIRE(heldOther);
        BOOST_CHECK(wait({{one, {1, 2, 1ms}}}).end == End::TooLong);
        BOOST_CHECK(wait({{other, {1, 1, 1ms}}}).end == End::TooLong);
    });
}

BOOST_AUTO_TEST_CASE(threadsAndFibersOfSeveralLoopsShareALimit) {
    const auto at = std::make_shared<InFlight>();
    std::atomic<unsigned> now{0};
    std::atomic<unsigned> most{0};
    std::atomic<unsigned> served{0};
    const auto work = [&] {
        auto place = InFlight::enter(at, 3);
        if (!place) place = wait({{at, {3, 1000, 20s}}}).place;
        if (!place) return;
        const auto here = now.fetch_add(1) + 1;
        for (auto known = most.load(); known < here && !most.compare_exchange_weak(known, here);) continue;
        if (runtime::inFiber()) runtime::sleepFor(1ms);
        now.fetch_sub(1);
        served.fetch_add(1);
    };
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 2; ++thread) {
        threads.emplace_back([&] {
            runtime::Loop loop;
            std::size_t left = 50;
            for (int fiber = 0; fiber < 50; ++fiber) {
                loop.spawn([&] {
                    for (int i = 0; i < 4; ++i) work();
                    if (--left == 0) loop.stop();
                });
            }
            loop.run();
        });
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) work();
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_CHECK_EQUAL(served.load(), 600U);
    BOOST_CHECK_LE(most.load(), 3U);
    BOOST_CHECK_EQUAL(at->underWay(), 0U);
    BOOST_CHECK_EQUAL(at->waiting(), 0U);
}

BOOST_AUTO_TEST_SUITE_END()
