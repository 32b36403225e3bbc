#include "endpoints/health/outlier.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/health/group_health.hpp"
#include "engine/message/fault.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::OutlierPolicy;
using endpoints::OutlierState;
using endpoints::Sign;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::Setup;
using Turn = OutlierState::Turn;
using Verdict = OutlierState::Verdict;

/// A child that gets a message every 10 ms: g good, p poor, b bad.
struct Fed {
    Verdict feed(std::string_view letters) {
        auto verdict = Verdict::Nothing;
        for (const char letter : letters) {
            now += base::Milliseconds(10);
            const auto turn = state.enter(now);
            const auto sign = letter == 'g' ? Sign::Good : letter == 'p' ? Sign::Poor : Sign::Bad;
            verdict = state.leave(turn, sign, policy, now);
        }
        return verdict;
    }
    void pass(int milliseconds) { now += base::Milliseconds(milliseconds); }
    OutlierPolicy policy;
    OutlierState state;
    base::TimePoint now{std::chrono::hours(1)};
};

/// The signs of answers with that status and body.
Sign signFor(const std::string& status, const std::string& body, const std::string& more = {}) {
    const Backend backend("HTTP/1.1 " + status + "\r\nContent-Type: text/xml\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    Setup setup("<endpoint><address uri='" + backend.url() + "'/></endpoint>");
    Setup policy("<outlierDetection statuses='502,503,504' " + more + "/>");
    const auto endpoint = setup.endpoint();
    auto element = policy.root();
    const auto read = OutlierPolicy::read(element);
    Message message;
    const auto outcome = message.send(*endpoint);
    BOOST_REQUIRE(outcome.answered);
    return endpoints::signOf(read, outcome, message.reply(), endpoints::test::soon());
}

std::string fault11(const std::string& code) {
    return "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault><faultcode>" + code +
           "</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>";
}

std::string group(const std::string& attributes, const std::string& children, const std::string& more = {}) {
    return "<endpoint name='lb'><loadbalance><outlierDetection " + attributes + "/>" + more + children +
           "</loadbalance></endpoint>";
}

std::string scripted(const std::string& id) {
    return "<endpoint name='" + id + "'><scripted id='" + id + "'><suspendOnFailure><errorCodes>-1</errorCodes>" +
           "</suspendOnFailure><markForSuspension><errorCodes>-1</errorCodes></markForSuspension></scripted></"
           "endpoint>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Outliers)

BOOST_AUTO_TEST_CASE(failuresInARowWithinTheWindow) {
    Fed fed;
    BOOST_CHECK(fed.feed("bbgbbgpb") == Verdict::Nothing);
    BOOST_CHECK(fed.feed("b") == Verdict::Nothing);
    BOOST_CHECK(fed.feed("b") == Verdict::ShouldBeEjected);
    Fed slow;
    for (int i = 0; i < 10; ++i) {
        BOOST_CHECK(slow.feed("b") == Verdict::Nothing);
        slow.pass(6'000);
    }
}

BOOST_AUTO_TEST_CASE(theShareOfFailuresInTheWindow) {
    Fed fed;
    // Poor answers make no row.
    BOOST_CHECK(fed.feed("pgpgpgpgpgpgpgpgpgg") == Verdict::Nothing);
    BOOST_CHECK(fed.feed("p") == Verdict::ShouldBeEjected);
    Fed healthy;
    for (int i = 0; i < 100; ++i) BOOST_CHECK(healthy.feed("pgg") == Verdict::Nothing);
    Fed few;
    for (int i = 0; i < 10; ++i) {
        BOOST_CHECK(few.feed("pppppppppp") == Verdict::Nothing);
        few.pass(10'000);
    }
}

BOOST_AUTO_TEST_CASE(ejectionsDoubleUpToTheMaximumAndEndInOneTrial) {
    Fed fed;
    fed.feed("bbb");
    BOOST_CHECK(fed.state.eject(fed.policy, fed.now) == base::Milliseconds(5'000));
    BOOST_CHECK(fed.state.out(fed.now));
    fed.pass(4'999);
    BOOST_CHECK(fed.state.out(fed.now));
    // Results of messages that were under way change nothing.
    BOOST_CHECK(fed.state.leave(Turn::Ordinary, Sign::Good, fed.policy, fed.now) == Verdict::Nothing);
    fed.pass(1);
    BOOST_CHECK(!fed.state.out(fed.now));
    BOOST_CHECK(fed.state.enter(fed.now) == Turn::Trial);
    BOOST_CHECK(fed.state.out(fed.now));
    BOOST_CHECK(fed.state.enter(fed.now) == Turn::Refused);
    BOOST_CHECK(fed.state.leave(Turn::Trial, Sign::Bad, fed.policy, fed.now) == Verdict::EjectedAgain);
    for (const int expected : {10'000, 20'000, 40'000, 60'000, 60'000}) {
        BOOST_CHECK(fed.state.remaining(fed.now) == base::Milliseconds(expected));
        fed.pass(expected);
        BOOST_CHECK(!fed.state.out(fed.now));
        BOOST_CHECK(fed.state.leave(fed.state.enter(fed.now), Sign::Poor, fed.policy, fed.now) ==
                    Verdict::EjectedAgain);
    }
    fed.pass(60'000);
    // A trial that says nothing leaves the next one to another message.
    BOOST_CHECK(fed.state.leave(fed.state.enter(fed.now), Sign::Nothing, fed.policy, fed.now) == Verdict::Nothing);
    BOOST_CHECK(fed.state.recoveredAt() == 0);
    BOOST_CHECK(fed.state.leave(fed.state.enter(fed.now), Sign::Good, fed.policy, fed.now) == Verdict::TakenBack);
    BOOST_CHECK(!fed.state.ejected());
    BOOST_CHECK(fed.state.recoveredAt() == fed.now.time_since_epoch().count());
    // Soon again: it goes on where it was. After a long time in service: from the start.
    BOOST_CHECK(fed.state.eject(fed.policy, fed.now) == base::Milliseconds(60'000));
    fed.pass(60'000);
    fed.feed("g");
    fed.pass(60'001);
    BOOST_CHECK(fed.state.eject(fed.policy, fed.now) == base::Milliseconds(5'000));
}

BOOST_AUTO_TEST_CASE(rowWS30FaultsOfTheCallerNeverCount) {
    BOOST_CHECK(signFor("500 X", fault11("s:Client")) == Sign::Good);
    BOOST_CHECK(signFor("503 X", fault11("s:Client.Login")) == Sign::Good);
    BOOST_CHECK(signFor("200 OK", fault11("s:Client"), "soapFaults='server'") == Sign::Good);
    BOOST_CHECK(signFor("500 X", fault11("s:MustUnderstand"), "soapFaults='server'") == Sign::Good);
    BOOST_CHECK(signFor("404 X", "<a/>") == Sign::Good);
}

BOOST_AUTO_TEST_CASE(faultsOfTheServerCountWhenConfiguredWhateverTheStatus) {
    BOOST_CHECK(signFor("500 X", fault11("s:Server")) == Sign::Good);
    BOOST_CHECK(signFor("500 X", fault11("s:Server"), "soapFaults='server'") == Sign::Bad);
    BOOST_CHECK(signFor("200 OK", fault11("s:Server"), "soapFaults='server'") == Sign::Bad);
    BOOST_CHECK(signFor("503 X", fault11("s:Server")) == Sign::Bad);
    const std::string fault12 =
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code><s:Value>s:Receiver"
        "</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>";
    BOOST_CHECK(signFor("200 OK", fault12, "soapFaults='server'") == Sign::Bad);
    BOOST_CHECK(signFor("502 X", "<a/>") == Sign::Bad);
    BOOST_CHECK(signFor("500 X", "<a/>") == Sign::Poor);
}

BOOST_AUTO_TEST_CASE(aGroupEjectsAtMostItsShare) {
    Script::reset({{"A", 101503}, {"B", 101503}, {"C", 101503}});
    Setup setup(group("consecutive='3' panic='0'", scripted("A") + scripted("B") + scripted("C")));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    for (int i = 0; i < 3; ++i) endpoints::test::send(*endpoint);
    Script::instance().taken();
    endpoints::test::send(*endpoint);
    // One of three: two would be more than half.
    const auto taken = Script::instance().taken();
    BOOST_CHECK_EQUAL(taken.size(), 3U);
    BOOST_CHECK(endpoint->condition(base::Clock::now()).find("is ejected after 3 failures in a row") !=
                std::string::npos);
}

BOOST_AUTO_TEST_CASE(rowGV18AnEjectedChildGetsOneTrial) {
    Script::reset({{"A", 101503}});
    Setup setup(group("baseEjection='50' maxEjection='50' panic='0'", scripted("A") + scripted("B"), ""));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    for (int i = 0; i < 6; ++i) BOOST_CHECK(endpoints::test::send(*endpoint).answered);
    Script::instance().taken();
    for (int i = 0; i < 6; ++i) BOOST_CHECK(endpoints::test::send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "B B B B B B");
}

BOOST_AUTO_TEST_CASE(panicIgnoresEjectionsOrRefusesAll) {
    for (const bool refuse : {false, true}) {
        Script::reset({{"A", 101503}, {"B", 101503}});
        Setup setup(group(
            std::string("consecutive='1' maxEjected='100' panic='60' whenPanic='") + (refuse ? "refuse'" : "ignore'"),
            scripted("A") + scripted("B")));
        const auto endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
        endpoints::test::send(*endpoint);
        Script::instance().taken();
        const auto outcome = endpoints::test::send(*endpoint);
        BOOST_CHECK_EQUAL(Script::instance().taken().size(), refuse ? 0U : 3U);
        if (refuse) BOOST_CHECK_EQUAL(outcome.status, 503);
    }
}

BOOST_AUTO_TEST_CASE(rowGV10ToGV12SecondariesServeWhenNoPrimaryDoes) {
    Script::reset({{"A", 0}, {"B", 0}});
    Setup setup("<endpoint name='lb'><loadbalance>" + scripted("A") +
                "<endpoint name='S' secondary='true'><scripted id='S'/></endpoint>" + scripted("B") +
                "<endpoint name='T' secondary='true'><scripted id='T'/></endpoint></loadbalance></endpoint>");
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    for (int i = 0; i < 4; ++i) endpoints::test::send(*endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B A B");
    Script::reset({{"A", 101503}});
    endpoints::test::send(*endpoint);
    endpoints::test::send(*endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken().find('S'), std::string::npos);
    Script::reset({{"A", 101503}, {"B", 101503}});
    BOOST_CHECK(endpoints::test::send(*endpoint).answered);
    const auto taken = Script::instance().taken();
    BOOST_CHECK(taken.find('S') != std::string::npos || taken.find('T') != std::string::npos);
    Script::reset();
    endpoints::test::send(*endpoint);
    const auto back = Script::instance().taken();
    BOOST_CHECK(back == "A" || back == "B");
}

BOOST_AUTO_TEST_CASE(rowGV11SecondariesShareWhatThePrimariesCannotTake) {
    Script::reset({{"A", 101503}});
    Setup setup(
        "<endpoint name='lb'><loadbalance><endpoint name='A'><scripted id='A'/></endpoint>"
        "<endpoint name='S' secondary='true'><scripted id='S'/></endpoint>"
        "<endpoint name='T' secondary='true'><scripted id='T'/></endpoint></loadbalance></endpoint>");
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    for (int i = 0; i < 7; ++i) BOOST_CHECK(endpoints::test::send(*endpoint).answered);
    const auto taken = Script::instance().taken();
    BOOST_CHECK_EQUAL(taken.front(), 'A');
    BOOST_CHECK_EQUAL(std::count(taken.begin(), taken.end(), 'A'), 1);
    const auto ofS = std::count(taken.begin(), taken.end(), 'S');
    BOOST_CHECK(ofS == 3 || ofS == 4);
}

BOOST_AUTO_TEST_CASE(slowStartGivesAGrowingShareAfterARecovery) {
    auto outliers = std::make_shared<OutlierState>();
    std::vector<endpoints::GroupHealth::Child> children;
    children.push_back({"A", false, {}, outliers});
    const OutlierPolicy policy;
    const endpoints::GroupHealth health({"g", policy, base::Milliseconds(10'000), nullptr, 0}, std::move(children));
    base::TimePoint now{std::chrono::hours(1)};
    const auto admitted = [&] {
        int count = 0;
        for (std::uint64_t chance = 0; chance < 10'000; ++chance) count += health.admits(0, chance, now) ? 1 : 0;
        return count;
    };
    BOOST_CHECK_EQUAL(admitted(), 10'000);
    outliers->eject(policy, now);
    now += policy.baseEjection;
    outliers->leave(outliers->enter(now), Sign::Good, policy, now);
    BOOST_CHECK_CLOSE(static_cast<double>(admitted()), 1'000.0, 20.0);
    now += base::Milliseconds(5'000);
    BOOST_CHECK_CLOSE(static_cast<double>(admitted()), 5'000.0, 10.0);
    now += base::Milliseconds(5'000);
    BOOST_CHECK_EQUAL(admitted(), 10'000);
}

BOOST_AUTO_TEST_CASE(badInput) {
    const auto findings = [](const std::string& xml) {
        Setup setup(xml);
        setup.endpoint();
        return setup.findings();
    };
    BOOST_CHECK_NE(findings(group("share='101'", scripted("A"))), "");
    BOOST_CHECK_NE(findings(group("panic='101'", scripted("A"))), "");
    BOOST_CHECK_NE(findings(group("maxEjected='101'", scripted("A"))), "");
    BOOST_CHECK_NE(findings(group("statuses='50x'", scripted("A"))), "");
    BOOST_CHECK_NE(findings(group("baseEjection='100' maxEjection='10'", scripted("A"))), "");
    BOOST_CHECK_NE(findings(group("", "<endpoint secondary='true'><scripted id='A'/></endpoint>")), "");
    BOOST_CHECK_EQUAL(findings(group("", scripted("A"))), "");
}

BOOST_AUTO_TEST_SUITE_END()
