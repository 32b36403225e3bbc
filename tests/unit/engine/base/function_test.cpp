#include "engine/base/function.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <utility>

#include "engine/base/scope_exit.hpp"

using myelin::base::ScopeExit;
using myelin::base::UniqueFunction;

BOOST_AUTO_TEST_SUITE(function)

BOOST_AUTO_TEST_CASE(holds_what_can_only_be_moved) {
    UniqueFunction<int(int)> f = [held = std::make_unique<int>(40)](int more) { return *held + more; };
    BOOST_TEST(f(2) == 42);
    UniqueFunction<int(int)> g = std::move(f);
    BOOST_TEST(!f);
    BOOST_TEST(g(3) == 43);
}

BOOST_AUTO_TEST_CASE(small_and_large_captures_are_destroyed_once) {
    auto counted = std::make_shared<int>(0);
    {
        UniqueFunction<void()> small = [counted] { ++*counted; };
        UniqueFunction<void()> large = [counted, room = std::array<char, 200>{}] { *counted += room[7] + 10; };
        BOOST_TEST(counted.use_count() == 3);
        UniqueFunction<void()> moved = std::move(large);
        BOOST_TEST(counted.use_count() == 3);
        small();
        moved();
        moved = std::move(small);
        BOOST_TEST(counted.use_count() == 2);
        moved();
    }
    BOOST_TEST(counted.use_count() == 1);
    BOOST_TEST(*counted == 12);
}

BOOST_AUTO_TEST_CASE(an_empty_one_says_so) {
    UniqueFunction<void()> nothing;
    BOOST_TEST(!nothing);
    nothing = UniqueFunction<void()>();
    BOOST_TEST(!nothing);
}

BOOST_AUTO_TEST_CASE(a_scope_exit_runs_once_unless_released) {
    int runs = 0;
    {
        const ScopeExit count([&] { ++runs; });
    }
    {
        ScopeExit released([&] { ++runs; });
        released.release();
    }
    BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_SUITE_END()
