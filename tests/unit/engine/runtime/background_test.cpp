#include "engine/runtime/background.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>

#include "engine/runtime/fiber.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/sync.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(background)

BOOST_AUTO_TEST_CASE(workRunsAgainAndAgainInAFiberOfAnotherThread) {
    struct Shared {
        std::atomic<int> runs{0};
        std::atomic<bool> inFibers{true};
        std::atomic<bool> elsewhere{true};
        Event enough;
    };
    const auto shared = std::make_shared<Shared>();
    const auto self = std::this_thread::get_id();
    const PeriodicTask task(1ms, [shared, self] {
        if (!inFiber()) shared->inFibers = false;
        if (std::this_thread::get_id() == self) shared->elsewhere = false;
        if (++shared->runs == 3) shared->enough.set();
    });
    BOOST_CHECK(shared->enough.wait(Deadline::after(10s, now())));
    BOOST_CHECK(shared->inFibers && shared->elsewhere);
}

BOOST_AUTO_TEST_CASE(aTaskThatWaitsDoesNotHoldUpAnother) {
    struct Shared {
        Event release;
        Event waiting;
        Event other;
    };
    const auto shared = std::make_shared<Shared>();
    const PeriodicTask waits(1ms, [shared] {
        shared->waiting.set();
        shared->release.wait(Deadline::after(10s, now()));
    });
    BOOST_REQUIRE(shared->waiting.wait(Deadline::after(10s, now())));
    {
        const PeriodicTask runs(1ms, [shared] { shared->other.set(); });
        BOOST_CHECK(shared->other.wait(Deadline::after(10s, now())));
    }
    shared->release.set();
}

BOOST_AUTO_TEST_CASE(whatTheWorkOwnsGoesWithTheTask) {
    auto owned = std::make_shared<Event>();
    const std::weak_ptr<Event> watched = owned;
    {
        const PeriodicTask task(1ms, [owned] { owned->set(); });
        BOOST_CHECK(owned->wait(Deadline::after(10s, now())));
        owned.reset();
    }
    // The fiber that held it ends soon after.
    for (int i = 0; i < 1000 && !watched.expired(); ++i) std::this_thread::sleep_for(10ms);
    BOOST_CHECK(watched.expired());
}

BOOST_AUTO_TEST_SUITE_END()
