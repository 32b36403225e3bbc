#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "tests/unit/endpoints/algorithms/counting.hpp"

namespace {

using namespace myelin;
using endpoints::test::countsOf;
using endpoints::test::makeAlgorithm;
using endpoints::test::picks;
using Children = endpoints::test::FakeCandidates;

constexpr std::int64_t kMillisecond = 1'000'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(PeakEwma)

BOOST_AUTO_TEST_CASE(theFasterOfTwo) {
    base::seedRandom(1);
    Children children(2);
    children.latencies = {2 * kMillisecond, kMillisecond};
    const auto algorithm = makeAlgorithm("peakEwma", {1, 1});
    BOOST_CHECK(algorithm->measures());
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 20), std::string(20, 'B'));
    // Until as much waits there as makes up for it.
    children.busy = {0, 2};
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 20), std::string(20, 'A'));
}

BOOST_AUTO_TEST_CASE(theSlowestOfManyIsNeverTheBetterOfTwo) {
    base::seedRandom(2);
    Children children(4);
    children.latencies = {4 * kMillisecond, 3 * kMillisecond, 2 * kMillisecond, kMillisecond};
    // Of the six pairs, the fastest is in three, and wins them.
    const auto counts = countsOf(*makeAlgorithm("peakEwma", {1, 1, 1, 1}), children, 6'000);
    BOOST_CHECK_EQUAL(counts[0], 0);
    BOOST_CHECK_CLOSE(double{1} * counts[1], 1'000.0, 12.0);
    BOOST_CHECK_CLOSE(double{1} * counts[2], 2'000.0, 8.0);
    BOOST_CHECK_CLOSE(double{1} * counts[3], 3'000.0, 6.0);
}

BOOST_AUTO_TEST_CASE(aNewChildIsTriedOnce) {
    base::seedRandom(3);
    Children children(2);
    children.latencies = {kMillisecond, 0};
    const auto algorithm = makeAlgorithm("peakEwma", {1, 1});
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 1), "B");
    children.busy = {50, 1};
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 20), std::string(20, 'A'));
}

BOOST_AUTO_TEST_CASE(moreWeightMayBeBusier) {
    base::seedRandom(4);
    Children children(2);
    children.latencies = {kMillisecond, kMillisecond};
    children.busy = {5, 2};
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("peakEwma", {3, 1}), children, 10), std::string(10, 'A'));
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("peakEwma", {1, 1}), children, 10), std::string(10, 'B'));
}

BOOST_AUTO_TEST_CASE(equalOnesShare) {
    base::seedRandom(5);
    Children children(3);
    children.latencies.assign(3, kMillisecond);
    for (const int count : countsOf(*makeAlgorithm("peakEwma", {1, 1, 1}), children, 3'000)) {
        BOOST_CHECK_CLOSE(double{1} * count, 1'000.0, 10.0);
    }
}

BOOST_AUTO_TEST_CASE(thoseThatAreDownOrWithoutWeightAreLeftOut) {
    base::seedRandom(6);
    Children children(3);
    const auto algorithm = makeAlgorithm("peakEwma", {1, 0, 1});
    children.latencies = {kMillisecond, 1, 2 * kMillisecond};
    children.up[0] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 10), std::string(10, 'C'));
    children.up[2] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
}

BOOST_AUTO_TEST_SUITE_END()
