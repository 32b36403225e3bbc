#include "engine/runtime/fiber.hpp"

#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/fiber_switch.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

namespace {

/// Suspends while the stack is being unwound.
struct SuspendsInDestructor {
    int& uncaughtAfter;
    ~SuspendsInDestructor() {
        sleepFor(2ms);
        uncaughtAfter = std::uncaught_exceptions();
    }
};

#if defined(MYELIN_TSAN)
constexpr int kMany = 500;
#else
constexpr int kMany = 5000;
#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(fibers)

BOOST_AUTO_TEST_CASE(a_fiber_knows_that_it_is_one) {
    BOOST_TEST(!inFiber());
    BOOST_TEST(Loop::current() == nullptr);
    bool inside = false;
    bool onLoop = true;
    inLoop([&] {
        inside = inFiber();
        Loop::current()->post([&] { onLoop = inFiber(); });
        sleepFor(1ms);
    });
    BOOST_TEST(inside);
    BOOST_TEST(!onLoop);
}

BOOST_AUTO_TEST_CASE(fibers_take_turns) {
    std::string order;
    inLoop([&] {
        for (const char name : {'a', 'b', 'c'}) {
            Loop::current()->spawn([&order, name] {
                for (int i = 0; i < 3; ++i) {
                    order += name;
                    sleepUntil(Deadline::at(TimePoint::min()));
                }
            });
        }
    });
    BOOST_TEST(order == "abcabcabc");
}

BOOST_AUTO_TEST_CASE(a_spawn_from_the_loop_starts_at_once_and_from_a_fiber_later) {
    std::string order;
    inLoop([&] {
        Loop& loop = *Loop::current();
        loop.post([&] {
            loop.spawn([&] { order += "1"; });
            order += "2";
        });
        sleepFor(1ms);
        loop.spawn([&] { order += "4"; });
        order += "3";
    });
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(a_rethrow_gives_the_fibers_own_exception) {
    std::string first, second;
    inLoop([&] {
        const auto handler = [](std::string& result, const char* text, Duration wait) {
            try {
                throw std::runtime_error(text);
            } catch (...) {
                // Against law 10 of the speed page, but must be right all the same.
                sleepFor(wait);
                try {
                    throw;
                } catch (const std::exception& e) {
                    result = e.what();
                }
            }
        };
        Loop::current()->spawn([&] { handler(first, "first", 6ms); });
        Loop::current()->spawn([&] { handler(second, "second", 3ms); });
    });
    BOOST_TEST(first == "first");
    BOOST_TEST(second == "second");
}

BOOST_AUTO_TEST_CASE(exceptions_in_flight_are_counted_per_fiber) {
    int during = -1, inOther = -1, after = -1;
    std::string nested;
    inLoop([&] {
        Loop::current()->spawn([&] {
            try {
                SuspendsInDestructor s{during};
                throw std::runtime_error("outer");
            } catch (const std::exception& e) {
                try {
                    throw std::logic_error("inner");
                } catch (const std::exception& inner) {
                    nested = std::string(e.what()) + " " + inner.what();
                }
            }
            after = std::uncaught_exceptions();
        });
        Loop::current()->spawn([&] { inOther = std::uncaught_exceptions(); });
    });
    BOOST_TEST(during == 1);
    BOOST_TEST(inOther == 0);
    BOOST_TEST(after == 0);
    BOOST_TEST(nested == "outer inner");
}

BOOST_AUTO_TEST_CASE(many_fibers_throwing_and_suspending) {
    int right = 0;
    inLoop([&] {
        for (int i = 0; i < 200; ++i) {
            Loop::current()->spawn([&right, i] {
                int uncaught = 0;
                try {
                    SuspendsInDestructor s{uncaught};
                    throw i;
                } catch (int caught) {
                    sleepFor(std::chrono::milliseconds(1 + i % 5));
                    try {
                        throw;
                    } catch (int again) {
                        if (caught == i && again == i && uncaught == 1) ++right;
                    }
                }
            });
        }
    });
    BOOST_TEST(right == 200);
}

BOOST_AUTO_TEST_CASE(thousands_of_fibers_at_a_time_twice) {
    inLoop([&] {
        for (int round = 0; round < 2; ++round) {
            int ended = 0;
            for (int i = 0; i < kMany; ++i) {
                Loop::current()->spawn([&ended, i] {
                    sleepFor(std::chrono::milliseconds(5 + i % 7));
                    ++ended;
                });
            }
            while (ended < kMany) sleepFor(1ms);
            BOOST_TEST(ended == kMany);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_stack_is_used_again_by_the_next_fiber) {
    std::vector<const void*> places;
    inLoop([&] {
        Loop& loop = *Loop::current();
        loop.post([&] {
            for (int i = 0; i < 3; ++i) {
                loop.spawn([&places] {
                    const volatile int here = 0;
                    places.push_back(const_cast<const int*>(&here));
                });
            }
        });
        sleepFor(1ms);
    });
    BOOST_REQUIRE_EQUAL(places.size(), 3u);
#ifndef MYELIN_ASAN
    BOOST_TEST((places[0] == places[1] && places[1] == places[2]));
#endif
}

BOOST_AUTO_TEST_CASE(what_a_task_holds_is_gone_when_it_has_ended) {
    auto held = std::make_shared<int>(1);
    inLoop([&] {
        Loop::current()->spawn([copy = held] { BOOST_TEST(copy.use_count() == 2); });
        sleepFor(1ms);
        BOOST_TEST(held.use_count() == 1);
    });
}

BOOST_AUTO_TEST_CASE(sleeping_is_never_short) {
    inLoop([] {
        for (const auto pause : {300us, 1000us, 2500us}) {
            const TimePoint begin = Clock::now();
            sleepUntil(Deadline::at(begin + pause));
            BOOST_TEST((Clock::now() - begin >= pause));
        }
    });
    const TimePoint begin = Clock::now();
    sleepFor(1ms);
    BOOST_TEST((Clock::now() - begin >= 1ms));
}

BOOST_AUTO_TEST_CASE(a_wait_point_keeps_an_early_notification_and_times_out) {
    inLoop([] {
        WaitPoint point;
        point.notify();
        BOOST_TEST((point.wait(Deadline::never()) == WaitPoint::Wake::Notified));
        BOOST_TEST((point.wait(Deadline::after(2ms, Clock::now())) == WaitPoint::Wake::TimedOut));
        BOOST_TEST((point.wait(Deadline::at(TimePoint::min())) == WaitPoint::Wake::TimedOut));
        Loop::current()->spawn([&] { point.notify(); });
        BOOST_TEST((point.wait(test::soon()) == WaitPoint::Wake::Notified));
    });
}

BOOST_AUTO_TEST_CASE(a_wait_point_outside_a_fiber) {
    for (int i = 0; i < 200; ++i) {
        WaitPoint point;
        std::thread other([&] { point.notify(); });
        BOOST_TEST((point.wait(test::soon()) == WaitPoint::Wake::Notified));
        other.join();
        BOOST_TEST((point.wait(Deadline::after(100us, Clock::now())) == WaitPoint::Wake::TimedOut));
    }
}

BOOST_AUTO_TEST_CASE(suspending_where_it_is_forbidden_aborts_with_the_reason) {
    const auto death = test::deathOf([] {
        inLoop([] {
            const NoSuspension guard("holding the lock of the pool");
            sleepFor(1ms);
        });
    });
    BOOST_TEST(death.signal == SIGABRT);
    BOOST_TEST(death.error.find("holding the lock of the pool") != std::string::npos, death.error);
}

BOOST_AUTO_TEST_CASE(a_guard_that_has_ended_forbids_nothing) {
    inLoop([] {
        {
            const NoSuspension outer("outer");
            const NoSuspension inner("inner");
        }
        const TimePoint begin = Clock::now();
        sleepFor(1ms);
        BOOST_TEST((Clock::now() > begin));
    });
}

BOOST_AUTO_TEST_CASE(an_exception_that_leaves_a_task_aborts_with_its_text) {
    const auto death =
        test::deathOf([] { inLoop([] { Loop::current()->spawn([] { throw std::runtime_error("lost its way"); }); }); });
    BOOST_TEST(death.signal == SIGABRT);
    BOOST_TEST(death.error.find("lost its way") != std::string::npos, death.error);
}

BOOST_AUTO_TEST_CASE(waiting_on_the_loop_outside_a_fiber_aborts) {
    const auto death = test::deathOf([] {
        inLoop([] {
            Loop::current()->post([] { sleepFor(1ms); });
            sleepFor(5ms);
        });
    });
    BOOST_TEST(death.signal == SIGABRT);
    BOOST_TEST(death.error.find("outside its fibers") != std::string::npos, death.error);
}

#if !defined(MYELIN_ASAN) && !defined(MYELIN_TSAN)
namespace {
// The array keeps the compiler from turning the recursion into a loop.
int recurse(int depth, int end) {
    volatile char room[1000];
    room[0] = static_cast<char>(depth);
    return depth == end ? 0 : recurse(depth + 1, end) + room[0];
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_stack_overflow_says_so) {
    const auto death = test::deathOf([] { inLoop([] { recurse(0, 1 << 30); }); });
    BOOST_TEST(death.signal == SIGSEGV);
    BOOST_TEST(death.error.find("fiber stack overflow") != std::string::npos, death.error);
    BOOST_TEST(death.error.find("0x") != std::string::npos, death.error);
}

BOOST_AUTO_TEST_CASE(another_fault_is_not_called_a_stack_overflow) {
    const auto death = test::deathOf([] {
        inLoop([] {
            volatile int* nowhere = nullptr;
            *nowhere = 1;
        });
    });
    BOOST_TEST(death.signal == SIGSEGV);
    BOOST_TEST(death.error == "");
}
#endif

BOOST_AUTO_TEST_SUITE_END()
