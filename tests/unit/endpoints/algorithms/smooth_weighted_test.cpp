#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "tests/unit/endpoints/algorithms/counting.hpp"

namespace {

using namespace myelin;
using endpoints::test::countsOf;
using endpoints::test::countsOfThreads;
using endpoints::test::makeAlgorithm;
using endpoints::test::picks;
using Children = endpoints::test::FakeCandidates;
using Weights = std::vector<std::uint32_t>;

std::unique_ptr<plugin::Algorithm> smooth(const Weights& weights) {
    return makeAlgorithm("smoothWeighted", weights);
}

int sum(const Weights& weights) {
    return static_cast<int>(std::accumulate(weights.begin(), weights.end(), 0U));
}

std::vector<int> times(int rounds, const Weights& weights) {
    std::vector<int> counts;
    for (const auto weight : weights) counts.push_back(rounds * static_cast<int>(weight));
    return counts;
}

void checkEqual(const std::vector<int>& counts, const std::vector<int>& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(counts.begin(), counts.end(), expected.begin(), expected.end());
}

/// The longest row of one child when `text` comes again and again.
std::size_t longestRow(const std::string& text) {
    const std::string twice = text + text;
    std::size_t longest = 0;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        longest = std::max(longest, twice.find_first_not_of(twice[begin], begin) - begin);
    }
    return longest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SmoothWeighted)

BOOST_AUTO_TEST_CASE(equalWeightsTakeTurns) {
    BOOST_CHECK_EQUAL(picks(*smooth({1, 1, 1}), Children(3), 7), "ABCABCA");
    BOOST_CHECK_EQUAL(picks(*smooth({7}), Children(1), 3), "AAA");
}

BOOST_AUTO_TEST_CASE(noRowIsLongerThanNeeded) {
    BOOST_CHECK_EQUAL(picks(*smooth({1, 2, 3}), Children(3), 12), "ABCCBCABCCBC");
    BOOST_CHECK_EQUAL(longestRow(picks(*smooth({9, 1}), Children(2), 10)), 9U);
    BOOST_CHECK_EQUAL(longestRow(picks(*smooth({5, 1, 1}), Children(3), 7)), 3U);
    BOOST_CHECK_EQUAL(longestRow(picks(*smooth({50, 30, 20}), Children(3), 100)), 2U);
    BOOST_CHECK_EQUAL(longestRow(picks(*smooth({3, 3, 3, 3}), Children(4), 12)), 1U);
}

BOOST_AUTO_TEST_CASE(theOtherNameIsTheSame) {
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("weightedRoundRobin", {1, 2, 3}), Children(3), 6), "ABCCBC");
}

BOOST_AUTO_TEST_CASE(sharesAreExactInEveryRound) {
    for (const Weights& weights : {Weights{9, 1}, {1, 2, 3}, {50, 30, 20}, {99, 1}, {65'535, 1, 65'534}, {7, 0, 11}}) {
        const auto algorithm = smooth(weights);
        const Children children(weights.size());
        for (int round = 0; round < 3; ++round) {
            checkEqual(countsOf(*algorithm, children, sum(weights)), times(1, weights));
        }
    }
}

BOOST_AUTO_TEST_CASE(aChildIsNeverMoreThanOneTurnOff) {
    base::seedRandom(7);
    for (int run = 0; run < 20; ++run) {
        Weights weights;
        for (int i = 0; i < 12; ++i) weights.push_back(static_cast<std::uint32_t>(1 + base::random64() % 500));
        const auto algorithm = smooth(weights);
        const Children children(weights.size());
        const double total = sum(weights);
        std::vector<int> counts(weights.size(), 0);
        for (int n = 1; n <= 3000; ++n) {
            const auto chosen = algorithm->pick(children);
            ++counts[chosen];
            // The virtual time is within a turn of each child's count, and so within one turn of any of them.
            double latest = 0;
            double earliest = 1e9;
            for (std::size_t i = 0; i < weights.size(); ++i) {
                earliest = std::min(earliest, (counts[i] + 1.0) / weights[i]);
                latest = std::max(latest, (counts[i] - 1.0) / weights[i]);
            }
            BOOST_REQUIRE_LT(latest, earliest);
            if (n == static_cast<int>(total)) checkEqual(counts, times(1, weights));
        }
    }
}

