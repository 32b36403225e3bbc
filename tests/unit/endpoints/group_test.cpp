#include "endpoints/group.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/algorithms/registry.hpp"
#include "tests/unit/endpoints/support.hpp"

// Rows are those of the table of expected behaviour in endpoints/README.md's numbering.

namespace {

using namespace myelin;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::send;
using endpoints::test::Setup;

constexpr int kRefused = 101503;
constexpr int kTimedOut = 101504;

std::string child(const std::string& id, const std::string& policy = {}) {
    return "<endpoint><scripted id='" + id + "'>" + policy + "</scripted></endpoint>";
}

std::string suspendOn(const std::string& codes, const std::string& more = {}) {
    return "<suspendOnFailure><errorCodes>" + codes + "</errorCodes>" + more + "</suspendOnFailure>";
}

std::string balance(const std::string& children, const std::string& attributes = {}) {
    return "<endpoint name='lb'><loadbalance " + attributes + ">" + children + "</loadbalance></endpoint>";
}

std::string failover(const std::string& children, const std::string& attributes = {}) {
    return "<endpoint name='fo'><failover " + attributes + ">" + children + "</failover></endpoint>";
}

const std::string kNeverSuspends =
    "<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>"
    "<markForSuspension><errorCodes>-1</errorCodes></markForSuspension>";
const std::string kNoInterval = "<suspendOnFailure><initialDuration>0</initialDuration></suspendOnFailure>";

/// A configuration without mistakes, and its endpoint.
struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    /// So many messages; all attempts, those of one message joined: "A BC A".
    std::string calls(int count) const {
        std::string text;
        for (int i = 0; i < count; ++i) {
            send(*endpoint);
            std::string one = Script::instance().taken();
            std::erase(one, ' ');
            text += (i == 0 ? "" : " ") + one;
        }
        return text;
    }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(LoadBalance)

BOOST_AUTO_TEST_CASE(row69InTurn) {
    Script::reset();
    BOOST_CHECK_EQUAL(Tree(balance(child("A") + child("B") + child("C"))).calls(6), "A B C A B C");
}

BOOST_AUTO_TEST_CASE(row71TheDeadChildIsSkippedAndComesBack) {
    Script::reset();
    const Tree tree(balance(child("A") + child("B") + child("C")));
    BOOST_CHECK_EQUAL(tree.calls(3), "A B C");
    Script::instance().children["A"].always = kRefused;
    BOOST_CHECK_EQUAL(tree.calls(4), "AB C B C");
    Script::instance().children["A"].always = 0;
    Script::instance().clock += base::Milliseconds(30'000);
    BOOST_CHECK_EQUAL(tree.calls(4), "A B C A");
}

BOOST_AUTO_TEST_CASE(row72OneChildRefusesFromTheStart) {
    Script::reset({{"B", kRefused}});
    BOOST_CHECK_EQUAL(Tree(balance(child("A") + child("B") + child("C"))).calls(7), "A BC A C A C A");
}

BOOST_AUTO_TEST_CASE(row73WithoutAnIntervalEachLapTriesAgain) {
    Script::reset({{"B", kRefused}});
    BOOST_CHECK_EQUAL(Tree(balance(child("A") + child("B", kNoInterval) + child("C"))).calls(6), "A BC A BC A BC");
}

BOOST_AUTO_TEST_CASE(rows74And75AllRefuse) {
    Script::reset({{"A", kRefused}, {"B", kRefused}, {"C", kRefused}});
    const Tree tree(balance(child("A") + child("B") + child("C")));
    auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B C");
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_EQUAL(outcome.code, kRefused);
    BOOST_CHECK(outcome.detail.find("303000") != std::string::npos);

    outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "");
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.status, 503);
    BOOST_CHECK_EQUAL(outcome.text, "Loadbalance endpoint : lb - no ready child endpoints");
    BOOST_CHECK(outcome.detail.find("A is down, B is down, C is down") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows76And77WithoutFailover) {
    Script::reset({{"A", kRefused}});
    const Tree tree(balance(child("A") + child("B"), "failover='false'"));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(outcome.code, kRefused);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK_EQUAL(tree.calls(2), "B B");
}

BOOST_AUTO_TEST_CASE(row78ADisabledCodeIsNotTriedElsewhere) {
    Script::reset({{"A", kRefused}});
    const Tree tree(
        balance(child("A", "<retryConfig><disabledErrorCodes>101503</disabledErrorCodes></retryConfig>") + child("B")));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK_EQUAL(outcome.code, kRefused);
    BOOST_CHECK(outcome.detail.find("non-retry error (303000)") != std::string::npos);
    BOOST_CHECK(!outcome.retryForbidden && !outcome.conclusive);
}

BOOST_AUTO_TEST_CASE(row79ACodeOutsideTheEnabledListIsNotTriedElsewhere) {
    Script::reset({{"A", kRefused}});
    BOOST_CHECK_EQUAL(
        Tree(balance(child("A", "<retryConfig><enabledErrorCodes>101507</enabledErrorCodes></retryConfig>") +
                     child("B")))
            .calls(1),
        "A");
}

BOOST_AUTO_TEST_CASE(row80DeviationChildrenThatNeverSuspendAreTriedOnce) {
    Script::reset({{"A", kRefused}, {"B", kRefused}});
    const Tree tree(balance(child("A", kNeverSuspends) + child("B", kNeverSuspends)));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B");
    BOOST_CHECK_EQUAL(outcome.code, kRefused);
    // The cursor went past both and once more for the turn that found none: the next message begins with B.
    BOOST_CHECK_EQUAL(tree.calls(1), "BA");
}

BOOST_AUTO_TEST_CASE(row81AGroupWithoutFailoverIsFinalForThoseAround) {
    Script::reset({{"A", kRefused}});
    const Tree tree(failover(balance(child("A") + child("B"), "failover='false'") + child("C")));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK_EQUAL(outcome.code, kRefused);
}

BOOST_AUTO_TEST_CASE(row81WhollyUnreadyItIsPassedOver) {
    Script::reset({{"A", kRefused}});
    const Tree tree(failover(balance(child("A"), "failover='false'") + child("C")));
    BOOST_CHECK_EQUAL(tree.calls(2), "A C");
}

BOOST_AUTO_TEST_CASE(row82InnerGroupExhaustedThenTheNext) {
    Script::reset({{"A", kRefused}, {"B", kRefused}});
    BOOST_CHECK_EQUAL(Tree(failover(balance(child("A") + child("B")) + child("C"))).calls(2), "ABC C");
}

BOOST_AUTO_TEST_CASE(row88AllOffMovesTheCursorByOneACall) {
    Script::reset();
    const Tree tree(balance(child("A") + child("B") + child("C")));
    tree.endpoint->switchOff(base::Clock::now());
    BOOST_CHECK_EQUAL(tree.calls(4), "   ");
    tree.endpoint->switchOn(base::Clock::now());
    BOOST_CHECK_EQUAL(tree.calls(3), "B C A");
}

BOOST_AUTO_TEST_CASE(row89NestedRotation) {
    Script::reset();
    BOOST_CHECK_EQUAL(Tree(balance(balance(child("A") + child("B")) + child("C"))).calls(4), "A C B C");
}

/// Finds nobody, ever.
class Nobody final : public plugin::Algorithm {
public:
    std::size_t pick(const plugin::Candidates&) override { return plugin::kNoCandidate; }
};
const config::Registration<endpoints::AlgorithmKind> kNobody{
    endpoints::algorithmRegistry(),
    "nobody",
    {[](const plugin::Options&, const std::vector<plugin::Child>&) -> std::unique_ptr<plugin::Algorithm> {
        return std::make_unique<Nobody>();
    }}};

BOOST_AUTO_TEST_CASE(row90AnAlgorithmThatFindsNobody) {
    Script::reset();
    const Tree tree(balance(child("A"), "algorithm='nobody'"));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "");
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.text, "Loadbalance endpoint : lb - no ready child endpoints");
}

