#include "engine/runtime/loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

namespace {

struct Pair {
    Pair() { std::tie(a, b) = test::connectedSockets(); }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        ::close(a);
        ::close(b);
    }
    void send() const { BOOST_REQUIRE(::send(b, "x", 1, 0) == 1); }
    int a = -1, b = -1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(loops)

BOOST_AUTO_TEST_CASE(posts_from_many_threads_all_arrive_in_each_threads_order) {
    constexpr int kThreads = 4;
    constexpr int kPosts = 5000;
    Loop loop;
    std::vector<int> last(kThreads, -1);
    int arrived = 0;
    bool inOrder = true;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kPosts; ++i) {
                const auto body = [&, t, i] {
                    auto& mine = last[static_cast<std::size_t>(t)];
                    inOrder = inOrder && mine == i - 1;
                    mine = i;
                    if (++arrived == kThreads * kPosts) loop.stop();
                };
                if (i % 2 == 0) {
                    loop.post(body);
                } else {
                    loop.postFiber(body);
                }
                // Now and then let the loop go to sleep, so that wake-ups are tested too.
                if (i % 1000 == 999) std::this_thread::sleep_for(2ms);
            }
        });
    }
    loop.run();
    for (auto& thread : threads) thread.join();
    BOOST_TEST(arrived == kThreads * kPosts);
    BOOST_TEST(inOrder);
}

BOOST_AUTO_TEST_CASE(each_single_post_wakes_a_sleeping_loop) {
    Loop loop;
    std::thread runner([&] { loop.run(); });
    for (int i = 0; i < 300; ++i) {
        WaitPoint arrived;
        loop.post([&] { arrived.notify(); });
        BOOST_REQUIRE((arrived.wait(test::soon()) == WaitPoint::Wake::Notified));
    }
    loop.stop();
    runner.join();
}

BOOST_AUTO_TEST_CASE(stop_before_run_is_not_lost_and_run_works_again) {
    Loop loop;
    loop.stop();
    loop.run();
    bool ran = false;
    loop.post([&] {
        ran = true;
        loop.stop();
    });
    loop.run();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(busy_polling_serves_events_posts_and_timers) {
    Loop loop(Loop::Options{.busyPoll = 200us});
    const Pair pair;
    int reads = 0;
    loop.postFiber([&] {
        IoWatch watch;
        watch.attach(loop, pair.a);
        for (int i = 0; i < 50; ++i) {
            char byte;
            pair.send();
            if (watch.waitReadable(test::soon()) && ::recv(pair.a, &byte, 1, MSG_DONTWAIT) == 1) ++reads;
            watch.clearReadable();
            if (i % 10 == 0) sleepFor(1ms);
        }
        loop.stop();
    });
    loop.run();
    BOOST_TEST(reads == 50);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_calls_back_on_the_loop) {
    inLoop([] {
        const Pair pair;
        struct Seen {
            int calls = 0;
            bool fiber = true;
            bool hungUp = false;
        } seen;
        IoWatch watch;
        watch.attach(
            *Loop::current(),
            pair.a,
            [](IoWatch& w, void* owner) {
                auto& s = *static_cast<Seen*>(owner);
                ++s.calls;
                s.fiber = inFiber();
                s.hungUp = w.hungUp();
            },
            &seen);
        sleepFor(3ms);
        BOOST_TEST(seen.calls == 0);
        BOOST_TEST(watch.writable());
        pair.send();
        sleepFor(3ms);
        BOOST_TEST(seen.calls == 1);
        BOOST_TEST(!seen.fiber);
        BOOST_TEST(watch.readable());
        BOOST_TEST(!watch.hungUp());
        ::shutdown(pair.b, SHUT_WR);
        sleepFor(3ms);
        BOOST_TEST(seen.calls == 2);
        BOOST_TEST(seen.hungUp);
    });
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_watches_whose_events_are_in_the_same_batch) {
    inLoop([] {
        constexpr int kPairs = 20;
        struct Group {
            std::vector<std::unique_ptr<Pair>> pairs;
            std::vector<std::unique_ptr<IoWatch>> watches;
            int calls = 0;
        } group;
        for (int i = 0; i < kPairs; ++i) {
            group.pairs.push_back(std::make_unique<Pair>());
            group.watches.push_back(std::make_unique<IoWatch>());
            group.watches.back()->attach(
                *Loop::current(),
                group.pairs.back()->a,
                [](IoWatch&, void* owner) {
                    auto& g = *static_cast<Group*>(owner);
                    ++g.calls;
                    g.watches.clear();
                },
                &group);
        }
        sleepFor(3ms);
        for (const auto& pair : group.pairs) pair->send();
        sleepFor(3ms);
        BOOST_TEST(group.calls == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_waiter_has_precedence_over_the_idle_callback_and_a_deadline) {
    inLoop([] {
        const Pair pair;
        int calls = 0;
        IoWatch watch;
        watch.attach(
            *Loop::current(), pair.a, [](IoWatch&, void* owner) { ++*static_cast<int*>(owner); }, &calls);
        BOOST_TEST(!watch.waitReadable(Deadline::after(2ms, Clock::now())));
        Loop::current()->spawn([&] { pair.send(); });
        BOOST_TEST(watch.waitReadable(test::soon()));
        BOOST_TEST(watch.waitReadable(Deadline::at(TimePoint::min())));
        BOOST_TEST(calls == 0);
    });
}

BOOST_AUTO_TEST_CASE(detaching_wakes_who_waits) {
    inLoop([] {
        const Pair pair;
        IoWatch watch;
        watch.attach(*Loop::current(), pair.a);
        Loop::current()->spawn([&] { watch.detach(); });
        BOOST_TEST(watch.waitReadable(Deadline::never()));
        BOOST_TEST(!watch.attached());
    });
}

BOOST_AUTO_TEST_CASE(a_watch_may_outlive_its_loop) {
    const Pair pair;
    IoWatch watch;
    inLoop([&] { watch.attach(*Loop::current(), pair.a); });
    BOOST_TEST(!watch.attached());
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_abandons_what_still_waits) {
    const Pair pair;
    Loop loop;
    loop.postFiber([&] {
        IoWatch watch;
        watch.attach(loop, pair.a);
        watch.waitReadable(Deadline::after(1h, Clock::now()));
    });
    loop.postFiber([&] { loop.stop(); });
    loop.run();
    BOOST_TEST(loop.fibersRunning() == 1u);
}

BOOST_AUTO_TEST_CASE(attaching_something_that_cannot_be_watched_throws) {
    inLoop([] {
        IoWatch watch;
        BOOST_CHECK_THROW(watch.attach(*Loop::current(), -1), std::system_error);
        BOOST_TEST(!watch.attached());
    });
}

BOOST_AUTO_TEST_CASE(the_coarse_clock) {
    inLoop([] {
        const TimePoint before = myelin::runtime::now();
        std::this_thread::sleep_for(2ms);
        BOOST_TEST((myelin::runtime::now() == before));
        sleepFor(1ms);
        BOOST_TEST((myelin::runtime::now() >= before + 2ms));
    });
}

BOOST_AUTO_TEST_SUITE_END()
