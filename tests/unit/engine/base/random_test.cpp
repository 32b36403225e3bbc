#include "engine/base/random.hpp"

#include <boost/test/unit_test.hpp>

using namespace myelin::base;

BOOST_AUTO_TEST_SUITE(random_numbers)

BOOST_AUTO_TEST_CASE(a_seed_repeats_the_numbers) {
    seedRandom(7);
    const auto first = random64();
    const auto second = random64();
    BOOST_TEST(first != second);
    seedRandom(7);
    BOOST_TEST(random64() == first);
    BOOST_TEST(random64() == second);
    seedRandom(8);
    BOOST_TEST(random64() != first);
}

BOOST_AUTO_TEST_CASE(mixed_is_splitmix64) {
    // The published sequence for the seed 1234567.
    BOOST_TEST(mixed(1234567) == 6457827717110365317ULL);
    BOOST_TEST(mixed(1234567 + kMixedStep) == 3203168211198807973ULL);
}

BOOST_AUTO_TEST_CASE(shares_are_from_0_to_below_1) {
    BOOST_TEST(shareOf(0) == 0.0);
    BOOST_TEST(shareOf(~std::uint64_t{0}) < 1.0);
    BOOST_TEST(shareOf(std::uint64_t{1} << 63) == 0.5);
}

BOOST_AUTO_TEST_SUITE_END()
