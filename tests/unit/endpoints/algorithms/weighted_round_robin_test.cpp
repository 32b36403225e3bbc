#include <boost/test/unit_test.hpp>

#include "tests/unit/endpoints/algorithms/counting.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::picks;
using endpoints::test::Script;
using endpoints::test::Setup;
using Children = endpoints::test::FakeCandidates;

const std::string kName = "org.apache.synapse.endpoints.algorithms.WeightedRoundRobin";

std::unique_ptr<plugin::Algorithm> bursts(const std::vector<std::uint32_t>& weights) {
    return endpoints::test::makeAlgorithm(kName, weights);
}

/// A group of two: the weight of the group, if any, and that of the second child.
std::string group(const std::string& common, const std::string& second) {
    const auto weight = [](const std::string& value) {
        return value.empty() ? "" : "<property name='loadbalance.weight' value='" + value + "'/>";
    };
    return "<endpoint name='lb'>" + weight(common) + "<loadbalance algorithm='" + kName +
           "'><endpoint name='a'><scripted id='A'/></endpoint><endpoint name='b'><scripted id='B'/>" + weight(second) +
           "</endpoint></loadbalance></endpoint>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(WeightedRoundRobin)

BOOST_AUTO_TEST_CASE(row83RowsInTheOrderOfDeclaration) {
    BOOST_CHECK_EQUAL(picks(*bursts({1, 2, 3}), Children(3), 12), "ABBCCCABBCCC");
}

BOOST_AUTO_TEST_CASE(row84AChildThatIsDownIsSkipped) {
    Children children(2);
    const auto algorithm = bursts({3, 1});
    children.up[0] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "BBB");
    children.up[0] = true;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 6), "AAABAA");
    children.up[0] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 1), "B");
    children.up[1] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
}

BOOST_AUTO_TEST_CASE(row85WeightZeroIsRefused) {
    BOOST_CHECK_EQUAL(endpoints::test::refusal(kName, {1, 0}), "the weight of B must be greater than zero");
    Setup setup(group("", "0"));
    BOOST_CHECK(!setup.endpoint());
    BOOST_CHECK_MESSAGE(setup.found("the weight of b must be greater than zero"), setup.findings());
}

BOOST_AUTO_TEST_CASE(row86TheGroupsWeightIsTheChildrensDefault) {
    Script::reset();
    Setup setup(group("2", "1"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    for (int i = 0; i < 6; ++i) BOOST_REQUIRE(endpoints::test::send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A A B A A B");
    BOOST_CHECK_EQUAL(setup.findings(), "");
}

BOOST_AUTO_TEST_CASE(row29MembersHaveWeights) {
    Setup setup("<endpoint name='lb'><loadbalance algorithm='" + kName +
                "'><member hostName='127.0.0.1' httpPort='1' weight='2'/><member hostName='127.0.0.1' httpPort='2'/>"
                "</loadbalance></endpoint>");
    BOOST_CHECK(setup.endpoint() != nullptr);
    BOOST_CHECK_EQUAL(setup.findings(), "");
}

BOOST_AUTO_TEST_CASE(aFailedMessageGoesToAnotherChild) {
    Script::reset({{"A", 101503}});
    Setup setup(group("3", "1"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    BOOST_REQUIRE(endpoints::test::send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B");
}

BOOST_AUTO_TEST_CASE(exactOverAllWorkers) {
    const auto counts = endpoints::test::countsOfThreads(*bursts({1, 2, 3}), Children(3), 4, 15'000);
    BOOST_CHECK_EQUAL(counts[0], 10'000);
    BOOST_CHECK_EQUAL(counts[1], 20'000);
    BOOST_CHECK_EQUAL(counts[2], 30'000);
}

BOOST_AUTO_TEST_CASE(aReloadStaysInTheRowOfItsChild) {
    const auto before = bursts({2, 4, 1});
    BOOST_CHECK_EQUAL(picks(*before, Children(3), 4), "AABB");
    const auto longer = bursts({3, 3, 1});
    longer->continueFrom(*before);
    BOOST_CHECK_EQUAL(picks(*longer, Children(3), 3), "BCA");
    const auto shorter = bursts({3, 1, 1});
    shorter->continueFrom(*before);
    BOOST_CHECK_EQUAL(picks(*shorter, Children(3), 3), "BCA");
    const auto without = bursts({1});
    without->continueFrom(*before);
    BOOST_CHECK_EQUAL(picks(*without, Children(1), 2), "AA");
}

BOOST_AUTO_TEST_CASE(anOrderForEachThreadIsRefused) {
    const auto option = [](const std::string& value) {
        return endpoints::test::option("loadbalance.threadLocal", value);
    };
    BOOST_CHECK_EQUAL(endpoints::test::refusal(kName, {1}, option("false")), "");
    BOOST_CHECK_NE(endpoints::test::refusal(kName, {1}, option("true")), "");
}

BOOST_AUTO_TEST_SUITE_END()
