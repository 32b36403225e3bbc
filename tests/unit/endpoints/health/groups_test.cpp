// Health of what groups hold: members that come and go, recipients, shares of the weight (GV-10 to GV-13, GV-21, IA-12,
// XA-13, XA-17). Real sockets on the loopback.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "endpoints/operations.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/loaded.hpp"
#include "tests/unit/endpoints/membership/fake_dns.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadPort;
using endpoints::test::FakeDns;
using endpoints::test::Loaded;
using endpoints::test::Message;
using endpoints::test::Setup;

std::uint16_t portOf(const Backend& backend) {
    return static_cast<std::uint16_t>(std::stoul(backend.port()));
}

bool waitFor(const std::function<bool()>& reached) {
    const auto end = runtime::now() + 20s;
    while (!reached() && runtime::now() < end) std::this_thread::sleep_for(5ms);
    return reached();
}

message::SendOutcome send(const message::Endpoint& endpoint) {
    return Message("GET", "/").send(endpoint);
}

/// A dynamic group over what a name server says.
std::string dynamic(const FakeDns& dns, const std::string& more = {}, const std::string& attributes = {}) {
    return "<endpoint name='g'><dynamicLoadbalance " + attributes +
           "><membershipHandler class='myelin.dns'><property name='hosts' value='srv:_q._tcp.x'/><property "
           "name='server' value='" +
           dns.address() + "'/><property name='interval' value='0.1'/></membershipHandler>" + more +
           "</dynamicLoadbalance></endpoint>";
}

std::string found(const std::string& xml) {
    Setup setup(xml);
    setup.endpoint();
    return setup.findings();
}

const std::string kCheck = "<healthCheck path='/health' interval='20' fall='1' rise='1'/>";
const std::string kDetection = "<outlierDetection consecutive='2' panic='0' baseEjection='60000'/>";

