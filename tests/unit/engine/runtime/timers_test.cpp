#include "engine/runtime/timers.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <vector>

using namespace myelin::runtime;
using namespace std::chrono_literals;
using myelin::base::Duration;

namespace {

const TimePoint kStart = TimePoint(1000s);

struct Recorder : Timer {
    Recorder() : Timer([](Timer& timer) { ++static_cast<Recorder&>(timer).fired; }) {}
    int fired = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(a_timer_fires_once_and_never_early) {
    TimerWheel wheel(kStart);
    Recorder timer;
    wheel.arm(timer, kStart + 10ms + 1us);
    BOOST_TEST(timer.armed());
    wheel.advance(kStart + 10ms);
    BOOST_TEST(timer.fired == 0);
    wheel.advance(kStart + 10ms + 900us);
    BOOST_TEST(timer.fired == 0);
    wheel.advance(kStart + 11ms);
    BOOST_TEST(timer.fired == 1);
    BOOST_TEST(!timer.armed());
    wheel.advance(kStart + 1h);
    BOOST_TEST(timer.fired == 1);
}

BOOST_AUTO_TEST_CASE(every_level_of_the_wheel) {
    for (const Duration wait : {Duration(1ms),
                                Duration(255ms),
                                Duration(256ms),
                                Duration(257ms),
                                Duration(65535ms),
                                Duration(65536ms),
                                Duration(65537ms),
                                Duration(16777215ms),
                                Duration(16777216ms),
                                Duration(20h),
                                Duration(24h * 49),
                                Duration(24h * 50),
                                Duration(24h * 400)}) {
        for (const Duration before : {Duration(0), Duration(1ms), Duration(128ms), Duration(300ms), Duration(70s)}) {
            TimerWheel wheel(kStart);
            wheel.advance(kStart + before);
            Recorder timer;
            const TimePoint when = kStart + before + wait;
            wheel.arm(timer, when);
            // As a loop does: sleep until the wheel says, never longer.
            int steps = 0;
            TimePoint now = kStart + before;
            while (timer.fired == 0 && ++steps < 2000) {
                const TimePoint next = wheel.nextExpiry();
                BOOST_REQUIRE(next > now);
                BOOST_REQUIRE(next <= when + 1ms);
                now = next;
                wheel.advance(now);
            }
            BOOST_TEST(timer.fired == 1);
            BOOST_TEST((now >= when && now < when + 1ms));
            BOOST_TEST((wheel.nextExpiry() == TimePoint::max()));
        }
    }
}

BOOST_AUTO_TEST_CASE(one_long_step_runs_everything_that_is_due) {
    TimerWheel wheel(kStart);
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (int i = 1; i <= 5000; ++i) {
        recorders.push_back(std::make_unique<Recorder>());
        wheel.arm(*recorders.back(), kStart + i * 37ms);
    }
    wheel.advance(kStart + 5000 * 37ms);
    for (const auto& recorder : recorders) BOOST_REQUIRE(recorder->fired == 1);
}

BOOST_AUTO_TEST_CASE(disarming_moving_and_destroying) {
    TimerWheel wheel(kStart);
    Recorder a, b;
    wheel.arm(a, kStart + 5ms);
    wheel.arm(b, kStart + 5ms);
    {
        Recorder gone;
        wheel.arm(gone, kStart + 5ms);
    }
    a.disarm();
    a.disarm();
    wheel.advance(kStart + 10ms);
    BOOST_TEST(a.fired == 0);
    BOOST_TEST(b.fired == 1);
    wheel.arm(a, kStart + 20ms);
    wheel.arm(a, kStart + 400ms);
    wheel.advance(kStart + 300ms);
    BOOST_TEST(a.fired == 0);
    wheel.arm(a, TimePoint::max());
    BOOST_TEST(!a.armed());
    wheel.advance(kStart + 500ms);
    BOOST_TEST(a.fired == 0);
    BOOST_TEST((wheel.nextExpiry() == TimePoint::max()));
}

BOOST_AUTO_TEST_CASE(a_time_that_has_passed_fires_at_the_next_tick) {
    TimerWheel wheel(kStart);
    wheel.advance(kStart + 50ms);
    Recorder timer;
    wheel.arm(timer, kStart);
    wheel.advance(kStart + 50ms);
    BOOST_TEST(timer.fired == 0);
    wheel.advance(kStart + 51ms);
    BOOST_TEST(timer.fired == 1);
}

BOOST_AUTO_TEST_CASE(callbacks_may_arm_and_disarm) {
    TimerWheel wheel(kStart);
    struct Again : Timer {
        Again(TimerWheel& w, Recorder& v)
            : Timer([](Timer& timer) {
                  auto& self = static_cast<Again&>(timer);
                  ++self.count;
                  self.victim.disarm();
                  self.wheel.arm(self, self.when() + 10ms);
              }),
              wheel(w),
              victim(v) {}
        TimerWheel& wheel;
        Recorder& victim;
        int count = 0;
    };
    Recorder victim;
    Again again(wheel, victim);
    wheel.arm(victim, kStart + 10ms);
    wheel.arm(again, kStart + 9ms);
    wheel.advance(kStart + 100ms);
    BOOST_TEST(again.count == 10);
    BOOST_TEST(victim.fired == 0);
}

BOOST_AUTO_TEST_CASE(a_wheel_that_goes_disarms_its_timers) {
    Recorder timer;
    {
        TimerWheel wheel(kStart);
        wheel.arm(timer, kStart + 1s);
    }
    BOOST_TEST(!timer.armed());
}

BOOST_AUTO_TEST_CASE(random_use_agrees_with_a_simple_model) {
    std::mt19937_64 random(20240229);
    TimerWheel wheel(kStart);
    TimePoint now = kStart;
    constexpr int kTimers = 300;
    std::vector<Recorder> recorders(kTimers);
    std::vector<TimePoint> expected(kTimers, TimePoint::max());
    std::vector<int> fired(kTimers, 0);
    const auto someWait = [&] {
        const auto magnitude = random() % 27;
        return std::chrono::microseconds((random() % (std::uint64_t{1} << magnitude)) * 1000 / 7);
    };
    for (int round = 0; round < 20000; ++round) {
        const auto which = static_cast<std::size_t>(random() % kTimers);
        switch (random() % 4) {
            case 0:
            case 1:
                expected[which] = now + someWait();
                wheel.arm(recorders[which], expected[which]);
                break;
            case 2:
                recorders[which].disarm();
                expected[which] = TimePoint::max();
                break;
            default: {
                // Every other time as far as the wheel allows to sleep, else anywhere.
                TimePoint least = TimePoint::max();
                for (const TimePoint e : expected) least = std::min(least, e);
                const TimePoint next = wheel.nextExpiry();
                // May be earlier than the earliest timer, but not later by more than the tick's rounding.
                if (least != TimePoint::max()) BOOST_REQUIRE(next <= std::max(least, now) + 1ms + 999us);
                const TimePoint to = random() % 2 == 0 && next != TimePoint::max() ? next : now + someWait();
                now = std::max(now, to);
                wheel.advance(now);
                for (std::size_t i = 0; i < kTimers; ++i) {
                    if (recorders[i].fired != fired[i]) {
                        BOOST_REQUIRE_EQUAL(recorders[i].fired, fired[i] + 1);
                        BOOST_REQUIRE(expected[i] <= now);  // never early
                        fired[i] = recorders[i].fired;
                        expected[i] = TimePoint::max();
                    } else if (expected[i] != TimePoint::max()) {
                        BOOST_REQUIRE(expected[i] + 2ms > now);  // nor late
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