BOOST_AUTO_TEST_CASE(rows158And159SwitchOffReachesEveryChild) {
    // Named or not: in WSO2's, only children with a name are found (row 159).
    Script::reset();
    const Tree tree(balance("<endpoint name='n'><scripted id='A'/></endpoint>" + failover(child("B")) + child("C")));
    const auto now = base::Clock::now();
    tree.endpoint->switchOff(now);
    BOOST_CHECK(!tree.endpoint->ready(now + std::chrono::hours(24 * 365)));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "");
    tree.endpoint->switchOn(now);
    BOOST_CHECK_EQUAL(tree.calls(3), "B C A");
}

BOOST_AUTO_TEST_CASE(row160AGroupWithoutChildrenCannotBeAskedAnything) {
    // Synapse's management says that such a group is suspended, since all of its children are; here it does not load.
    for (const std::string kind : {"loadbalance", "failover"}) {
        Setup setup("<endpoint><" + kind + "/></endpoint>");
        BOOST_CHECK(!setup.endpoint());
        BOOST_CHECK(setup.found("error: 1: <" + kind + "> has no children"));
    }
}

BOOST_AUTO_TEST_CASE(theCallersFaultIsNobodyElses) {
    Script::reset({{"A", 101001}});
    Script::instance().children["A"].callerFault = true;
    const Tree tree(failover(balance(child("A") + child("B")) + child("C")));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK(outcome.callerFault);
    BOOST_CHECK(tree.endpoint->ready(base::Clock::now()));
}

