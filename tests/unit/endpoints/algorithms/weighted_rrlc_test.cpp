#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/endpoints/algorithms/counting.hpp"

namespace {

using namespace myelin;
using endpoints::test::option;
using endpoints::test::picks;
using endpoints::test::refusal;
using Children = endpoints::test::FakeCandidates;

const std::string kName = "org.apache.synapse.endpoints.algorithms.WeightedRRLCAlgorithm";

std::unique_ptr<plugin::Algorithm> rrlc(const std::vector<std::uint32_t>& weights, const std::string& rounds) {
    return endpoints::test::makeAlgorithm(kName, weights, option("loadbalance.weightedRRLC.roundsPerRecal", rounds));
}

std::string rows(const std::vector<std::size_t>& lengths) {
    std::string text;
    for (std::size_t i = 0; i < lengths.size(); ++i) text += std::string(lengths[i], static_cast<char>('A' + i));
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(WeightedRrlc)

BOOST_AUTO_TEST_CASE(row87ConnectionsChangeTheRows) {
    Children children(5);
    children.busy = {18, 5, 4, 2, 1};
    const auto algorithm = rrlc({6, 5, 3, 2, 1}, "2");
    BOOST_CHECK(algorithm->measures());
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 34), rows({6, 5, 3, 2, 1}) + rows({6, 5, 3, 2, 1}));
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 21), rows({4, 7, 4, 4, 2}));
}

BOOST_AUTO_TEST_CASE(connectionsAreCountedAfreshEachTime) {
    Children children(5);
    children.busy = {18, 5, 4, 2, 1};
    const auto algorithm = rrlc({6, 5, 3, 2, 1}, "1");
    picks(*algorithm, children, 17);
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 21), rows({4, 7, 4, 4, 2}));
    children.busy = {6, 5, 3, 2, 1};
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 17), rows({6, 5, 3, 2, 1}));
}

BOOST_AUTO_TEST_CASE(theHeaviestComesFirst) {
    BOOST_CHECK_EQUAL(picks(*rrlc({1, 3, 2}, "1"), Children(3), 6), "BBBCCA");
}

BOOST_AUTO_TEST_CASE(aChildWithoutARowServesWhenItIsTheLastOne) {
    Children children(2);
    children.busy = {0, 50};
    const auto algorithm = rrlc({2, 1}, "1");
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "AAB");
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 8), "AAAAAAAA");
    children.up[0] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "BBB");
    children.up[1] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
    children.up.assign(2, true);
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 4), "AAAA");
}

BOOST_AUTO_TEST_CASE(bounds) {
    std::vector<plugin::Child> children{{"a", 3, {{"loadbalance.weight.min", "3"}, {"loadbalance.weight.max", "3"}}},
                                        {"b", 3, {}}};
    const auto make = [&] { return endpoints::algorithmRegistry().find(kName)->make(plugin::Parameters(), children); };
    const auto algorithm = make();
    Children busy(2);
    busy.busy = {0, 100};
    picks(*algorithm, busy, 6);
    BOOST_CHECK_EQUAL(picks(*algorithm, busy, 4), "AAAB");
    children[1].properties["loadbalance.weight.max"] = "2";
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    children[1].properties["loadbalance.weight.max"] = "many";
    BOOST_CHECK_THROW(make(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(mistakes) {
    BOOST_CHECK_EQUAL(refusal(kName, {1, 0}), "the weight of B must be greater than zero");
    BOOST_CHECK_EQUAL(refusal(kName, {1}, option("loadbalance.weightedRRLC.roundsPerRecal", "0")),
                      "loadbalance.weightedRRLC.roundsPerRecal must be a whole number from 1 to 1000000, not \"0\"");
}

BOOST_AUTO_TEST_SUITE_END()