BOOST_AUTO_TEST_CASE(exactOverAllWorkers) {
    const Weights weights{1, 2, 3};
    checkEqual(countsOfThreads(*smooth(weights), Children(3), 4, 15'000), times(10'000, weights));
    Weights many;
    for (std::uint32_t i = 0; i < 300; ++i) many.push_back(i % 4);
    checkEqual(countsOfThreads(*smooth(many), Children(300), 3, 450 * 20), times(60, many));
}

BOOST_AUTO_TEST_CASE(weightZeroIsListedAndNeverChosen) {
    Children children(3);
    const auto algorithm = smooth({1, 0, 1});
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 6), "ACACAC");
    children.up[0] = children.up[2] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
    BOOST_CHECK_EQUAL(endpoints::test::refusal("smoothWeighted", {0, 0}), "the weights of all children are 0");
}

BOOST_AUTO_TEST_CASE(theOthersKeepTheirProportionsWhileOneIsDown) {
    Children children(3);
    const auto algorithm = smooth({1, 2, 3});
    children.up[2] = false;
    checkEqual(countsOf(*algorithm, children, 300), {100, 200, 0});
    children.up.assign(3, false);
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "---");
    children.up.assign(3, true);
    // It comes back to its share, and not to what it has missed.
    checkEqual(countsOf(*algorithm, children, 600), {100, 200, 300});
}

BOOST_AUTO_TEST_CASE(aHeavyChildThatIsDownCostsTheLightOneNothing) {
    Children children(2);
    const auto algorithm = smooth({65'535, 1});
    children.up[0] = false;
    checkEqual(countsOf(*algorithm, children, 100'000), {0, 100'000});
    children.up[0] = true;
    checkEqual(countsOf(*algorithm, children, 65'536), {65'535, 1});
}

BOOST_AUTO_TEST_CASE(aReloadGoesOnAtTheSamePoint) {
    const auto before = smooth({1, 2, 3});
    BOOST_CHECK_EQUAL(picks(*before, Children(3), 4), "ABCC");
    const auto same = smooth({1, 2, 3});
    same->continueFrom(*before);
    BOOST_CHECK_EQUAL(picks(*same, Children(3), 4), "BCAB");
    // Two of four have had their turns when the third comes.
    const auto two = smooth({1, 1});
    BOOST_CHECK_EQUAL(picks(*two, Children(2), 1), "A");
    const auto four = smooth({1, 1, 1, 1});
    four->continueFrom(*two);
    BOOST_CHECK_EQUAL(picks(*four, Children(4), 4), "BCDA");
}

BOOST_AUTO_TEST_CASE(reloadsCostLessThanATurnEach) {
    base::seedRandom(3);
    Weights weights{5, 3, 2};
    auto algorithm = smooth(weights);
    std::vector<double> due(3, 0);
    std::vector<int> counts(3, 0);
    for (int reload = 1; reload <= 50; ++reload) {
        const int picked = static_cast<int>(base::random64() % 40);
        const double total = sum(weights);
        for (int n = 0; n < picked; ++n) ++counts[algorithm->pick(Children(3))];
        for (std::size_t i = 0; i < 3; ++i) due[i] += picked * weights[i] / total;
        // A turn for each reload, and the one of any moment: for a child by its own count and by those of the others.
        for (std::size_t i = 0; i < 3; ++i) BOOST_REQUIRE_LT(std::abs(counts[i] - due[i]), 2.0 * (reload + 1));
        for (auto& weight : weights) weight = static_cast<std::uint32_t>(1 + base::random64() % 9);
        const auto next = smooth(weights);
        next->continueFrom(*algorithm);
        algorithm = smooth(weights);
        algorithm->continueFrom(*next);
    }
    // They gain and lose by chance, so it does not add up.
    for (std::size_t i = 0; i < 3; ++i) BOOST_CHECK_LT(std::abs(counts[i] - due[i]), 12.0);
}

BOOST_AUTO_TEST_SUITE_END()