BOOST_AUTO_TEST_CASE(aBodyThatWasNotKeptIsNotSentAgain) {
    Script::reset({{"A", kTimedOut}});
    Script::instance().children["A"].readsBody = true;
    const Tree tree(failover(child("A") + child("B")));
    endpoints::test::StreamedBody small(4, std::string(1024, 'x'));
    BOOST_CHECK(Message("POST", "/", &small).send(*tree.endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B");

    Script::instance().clock = base::Milliseconds(30'000);
    endpoints::test::StreamedBody large(1024, std::string(1024, 'x'));
    const auto outcome = Message("POST", "/", &large).send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK_EQUAL(outcome.code, kTimedOut);
    BOOST_CHECK(outcome.detail.find("larger than what is kept") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(noSecondAttemptAfterTheDeadline) {
    Script::reset({{"A", kTimedOut}});
    const Tree tree(failover(child("A") + child("B")));
    const auto outcome = Message().send(*tree.endpoint, runtime::Deadline::at(base::Clock::now()));
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    BOOST_CHECK(outcome.detail.find("no time is left") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(propertiesAreSetForTheAttemptOnly) {
    Script::reset();
    const Tree tree(
        "<endpoint name='lb'><loadbalance>" + child("A") + "</loadbalance>" +
        "<property name='seen' value='first'/><property name='seen' expression=\"concat('sec', 'ond')\"/></endpoint>");
    Message message;
    message.context().setProperty(message::Scope::Default, "seen", message::PropertyValue("before"));
    BOOST_CHECK(message.send(*tree.endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().sawProperty, "second");
    BOOST_CHECK_EQUAL(message.context().properties(message::Scope::Default).text("seen"), "before");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Failover)

BOOST_AUTO_TEST_CASE(rows100To102PrimaryBackupPrimary) {
    Script::reset();
    const Tree tree(failover(child("A") + child("B") + child("C")));
    BOOST_CHECK_EQUAL(tree.calls(3), "A A A");
    Script::instance().children["A"].always = kRefused;
    BOOST_CHECK_EQUAL(tree.calls(2), "AB B");
    Script::instance().children["A"].always = 0;
    Script::instance().clock += base::Milliseconds(30'000);
    BOOST_CHECK_EQUAL(tree.calls(2), "A A");
}

BOOST_AUTO_TEST_CASE(row103AllDead) {
    Script::reset({{"A", kRefused}, {"B", kRefused}});
    const Tree tree(failover(child("A") + child("B")));
    BOOST_CHECK_EQUAL(send(*tree.endpoint).code, kRefused);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B");
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.text, "Failover endpoint : fo - no ready child endpoints");
}

BOOST_AUTO_TEST_CASE(row31ZeroAndItsLikesAreStatic) {
    for (const std::string dynamic : {"0", "no", "false", "off", "true"}) {
        Script::reset({{"A", kRefused}});
        const Tree tree(failover(child("A") + child("B"), "dynamic='" + dynamic + "'"));
        BOOST_CHECK_EQUAL(tree.calls(1), "AB");
        Script::reset();
        Script::instance().clock += base::Milliseconds(30'000);
        const bool isStatic = dynamic != "off" && dynamic != "true";
        BOOST_CHECK_EQUAL(tree.calls(1), isStatic ? "B" : "A");
    }
}

BOOST_AUTO_TEST_CASE(row104StaticStaysOnTheBackup) {
    Script::reset();
    const Tree tree(failover(child("A") + child("B"), "dynamic='0'"));
    BOOST_CHECK_EQUAL(tree.calls(1), "A");
    Script::instance().children["A"].always = kRefused;
    BOOST_CHECK_EQUAL(tree.calls(2), "AB B");
    Script::instance().children["A"].always = 0;
    Script::instance().clock += base::Milliseconds(30'000);
    BOOST_CHECK_EQUAL(tree.calls(2), "B B");
}

BOOST_AUTO_TEST_CASE(row105StaticGoesToTheFirstReadyOne) {
    Script::reset({{"A", kRefused}});
    const Tree tree(failover(child("A") + child("B") + child("C"), "dynamic='false'"));
    BOOST_CHECK_EQUAL(tree.calls(1), "AB");
    Script::reset({{"B", kRefused}});
    Script::instance().clock += base::Milliseconds(30'000);
    BOOST_CHECK_EQUAL(tree.calls(2), "BA A");
}

BOOST_AUTO_TEST_CASE(row106DeviationAReadinessQueryDoesNotMoveAStaticGroup) {
    Script::reset({{"A", kRefused}});
    const Tree tree(balance(failover(child("A") + child("B"), "dynamic='no'")));
    BOOST_CHECK_EQUAL(tree.calls(1), "AB");
    Script::reset();
    Script::instance().clock += base::Milliseconds(30'000);
    BOOST_CHECK_EQUAL(tree.calls(2), "B B");
}

BOOST_AUTO_TEST_CASE(row107DeviationAChildThatStaysReadyIsLeftAfterOneTry) {
    Script::reset({{"A", kRefused}});
    const Tree tree(failover(child("A", suspendOn("101500")) + child("B")));
    BOOST_CHECK_EQUAL(tree.calls(2), "AB AB");
}

BOOST_AUTO_TEST_CASE(row108TriesBeforeSuspension) {
    Script::reset({{"A", kTimedOut}});
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>3</retriesBeforeSuspension></markForSuspension>";
    const Tree tree(failover(child("A", retries) + child("B")));
    BOOST_CHECK_EQUAL(tree.calls(2), "AAAAB B");
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 5U);
}

BOOST_AUTO_TEST_CASE(row109ARetryDelayMakesItUnready) {
    Script::reset({{"A", kTimedOut}});
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>3</retriesBeforeSuspension><retryDelay>60000</retryDelay>"
        "</markForSuspension>";
    BOOST_CHECK_EQUAL(Tree(failover(child("A", retries) + child("B"))).calls(1), "AB");
}

BOOST_AUTO_TEST_CASE(row112ASingleChildIsRetried) {
    Script::reset({{"A", kTimedOut}});
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>2</retriesBeforeSuspension></markForSuspension>";
    const Tree tree(failover(child("A", retries)));
    const auto outcome = send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A A A");
    BOOST_CHECK_EQUAL(outcome.code, kTimedOut);
}

BOOST_AUTO_TEST_CASE(successesOfOthersDoNotMakeRetriesEndless) {
    // Another message's success gives the counter back while this one goes on failing.
    Script::reset({{"A", kTimedOut}});
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>1</retriesBeforeSuspension></markForSuspension>";
    const Tree tree(failover(child("A", retries) + child("B", kNeverSuspends)));
    Script::instance().children["B"].always = kTimedOut;
    send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A A B");
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 3U);
}

BOOST_AUTO_TEST_CASE(attemptsNeverExceedTheBound) {
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>1</retriesBeforeSuspension></markForSuspension>";
    for (const int code : {kRefused, kTimedOut}) {
        Script::reset({{"A", code}, {"B", code}, {"C", code}, {"D", code}});
        const Tree tree(balance(failover(child("A", kNoInterval) + child("B", retries)) +
                                balance(child("C", kNeverSuspends) + child("D", retries + kNoInterval))));
        BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 6U);
        for (int i = 0; i < 5; ++i) {
            send(*tree.endpoint);
            BOOST_CHECK_LE(Script::instance().attempts.size(), 6U);
            Script::instance().taken();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