/// Serves everything, and says of its health what it is told.
struct Patient {
    std::atomic<bool> well{true};
    std::atomic<int> probes{0};
    std::atomic<int> served{0};
    Backend backend{[this](const std::string& request) {
        if (request.find("/health") == std::string::npos) {
            ++served;
            return answer("200 OK");
        }
        ++probes;
        return answer(well ? "200 OK" : "500 Ill");
    }};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(HealthInGroups)

BOOST_AUTO_TEST_CASE(dynamicMembersAreCheckedAndTheirChecksEndWithThem) {
    Patient ill;
    Patient well;
    FakeDns dns({{1, 1, portOf(ill.backend), "localhost"}, {1, 1, portOf(well.backend), "localhost"}});
    config::StateStore states;
    Loaded loaded(dynamic(dns, kCheck), states);
    BOOST_CHECK(send(loaded.endpoint("g")).answered);
    ill.well = false;
    BOOST_REQUIRE(
        waitFor([&] { return loaded.endpoint("g").condition(runtime::now()).find("DOWN") != std::string::npos; }));
    const int served = ill.served;
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(loaded.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(ill.served, served);
    // A reload finds what is known, before any message.
    Loaded next(dynamic(dns, kCheck), states);
    loaded.configuration.reset();
    BOOST_CHECK(next.endpoint("g").condition(runtime::now()).find("DOWN") != std::string::npos);
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(next.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(ill.served, served);
    // It leaves, and no message comes that would notice.
    dns.answerWith({{1, 1, portOf(well.backend), "localhost"}});
    int probes = -1;
    BOOST_CHECK(waitFor([&] {
        const int before = std::exchange(probes, ill.probes);
        std::this_thread::sleep_for(150ms);
        return before == ill.probes;
    }));
}

BOOST_AUTO_TEST_CASE(xa13AMemberThatIsRemovedFinishesWhatItHas) {
    std::atomic<bool> go{false};
    std::atomic<bool> busy{false};
    const Backend slow([&](const std::string&) {
        busy = true;
        (void)waitFor([&] { return go.load(); });
        return answer("200 OK", "late");
    });
    const Backend other(answer("200 OK"));
    FakeDns dns({{1, 1, portOf(slow), "localhost"}});
    config::StateStore states;
    const Loaded loaded(dynamic(dns), states);
    const auto& group = loaded.endpoint("g");
    bool answered = false;
    std::thread client([&] { answered = send(group).answered; });
    BOOST_CHECK(waitFor([&] { return busy.load(); }));
    dns.answerWith({{1, 1, portOf(other), "localhost"}});
    // The next message waits behind the slow one as long as that is the only member.
    const auto asked = dns.questions();
    BOOST_CHECK(waitFor([&] { return dns.questions() >= asked + 2; }));
    for (int call = 0; call < 3; ++call) BOOST_CHECK(send(group).answered);
    BOOST_CHECK_EQUAL(other.requests().size(), 3U);
    go = true;
    client.join();
    BOOST_CHECK(answered);
}

BOOST_AUTO_TEST_CASE(aMemberThatIsOffIsOffWhenItComesBack) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    FakeDns dns({{1, 1, portOf(one), "localhost"}, {1, 1, portOf(two), "localhost"}});
    config::StateStore states;
    const Loaded loaded(dynamic(dns), states);
    const auto& group = loaded.endpoint("g");
    BOOST_CHECK(send(group).answered);
    endpoints::Operations operations(loaded.configuration);
    BOOST_CHECK(operations.off("g member http://localhost:" + one.port(), runtime::now()).done);
    const auto asks = [&](const std::vector<FakeDns::Record>& records) {
        dns.answerWith(records);
        const auto asked = dns.questions();
        BOOST_CHECK(waitFor([&] { return dns.questions() >= asked + 2; }));
        for (int call = 0; call < 4; ++call) BOOST_CHECK(send(group).answered);
    };
    const auto before = one.requests().size();
    asks({{1, 1, portOf(two), "localhost"}});
    asks({{1, 1, portOf(one), "localhost"}, {1, 1, portOf(two), "localhost"}});
    BOOST_CHECK_EQUAL(one.requests().size(), before);
}

BOOST_AUTO_TEST_CASE(dynamicMembersAreEjected) {
    const Backend ill(answer("503 Busy"));
    const Backend well(answer("200 OK"));
    FakeDns dns({{1, 1, portOf(ill), "localhost"}, {1, 1, portOf(well), "localhost"}});
    config::StateStore states;
    const Loaded loaded(dynamic(dns, kDetection), states);
    for (int call = 0; call < 12; ++call) BOOST_CHECK(send(loaded.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(ill.requests().size(), 2U);
    BOOST_CHECK_EQUAL(well.requests().size(), 10U);
    const Loaded next(dynamic(dns, kDetection), states);
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(next.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(ill.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(serversOfALaterPriorityAreSecondary) {
    const Backend spare(answer("200 OK"));
    Backend primary(answer("200 OK"));
    FakeDns dns({{20, 1, portOf(spare), "localhost"}, {10, 1, portOf(primary), "localhost"}});
    config::StateStore states;
    const Loaded loaded(dynamic(dns), states);
    for (int call = 0; call < 3; ++call) BOOST_CHECK(send(loaded.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(primary.requests().size(), 3U);
    dns.answerWith({{20, 1, portOf(spare), "localhost"}, {10, 1, deadPort(), "localhost"}});
    const auto asked = dns.questions();
    BOOST_CHECK(waitFor([&] { return dns.questions() >= asked + 2; }));
    for (int call = 0; call < 3; ++call) BOOST_CHECK(send(loaded.endpoint("g")).answered);
    BOOST_CHECK_EQUAL(spare.requests().size(), 3U);
}

BOOST_AUTO_TEST_CASE(gv10To12MembersMayBeSecondary) {
    Patient primary;
    Patient spare;
    const auto member = [](const Patient& patient, const std::string& attributes) {
        return "<member hostName='127.0.0.1' httpPort='" + patient.backend.port() + "' " + attributes + "/>";
    };
    config::StateStore states;
    const Loaded loaded("<endpoint name='g'><loadbalance slowStart='0'>" + kCheck + member(primary, "") +
                            member(spare, "secondary='true'") + "</loadbalance></endpoint>",
                        states);
    const auto& group = loaded.endpoint("g");
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(group).answered);
    BOOST_CHECK_EQUAL(spare.served, 0);
    primary.well = false;
    BOOST_CHECK(waitFor([&] { return send(group).answered && spare.served > 0; }));
    primary.well = true;
    BOOST_CHECK(waitFor([&] {
        const int before = primary.served;
        return send(group).answered && primary.served > before;
    }));
    BOOST_CHECK(found("<endpoint><loadbalance><member hostName='h' httpPort='1' secondary='true'/></loadbalance>"
                      "</endpoint>")
                    .find("all members are secondary") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(recipientsAreCheckedAndEjectedAndMayBeSecondary) {
    Patient ill;
    Patient well;
    const Backend failing(answer("503 Busy"));
    const Backend spare(answer("200 OK"));
    const auto address = [](const Backend& backend, const std::string& attributes = {}) {
        return "<endpoint " + attributes + "><address uri='" + backend.url() + "'/></endpoint>";
    };
    config::StateStore states;
    const Loaded loaded("<endpoint name='g'><recipientlist>" + kCheck + kDetection + address(ill.backend) +
                            address(well.backend) + "<endpoint><address uri='" + failing.url() +
                            "'/><healthCheck enabled='false'/></endpoint></recipientlist></endpoint>" +
                            "<endpoint name='s'><recipientlist>" + address(ill.backend, "state='off'") +
                            address(spare, "secondary='true'") + "</recipientlist></endpoint>",
                        states);
    const auto& list = loaded.endpoint("g");
    ill.well = false;
    BOOST_REQUIRE(waitFor([&] { return list.condition(runtime::now()).find("DOWN") != std::string::npos; }));
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(list).scattered);
    BOOST_CHECK_EQUAL(ill.served, 0);
    BOOST_CHECK_EQUAL(well.served, 4);
    BOOST_CHECK_EQUAL(failing.requests().size(), 2U);
    BOOST_CHECK(send(loaded.endpoint("s")).scattered);
    BOOST_CHECK_EQUAL(spare.requests().size(), 1U);
    BOOST_CHECK_EQUAL(found("<endpoint><recipientlist slowStart='1'><endpoint><address uri='http://h'/></endpoint>"
                            "</recipientlist></endpoint>")
                          .find("error: 1: unknown attribute \"slowStart\""),
                      0U);
}

BOOST_AUTO_TEST_CASE(ia12BelowTheMinimumTheGroupTakesNothing) {
    config::StateStore states;
    const auto child = [](const std::string& id, int weight) {
        return "<endpoint name='" + id + "'><property name='loadbalance.weight' value='" + std::to_string(weight) +
               "'/><scripted id='" + id + "'/></endpoint>";
    };
    endpoints::test::Script::reset();
    const Loaded loaded("<endpoint name='g'><loadbalance policy='smoothWeighted' minimumAvailable='50'>" +
                            child("A", 2) + child("B", 1) + child("C", 1) + "</loadbalance></endpoint>",
                        states);
    const auto& group = loaded.endpoint("g");
    const auto switchTo = [&](const std::string& name, bool on) {
        group.visit([&](const message::Endpoint& one) {
            if (one.name() != name) return;
            on ? one.switchOn(runtime::now()) : one.switchOff(runtime::now());
        });
        // A judgement holds for 20 ms.
        std::this_thread::sleep_for(25ms);
    };
    BOOST_CHECK(send(group).answered);
    switchTo("A", false);
    BOOST_CHECK(send(group).answered);
    switchTo("B", false);
    BOOST_CHECK(!group.ready(runtime::now()));
    const auto outcome = send(group);
    BOOST_CHECK_EQUAL(outcome.status, 503);
    BOOST_CHECK_MESSAGE(
        outcome.detail.find("group g takes no messages while less than 50 % of its weight is available") !=
            std::string::npos,
        outcome.detail);
    switchTo("B", true);
    BOOST_CHECK(send(group).answered);
    BOOST_CHECK(found("<endpoint><loadbalance minimumAvailable='101'><endpoint><scripted id='A'/></endpoint>"
                      "</loadbalance></endpoint>")
                    .find("from 1 to 100") != std::string::npos);
    BOOST_CHECK(found("<endpoint><failover minimumAvailable='50'><outlierDetection panic='10'/><endpoint>"
                      "<scripted id='A'/></endpoint></failover></endpoint>")
                    .find("panic has no effect beside minimumAvailable") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(optionsOfADynamicGroupThatNobodyAsksFor) {
    const auto of = [](const std::string& policy, const std::string& name, const std::string& value) {
        return found("<endpoint><property name='loadbalance." + name + "' value='" + value +
                     "'/><dynamicLoadbalance policy='" + policy +
                     "'><membershipHandler class='myelin.dns'><property name='hosts' value='h:80'/>"
                     "</membershipHandler></dynamicLoadbalance></endpoint>");
    };
    BOOST_CHECK_EQUAL(of("maglev", "loadFactor", "2"), "");
    BOOST_CHECK_EQUAL(of("maglev", "laodFactor", "2"),
                      "error: 1: the algorithm maglev has no option \"loadbalance.laodFactor\"; did you mean "
                      "\"loadbalance.loadFactor\"?\n");
    BOOST_CHECK(of("roundRobin", "loadFactor", "2").find("has no option") != std::string::npos);
    BOOST_CHECK(of("maglev", "loadFactor", "x").find("cannot be used here") != std::string::npos);
    BOOST_CHECK_EQUAL(of("percent", "weight", "50"), "");
}

BOOST_AUTO_TEST_CASE(aLeafThatIsNotMadeDoesNotSayThatItsCheckIsUnknown) {
    for (const std::string kind : {"<address uri='x:y'/>", "<address/>", "<http uri-template='x:y'/>"}) {
        const auto all = found("<endpoint>" + kind + kCheck + "</endpoint>");
        BOOST_CHECK_MESSAGE(all.starts_with("error: 1: ") && all.find("unknown") == std::string::npos, all);
    }
}

BOOST_AUTO_TEST_CASE(xa17ATemplateIsABalancingPolicyForSeveralGroups) {
    config::StateStore states;
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const auto use = [&](const std::string& name, const std::string& spare) {
        return "<endpoint name='" + name + "' template='policy'><parameter name='first' value='" + one.url() +
               "'/><parameter name='second' value='" + two.url() + "'/><parameter name='spare' value='" + spare +
               "'/></endpoint>";
    };
    const Loaded loaded(
        "<template name='policy'><parameter name='first'/><parameter name='second'/><parameter name='spare'/>"
        "<endpoint name='$name'><loadbalance policy='smoothWeighted' slowStart='1000'><endpoint><property "
        "name='loadbalance.weight' value='3'/><address uri='$first'/></endpoint><endpoint secondary='$spare'>"
        "<address uri='$second'/></endpoint></loadbalance></endpoint></template>" +
            use("a", "false") + use("b", "true"),
        states);
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(loaded.endpoint("a")).answered);
    BOOST_CHECK_EQUAL(two.requests().size(), 1U);
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(loaded.endpoint("b")).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 7U);
}

BOOST_AUTO_TEST_CASE(referencesOutOfReachOfACheckAreWarnedOfHoweverDeep) {
    const auto findings = [](const std::string& check, const std::string& inner) {
        const std::string leaf = "><address uri='http://127.0.0.1:1/'/></endpoint>";
        config::StateStore states;
        return Loaded(
                   "<endpoint name='g'><loadbalance>" + check + "<endpoint><failover>" + inner + "<endpoint" + leaf +
                       "<endpoint key='other'/></failover></endpoint></loadbalance></endpoint><endpoint name='other'" +
                       leaf,
                   states)
            .findings;
    };
    const std::string check = "<healthCheck path='/health'/>";
    BOOST_CHECK_EQUAL(findings(check, {}),
                      "the health check of the groups around does not reach the endpoint that the key names\n");
    BOOST_CHECK_EQUAL(findings(check, "<healthCheck enabled='false'/>"), "");
    BOOST_CHECK_EQUAL(findings({}, {}), "");
}

BOOST_AUTO_TEST_SUITE_END()
