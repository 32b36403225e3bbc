#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "tests/unit/endpoints/algorithms/counting.hpp"

namespace {

using namespace myelin;
using endpoints::test::makeAlgorithm;
using endpoints::test::option;
using Children = endpoints::test::FakeCandidates;

constexpr int kClients = 20'000;

std::string sidesOf(plugin::Algorithm& algorithm, Children& children) {
    std::string sides;
    for (int i = 0; i < kClients; ++i) {
        children.hashOn = "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
        sides += endpoints::test::picks(algorithm, children, 1);
    }
    return sides;
}

std::string sidesOf(const std::vector<std::uint32_t>& weights, const std::string& name = "test") {
    Children children(weights.size());
    return sidesOf(*makeAlgorithm("split", weights, option("loadbalance.split", name)), children);
}

double shareOf(const std::string& sides, char side) {
    return static_cast<double>(std::count(sides.begin(), sides.end(), side)) / kClients;
}

/// How many are on side `from` before and on `to` afterwards.
int moved(const std::string& before, const std::string& after, char from, char to) {
    int count = 0;
    for (std::size_t i = 0; i < before.size(); ++i) count += before[i] == from && after[i] == to;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Split)

BOOST_AUTO_TEST_CASE(clientsAreSplitByPercentages) {
    const auto sides = sidesOf({90, 10});
    BOOST_CHECK_SMALL(shareOf(sides, 'B') - 0.10, 0.007);
    BOOST_CHECK_EQUAL(sidesOf({90, 10}), sides);
    // Parts are as good.
    BOOST_CHECK_EQUAL(sidesOf({9, 1}), sides);
}

BOOST_AUTO_TEST_CASE(onlyTheClientsThatMustMoveDo) {
    const auto before = sidesOf({99, 1});
    const auto after = sidesOf({80, 20});
    BOOST_CHECK_EQUAL(moved(before, after, 'B', 'A'), 0);
    BOOST_CHECK_SMALL(static_cast<double>(moved(before, after, 'A', 'B')) / kClients - 0.19, 0.01);
    const auto done = sidesOf({0, 100});
    BOOST_CHECK_EQUAL(shareOf(done, 'B'), 1.0);
}

BOOST_AUTO_TEST_CASE(ofThreeOnlyNeighboursTrade) {
    const auto before = sidesOf({50, 30, 20});
    const auto after = sidesOf({40, 40, 20});
    BOOST_CHECK_SMALL(static_cast<double>(moved(before, after, 'A', 'B')) / kClients - 0.1, 0.01);
    for (const char* pair : {"AC", "BA", "BC", "CA", "CB"})
        BOOST_CHECK_EQUAL(moved(before, after, pair[0], pair[1]), 0);
}

BOOST_AUTO_TEST_CASE(anotherNameIsAnotherSplit) {
    const auto one = sidesOf({50, 50}, "colour");
    const auto other = sidesOf({50, 50}, "price");
    // Independent: half of each side of the one is on each side of the other.
    for (const char* pair : {"AA", "AB", "BA", "BB"}) {
        BOOST_CHECK_SMALL(static_cast<double>(moved(one, other, pair[0], pair[1])) / kClients - 0.25, 0.015);
    }
}

BOOST_AUTO_TEST_CASE(othersStayWhileASideIsDown) {
    const auto algorithm = makeAlgorithm("split", {50, 25, 25});
    Children children(3);
    const auto before = sidesOf(*algorithm, children);
    children.up[1] = false;
    const auto during = sidesOf(*algorithm, children);
    BOOST_CHECK_EQUAL(moved(before, during, 'A', 'A') + moved(before, during, 'C', 'C') +
                          moved(before, during, 'B', 'A') + moved(before, during, 'B', 'C'),
                      kClients);
    // Two to one, as their weights say.
    BOOST_CHECK_CLOSE(
        static_cast<double>(moved(before, during, 'B', 'A')), 2.0 * moved(before, during, 'B', 'C'), 15.0);
    children.up.assign(3, false);
    BOOST_CHECK_EQUAL(endpoints::test::picks(*algorithm, children, 1), "-");
}

BOOST_AUTO_TEST_CASE(zeroIsListedAndNeverChosen) {
    Children children(3);
    const auto algorithm = makeAlgorithm("split", {0, 100, 0});
    BOOST_CHECK_EQUAL(shareOf(sidesOf(*algorithm, children), 'B'), 1.0);
    children.up[1] = false;
    BOOST_CHECK_EQUAL(endpoints::test::picks(*algorithm, children, 1), "-");
}

BOOST_AUTO_TEST_CASE(withoutAKeyByChance) {
    base::seedRandom(1);
    const auto counts = endpoints::test::countsOf(*makeAlgorithm("split", {90, 10}), Children(2), 10'000);
    BOOST_CHECK_SMALL(counts[1] / 10'000.0 - 0.1, 0.01);
}

BOOST_AUTO_TEST_CASE(sharesTooSmallAreRefused) {
    BOOST_CHECK_EQUAL(endpoints::test::refusal("split", {1, 9'999}), "");
    BOOST_CHECK_EQUAL(endpoints::test::refusal("split", {65'535, 1}), "the share of B is less than one in 10000");
    BOOST_CHECK_NE(endpoints::test::refusal("split", {0}), "");
}

BOOST_AUTO_TEST_SUITE_END()
