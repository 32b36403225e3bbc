#include "engine/runtime/sync.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

namespace {

/// Loops on threads of their own.
class Loops {
public:
    explicit Loops(int count) : loops_(static_cast<std::size_t>(count)) {
        for (Loop& loop : loops_) threads_.emplace_back([&loop] { loop.run(); });
    }
    ~Loops() {
        for (Loop& loop : loops_) loop.stop();
        for (auto& thread : threads_) thread.join();
    }
    std::vector<Loop>& all() { return loops_; }

private:
    std::vector<Loop> loops_;
    std::vector<std::thread> threads_;
};

void waitFor(const std::atomic<int>& counter, int value) {
    const Deadline end = test::soon();
    while (counter != value && !end.expired(Clock::now())) std::this_thread::sleep_for(1ms);
    BOOST_TEST(counter == value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(synchronising)

BOOST_AUTO_TEST_CASE(an_event_releases_fibers_of_all_loops_and_threads) {
    Event event;
    std::atomic<int> released{0};
    Loops loops(2);
    for (Loop& loop : loops.all()) {
        for (int i = 0; i < 10; ++i) {
            loop.postFiber([&] {
                if (event.wait(test::soon())) ++released;
            });
        }
    }
    std::thread plain([&] {
        if (event.wait(test::soon())) ++released;
    });
    std::this_thread::sleep_for(5ms);
    BOOST_TEST(released == 0);
    BOOST_TEST(!event.isSet());
    event.set();
    waitFor(released, 21);
    plain.join();
    BOOST_TEST(event.wait(Deadline::at(TimePoint::min())));
    event.reset();
    BOOST_TEST(!event.wait(Deadline::after(1ms, Clock::now())));
}

BOOST_AUTO_TEST_CASE(an_event_wait_ends_at_its_deadline) {
    inLoop([] {
        Event event;
        const TimePoint begin = Clock::now();
        BOOST_TEST(!event.wait(Deadline::after(3ms, begin)));
        BOOST_TEST((Clock::now() - begin >= 3ms));
        Loop::current()->spawn([&] { event.set(); });
        BOOST_TEST(event.wait(Deadline::never()));
    });
}

BOOST_AUTO_TEST_CASE(whoever_waited_may_destroy_the_event) {
    Loops loops(1);
    std::atomic<int> done{0};
    for (int i = 0; i < 500; ++i) {
        auto* event = new Event;
        loops.all().front().postFiber([event, &done] {
            event->wait(test::soon());
            delete event;
            ++done;
        });
        event->set();
    }
    waitFor(done, 500);
}

BOOST_AUTO_TEST_CASE(deadlines_racing_with_set_lose_nobody) {
    Loops loops(2);
    std::atomic<int> done{0};
    constexpr int kRounds = 300;
    for (int i = 0; i < kRounds; ++i) {
        auto event = std::make_shared<Event>();
        loops.all()[0].postFiber([event, &done] {
            event->wait(Deadline::after(1ms, Clock::now()));
            ++done;
        });
        loops.all()[1].postFiber([event] {
            sleepFor(1ms);
            event->set();
        });
        if (i % 20 == 0) std::this_thread::sleep_for(1ms);
    }
    waitFor(done, kRounds);
}

BOOST_AUTO_TEST_CASE(a_waiter_chosen_as_its_deadline_passes_waits_for_its_notification) {
    bool letterRead = false;
    bool released = false;
    inLoop([&] {
        Loop& loop = *Loop::current();
        Event event;
        const TimePoint begin = Clock::now();
        loop.spawn([&] {
            sleepUntil(Deadline::at(begin + 2ms));
            // The waiter below has timed out in this turn, but has not run yet. The letter comes before the
            // notification: a waiter that had not waited for the latter would not see it.
            std::thread([&] {
                loop.post([&] { letterRead = true; });
                event.set();
            }).join();
        });
        loop.spawn([&] { std::this_thread::sleep_for(20ms); });
        released = event.wait(Deadline::at(begin + 10ms));
        BOOST_TEST(letterRead);
    });
    BOOST_TEST(released);
}

BOOST_AUTO_TEST_CASE(a_mutex_excludes_across_loops_and_threads_while_the_holder_suspends) {
    Mutex mutex;
    int inside = 0;
    long total = 0;
    bool excluded = true;
    std::atomic<int> done{0};
    const auto use = [&] {
        for (int i = 0; i < 20; ++i) {
            const std::lock_guard lock(mutex);
            excluded = excluded && ++inside == 1;
            if (i % 5 == 0) sleepFor(100us);
            ++total;
            --inside;
        }
        ++done;
    };
    {
        Loops loops(2);
        std::thread plain(use);
        for (Loop& loop : loops.all()) {
            for (int i = 0; i < 5; ++i) loop.postFiber(use);
        }
        plain.join();
        waitFor(done, 11);
    }
    BOOST_TEST(excluded);
    BOOST_TEST(total == 220);
}

BOOST_AUTO_TEST_CASE(a_mutex_is_given_in_the_order_of_asking) {
    std::string order;
    inLoop([&] {
        Mutex mutex;
        mutex.lock();
        for (const char name : {'a', 'b', 'c'}) {
            Loop::current()->spawn([&mutex, &order, name] {
                const std::lock_guard lock(mutex);
                order += name;
                sleepFor(1ms);
            });
        }
        sleepFor(1ms);
        BOOST_TEST(!mutex.tryLock());
        mutex.unlock();
        BOOST_TEST(!mutex.tryLock());  // handed over already
        while (order.size() < 3) sleepFor(1ms);
        BOOST_TEST(mutex.lockUntil(test::soon()));
        mutex.unlock();
        BOOST_TEST(mutex.tryLock());
        BOOST_TEST(!mutex.lockUntil(Deadline::after(2ms, Clock::now())));
        mutex.unlock();
        BOOST_TEST(mutex.tryLock());
    });
    BOOST_TEST(order == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
