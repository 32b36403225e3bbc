#include "engine/runtime/offload.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine/runtime/sync.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

BOOST_AUTO_TEST_SUITE(offloading)

BOOST_AUTO_TEST_CASE(work_runs_elsewhere_while_the_loop_goes_on) {
    bool done = false;
    inLoop([&] {
        const auto here = std::this_thread::get_id();
        Event turns;
        Loop::current()->spawn([&] {
            for (int i = 0; i < 3; ++i) sleepFor(1ms);
            turns.set();
            while (!done) sleepFor(1ms);
        });
        bool turned = false;
        const auto there = offload([&] {
            turned = turns.wait(test::soon());
            return std::this_thread::get_id();
        });
        done = true;
        BOOST_TEST(turned);
        BOOST_TEST((there != here));
    });
}

BOOST_AUTO_TEST_CASE(results_may_be_anything_that_moves_or_nothing) {
    inLoop([] {
        BOOST_TEST(*offload([] { return std::make_unique<int>(7); }) == 7);
        int touched = 0;
        offload([&] { touched = 1; });
        BOOST_TEST(touched == 1);
    });
}

BOOST_AUTO_TEST_CASE(exceptions_come_back) {
    inLoop([] {
        BOOST_CHECK_EXCEPTION(offload([]() -> int { throw std::runtime_error("from the pool"); }),
                              std::runtime_error,
                              [](const std::exception& e) { return std::string(e.what()) == "from the pool"; });
        BOOST_CHECK_THROW(offload([] { throw 1; }), int);
    });
}

BOOST_AUTO_TEST_CASE(outside_a_fiber_it_simply_runs) {
    const auto here = std::this_thread::get_id();
    BOOST_TEST((offload([] { return std::this_thread::get_id(); }) == here));
}

BOOST_AUTO_TEST_CASE(many_fibers_share_the_pool) {
    std::atomic<int> sum{0};
    inLoop([&] {
        for (int i = 0; i < 100; ++i) Loop::current()->spawn([&] { sum += offload([] { return 1; }); });
    });
    BOOST_TEST(sum == 100);
}

BOOST_AUTO_TEST_CASE(a_full_pool_refuses) {
    Event release;
    std::atomic<int> ran{0};
    {
        BlockingPool pool(1, 2);
        Event started;
        BOOST_TEST(pool.submit([&] {
            started.set();
            release.wait(test::soon());
            ++ran;
        }));
        BOOST_REQUIRE(started.wait(test::soon()));
        BOOST_TEST(pool.submit([&] { ++ran; }));
        BOOST_TEST(pool.submit([&] { ++ran; }));
        BOOST_TEST(!pool.submit([&] { ++ran; }));
        inLoop([&] { BOOST_CHECK_THROW(detail::runOnPool(pool, [&] { ++ran; }), BlockingPoolFull); });
        release.set();
        while (ran < 3) std::this_thread::sleep_for(1ms);
        detail::runOnPool(pool, [&] { ++ran; });
    }
    BOOST_TEST(ran == 4);
}

BOOST_AUTO_TEST_CASE(a_pool_that_goes_finishes_what_runs_and_drops_what_queues) {
    std::atomic<int> ran{0};
    auto held = std::make_shared<int>(0);
    {
        BlockingPool pool(1, 10);
        Event started;
        pool.submit([&] {
            started.set();
            std::this_thread::sleep_for(5ms);
            ++ran;
        });
        BOOST_REQUIRE(started.wait(test::soon()));
        pool.submit([&ran, held] { ++ran; });
    }
    BOOST_TEST(ran == 1);
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
