#include "engine/simulate/verdict.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace myelin::simulate;

BOOST_AUTO_TEST_SUITE(verdicts)

namespace {

GroupTally group(std::vector<std::pair<double, std::uint64_t>> shares) {
    GroupTally tally;
    tally.algorithm = "any";
    for (const auto& [expected, picks] : shares) {
        auto& child = tally.children.emplace_back();
        child.expected = expected;
        child.picks = picks;
        tally.picks += picks;
    }
    return tally;
}

}  // namespace

BOOST_AUTO_TEST_CASE(chiSquaredAgreesWithTables) {
    // One degree of freedom: 3.841 is exceeded with 0.05; two: 9.210 with 0.01.
    BOOST_CHECK_CLOSE(chiSquaredP({100, 100}, {114, 86}), 0.0477, 0.5);
    const double step = std::sqrt(9.210 * 100 / 2);
    const auto up = static_cast<std::uint64_t>(std::lround(1000 + step * std::sqrt(10)));
    const auto down = 2000 - up;
    BOOST_CHECK_CLOSE(chiSquaredP({1000, 1000, 1000}, {up, down, 1000}), 0.01, 2.0);
    BOOST_CHECK_EQUAL(chiSquaredP({50, 50}, {50, 50}), 1);
}

BOOST_AUTO_TEST_CASE(chiSquaredNeedsFiveOfEachChild) {
    BOOST_CHECK_EQUAL(chiSquaredP({100, 4}, {100, 4}), -1);
    BOOST_CHECK_EQUAL(chiSquaredP({100}, {100}), -1);
    BOOST_CHECK_MESSAGE(chiSquaredP({50, 50, 0}, {52, 48, 0}) > 0.5, "a child of weight 0 is left out");
    BOOST_CHECK_EQUAL(chiSquaredP({50, 50, 0}, {50, 49, 1}), 0);
}

BOOST_AUTO_TEST_CASE(countsWithinOneTurnAreExact) {
    const auto verdict = judge(group({{33.4, 34}, {33.3, 33}, {33.3, 33}}));
    BOOST_CHECK(verdict.kind == Verdict::Kind::Exact);
    BOOST_CHECK_EQUAL(verdict.allowance, 1);
    BOOST_CHECK_CLOSE(verdict.deviation, 0.6, 1e-6);
}

BOOST_AUTO_TEST_CASE(countsBeyondOneTurnDiffer) {
    const auto verdict = judge(group({{50, 52}, {50, 48}}));
    BOOST_CHECK(verdict.kind == Verdict::Kind::Differs);
    BOOST_CHECK_EQUAL(verdict.text, "differs (off by 2.0 at most, of 1 allowed)");
}

BOOST_AUTO_TEST_CASE(eachChangeOfTheChildrenAllowsAnotherTurn) {
    auto tally = group({{50, 52}, {50, 48}});
    tally.changes = 1;
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::Exact);
}

BOOST_AUTO_TEST_CASE(aTurnIsAsLongAsTheWeightsSay) {
    auto tally = group({{60, 57}, {40, 43}});
    tally.children[0].weight = 30;
    tally.children[1].weight = 20;
    BOOST_CHECK_EQUAL(judge(tally).allowance, 3);
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::Exact);
}

BOOST_AUTO_TEST_CASE(chanceIsTestedAsChance) {
    auto tally = group({{500, 520}, {500, 480}});
    tally.usesChance = true;
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::Random);
    tally.children[0].picks = 700;
    tally.children[1].picks = 300;
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::Differs);
}

BOOST_AUTO_TEST_CASE(keysAreTestedInsteadOfCalls) {
    // One loud client: the calls are far from even, the clients are not.
    auto tally = group({{500, 900}, {500, 100}});
    tally.usesMessage = true;
    for (auto& child : tally.children) {
        child.keys = 50;
        child.expectedKeys = 50;
    }
    tally.kept = 900;
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::Random);
    tally.strayed = 100;
    BOOST_CHECK_MESSAGE(judge(tally).kind == Verdict::Kind::None, "the key does not decide");
    tally.strayed = 0;
    tally.children[0].keys = 1;
    tally.children[1].keys = 0;
    BOOST_CHECK_EQUAL(judge(tally).text, "no verdict: all calls have the same key");
}

BOOST_AUTO_TEST_CASE(noVerdictWithoutAPromise) {
    auto tally = group({{50, 90}, {50, 10}});
    tally.usesLoad = true;
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::None);
    tally.usesLoad = false;
    tally.algorithm.clear();
    BOOST_CHECK(judge(tally).kind == Verdict::Kind::None);
}

BOOST_AUTO_TEST_SUITE_END()
