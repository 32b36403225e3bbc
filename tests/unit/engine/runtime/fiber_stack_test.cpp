#include "engine/runtime/fiber_stack.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "engine/runtime/loop_core.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;

namespace {

void neverRun(boost::context::detail::transfer_t) {}

struct Pool {
    Loop loop;
    LoopCore core{loop, {}};
    FiberPool pool;

    std::vector<Fiber*> take(std::size_t count) {
        std::vector<Fiber*> fibers;
        for (std::size_t i = 0; i < count; ++i) fibers.push_back(pool.take(core, &neverRun));
        return fibers;
    }
    void give(const std::vector<Fiber*>& fibers) {
        for (Fiber* fiber : fibers) pool.give(fiber);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fiber_stack)

BOOST_AUTO_TEST_CASE(the_last_given_back_is_taken_first) {
    Pool p;
    const auto fibers = p.take(3);
    p.give(fibers);
    BOOST_TEST(p.pool.take(p.core, &neverRun) == fibers[2]);
    BOOST_TEST(p.pool.take(p.core, &neverRun) == fibers[1]);
    BOOST_TEST(p.pool.mapped() == 3u);
}

BOOST_AUTO_TEST_CASE(a_stack_has_its_size_and_a_guard_below_it) {
    Pool p;
    const Fiber& fiber = *p.pool.take(p.core, &neverRun);
    const StackBounds stack = usableStack(fiber);
    BOOST_TEST(static_cast<std::size_t>(stack.high - stack.low) + sizeof(Fiber) + 64 >= kFiberStackSize);
    BOOST_TEST(guardZone(fiber).high == stack.low);
    BOOST_TEST(guardZone(fiber).high - guardZone(fiber).low >= 4096);
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_burst_is_given_back_but_not_that_of_steady_work) {
    Pool p;
    p.give(p.take(300));
    BOOST_TEST(p.pool.large());
    // Steady work on forty stacks meanwhile.
    for (int second = 0; second < 20; ++second) {
        p.give(p.take(40));
        p.pool.trim();
    }
    BOOST_TEST(p.pool.mapped() >= 40u);
    BOOST_TEST(p.pool.mapped() <= 42u);
    for (int second = 0; second < 20; ++second) p.pool.trim();
    BOOST_TEST(!p.pool.large());
    BOOST_TEST(p.pool.mapped() == 16u);
}

BOOST_AUTO_TEST_CASE(more_than_a_pool_full_is_not_kept) {
    Pool p;
    p.give(p.take(600));
    BOOST_TEST(p.pool.mapped() == 512u);
}

#if !defined(MYELIN_ASAN) && !defined(MYELIN_TSAN)
BOOST_AUTO_TEST_CASE(no_memory_for_a_stack_is_an_error_that_says_what_to_do) {
    const auto death = test::deathOf([] {
        Pool p;
        const rlimit little{256 << 20, 256 << 20};
        ::setrlimit(RLIMIT_AS, &little);
        try {
            p.take(100000);
        } catch (const std::runtime_error& e) {
            std::fputs(e.what(), stderr);
        }
    });
    BOOST_TEST(death.signal == 0);
    BOOST_TEST(death.error.find("vm.max_map_count") != std::string::npos, death.error);
    BOOST_TEST(death.error.find(" fibers") != std::string::npos, death.error);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
