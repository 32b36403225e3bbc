#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "engine/base/random.hpp"
#include "tests/unit/endpoints/algorithms/counting.hpp"

namespace {

using namespace myelin;
using endpoints::test::countsOf;
using endpoints::test::makeAlgorithm;
using endpoints::test::picks;
using Children = endpoints::test::FakeCandidates;

/// Within `points` percentage points of what is expected of `total` picks.
void checkShares(const std::vector<int>& counts, const std::vector<double>& percent, int total, double points) {
    for (std::size_t i = 0; i < percent.size(); ++i) {
        BOOST_CHECK_SMALL(100.0 * counts[i] / total - percent[i], points);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RandomChoice)

BOOST_AUTO_TEST_CASE(eachChildHasTheSameChance) {
    base::seedRandom(1);
    checkShares(countsOf(*makeAlgorithm("random", {1, 1, 1, 1}), Children(4), 10'000), {25, 25, 25, 25}, 10'000, 1.7);
}

BOOST_AUTO_TEST_CASE(chancesFollowTheWeights) {
    base::seedRandom(2);
    const auto algorithm = makeAlgorithm("weightedRandom", {50, 30, 20});
    checkShares(countsOf(*algorithm, Children(3), 10'000), {50, 30, 20}, 10'000, 1.7);
    checkShares(countsOf(*algorithm, Children(3), 1'000), {50, 30, 20}, 1'000, 5.5);
}

BOOST_AUTO_TEST_CASE(choicesDoNotFollowFromEachOther) {
    base::seedRandom(3);
    const auto algorithm = makeAlgorithm("random", {1, 1});
    std::vector<int> pairs(4, 0);
    for (int i = 0; i < 4'000; ++i) {
        const auto first = algorithm->pick(Children(2));
        ++pairs[2 * first + algorithm->pick(Children(2))];
    }
    checkShares(pairs, {25, 25, 25, 25}, 4'000, 2.7);
}

BOOST_AUTO_TEST_CASE(aSeedRepeatsThem) {
    const auto algorithm = makeAlgorithm("weightedRandom", {1, 2, 3});
    base::seedRandom(4);
    const auto first = picks(*algorithm, Children(3), 100);
    base::seedRandom(4);
    BOOST_CHECK_EQUAL(picks(*algorithm, Children(3), 100), first);
}

BOOST_AUTO_TEST_CASE(thoseThatAreDownAreLeftOut) {
    base::seedRandom(5);
    Children children(100);
    children.up.assign(100, false);
    children.up[17] = children.up[42] = true;
    // With 98 of 100 down, most choices have to count.
    const auto plain = countsOf(*makeAlgorithm("random", std::vector<std::uint32_t>(100, 1)), children, 2'000);
    checkShares({plain[17], plain[42]}, {50, 50}, 2'000, 3.9);
    std::vector<std::uint32_t> weights(100, 1000);
    weights[42] = 3000;
    const auto weighted = countsOf(*makeAlgorithm("weightedRandom", weights), children, 2'000);
    checkShares({weighted[17], weighted[42]}, {25, 75}, 2'000, 3.9);
    children.up.assign(100, false);
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("random", weights), children, 2), "--");
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("weightedRandom", weights), children, 2), "--");
}

BOOST_AUTO_TEST_CASE(weightZeroIsNeverChosen) {
    base::seedRandom(6);
    Children children(3);
    const auto algorithm = makeAlgorithm("weightedRandom", {0, 5, 0});
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 50), std::string(50, 'B'));
    children.up[1] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
    BOOST_CHECK_NE(endpoints::test::refusal("weightedRandom", {0, 0}), "");
}

BOOST_AUTO_TEST_SUITE_END()
