#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/endpoints/algorithms/counting.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::makeAlgorithm;
using endpoints::test::Message;
using endpoints::test::picks;
using endpoints::test::Script;
using endpoints::test::Setup;
using Children = endpoints::test::FakeCandidates;

/// As many calls, none of which ends.
std::string calls(plugin::Algorithm& algorithm, Children& children, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const std::string one = picks(algorithm, children, 1);
        text += one;
        ++children.busy.at(static_cast<std::size_t>(one.front() - 'A'));
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(LeastConnections)

BOOST_AUTO_TEST_CASE(theLeastBusyUntilAllAreLevel) {
    Children children(3);
    children.busy = {10, 0, 0};
    const auto algorithm = makeAlgorithm("leastConnections", {1, 1, 1});
    BOOST_CHECK(algorithm->measures());
    const auto text = calls(*algorithm, children, 20);
    BOOST_CHECK_EQUAL(text.find('A'), std::string::npos);
    BOOST_CHECK_EQUAL(children.busy[1], 10U);
    BOOST_CHECK_EQUAL(children.busy[2], 10U);
    BOOST_CHECK_EQUAL(calls(*algorithm, children, 30).size(), 30U);
    BOOST_CHECK_EQUAL(children.busy[0], 20U);
    // Released, it is the first again.
    children.busy[0] = 0;
    BOOST_CHECK_EQUAL(calls(*algorithm, children, 20), std::string(20, 'A'));
}

BOOST_AUTO_TEST_CASE(thoseThatAreLevelTakeTurns) {
    BOOST_CHECK_EQUAL(picks(*makeAlgorithm("leastConnections", {1, 1, 1}), Children(3), 6), "ABCABC");
    // Whoever was busy for long does not get a row of them afterwards.
    Children children(3);
    children.busy = {1, 0, 0};
    const auto algorithm = makeAlgorithm("leastConnections", {1, 1, 1});
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 100).find('A'), std::string::npos);
    children.busy = {0, 0, 0};
    const auto text = picks(*algorithm, children, 6);
    BOOST_CHECK_MESSAGE(text.find("AA") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(weightsHoldForMessagesUnderWay) {
    Children children(2);
    const auto algorithm = makeAlgorithm("leastConnections", {3, 1});
    calls(*algorithm, children, 40);
    BOOST_CHECK_EQUAL(children.busy[0], 30U);
    BOOST_CHECK_EQUAL(children.busy[1], 10U);
}

BOOST_AUTO_TEST_CASE(weightsHoldWithNothingUnderWay) {
    const auto counts = endpoints::test::countsOf(*makeAlgorithm("leastConnections", {3, 1}), Children(2), 400);
    BOOST_CHECK_EQUAL(counts[0], 300);
    BOOST_CHECK_EQUAL(counts[1], 100);
}

BOOST_AUTO_TEST_CASE(weightZeroAndChildrenThatAreDownAreLeftOut) {
    Children children(3);
    children.busy = {0, 7, 9};
    const auto algorithm = makeAlgorithm("leastConnections", {0, 1, 1});
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "BB");
    children.up[1] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "CC");
    children.up[2] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 2), "--");
    BOOST_CHECK_NE(endpoints::test::refusal("leastConnections", {0}), "");
}

BOOST_AUTO_TEST_CASE(nobodyStarvesUnderThreads) {
    const auto counts =
        endpoints::test::countsOfThreads(*makeAlgorithm("leastConnections", {1, 1, 1}), Children(3), 3, 10'000);
    for (const int count : counts) BOOST_CHECK_GT(count, 5'000);
}

BOOST_AUTO_TEST_CASE(countsReturnToZeroAfterFailuresAndAborts) {
    // Without failover, so that a message which A fails is not counted at B.
    Script::reset({{"A", 101503}});
    Setup setup(
        "<endpoint name='lb'><loadbalance algorithm='leastConnections' failover='false'>"
        "<endpoint name='a'><scripted id='A'><suspendOnFailure><initialDuration>0</initialDuration></suspendOnFailure>"
        "</scripted></endpoint><endpoint name='b'><scripted id='B'/></endpoint>"
        "</loadbalance></endpoint>");
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    {
        // Answers that nobody has read to their ends when their exchanges are given up.
        std::vector<std::unique_ptr<Message>> held;
        int answered = 0;
        for (int i = 0; i < 40; ++i) {
            held.push_back(std::make_unique<Message>());
            answered += held.back()->send(*endpoint).answered ? 1 : 0;
        }
        // Failures hold nothing, so A is always the less busy one, after the first turns.
        BOOST_CHECK_LE(answered, 3);
    }
    Script::reset();
    // Level again: they take turns.
    std::string text;
    for (int i = 0; i < 10; ++i) {
        BOOST_REQUIRE(endpoints::test::send(*endpoint).answered);
        text += Script::instance().taken();
    }
    BOOST_CHECK_EQUAL(std::count(text.begin(), text.end(), 'A'), 5);
}

BOOST_AUTO_TEST_SUITE_END()
