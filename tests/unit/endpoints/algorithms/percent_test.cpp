#include <boost/test/unit_test.hpp>

#include "tests/unit/endpoints/algorithms/counting.hpp"

using namespace myelin;
using endpoints::test::countsOf;
using endpoints::test::makeAlgorithm;
using endpoints::test::refusal;
using Children = endpoints::test::FakeCandidates;

BOOST_AUTO_TEST_SUITE(Percent)

BOOST_AUTO_TEST_CASE(sharesAreExact) {
    const auto counts = countsOf(*makeAlgorithm("percent", {50, 30, 20}), Children(3), 10'000);
    BOOST_CHECK_EQUAL(counts[0], 5000);
    BOOST_CHECK_EQUAL(counts[1], 3000);
    BOOST_CHECK_EQUAL(counts[2], 2000);
    const auto canary = countsOf(*makeAlgorithm("percent", {99, 1}), Children(2), 10'000);
    BOOST_CHECK_EQUAL(canary[1], 100);
}

BOOST_AUTO_TEST_CASE(theyHaveToTotalAHundred) {
    BOOST_CHECK_EQUAL(refusal("percent", {50, 30, 19}), "the percentages total 99, not 100: A 50, B 30, C 19");
    BOOST_CHECK_EQUAL(refusal("percent", {50, 51}), "the percentages total 101, not 100: A 50, B 51");
    BOOST_CHECK_EQUAL(refusal("percent", {99}), "the percentages total 99, not 100: A 99");
}

BOOST_AUTO_TEST_CASE(aSingleChildHasAllOfIt) {
    BOOST_CHECK_EQUAL(endpoints::test::picks(*makeAlgorithm("percent", {1}), Children(1), 3), "AAA");
    BOOST_CHECK_EQUAL(endpoints::test::picks(*makeAlgorithm("percent", {100}), Children(1), 3), "AAA");
}

BOOST_AUTO_TEST_CASE(zeroPercentIsListedAndNeverChosen) {
    BOOST_CHECK_EQUAL(endpoints::test::picks(*makeAlgorithm("percent", {0, 100}), Children(2), 3), "BBB");
}

BOOST_AUTO_TEST_SUITE_END()
