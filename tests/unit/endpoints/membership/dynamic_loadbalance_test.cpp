#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>
#include <string>

#include "endpoints/membership/polled.hpp"
#include "endpoints/membership/srv.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/membership/fake_dns.hpp"
#include "tests/unit/endpoints/support.hpp"

// synapse-endpoints 3.8: groups whose members change. Real sockets on the loopback.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadPort;
using endpoints::test::FakeDns;
using endpoints::test::Message;
using endpoints::test::Setup;

std::string property(const std::string& name, const std::string& value) {
    return "<property name='" + name + "' value='" + value + "'/>";
}

std::string dynamic(const std::string& properties, const std::string& attributes = {}) {
    return "<endpoint name='dyn'><dynamicLoadbalance " + attributes + "><membershipHandler class='myelin.dns'>" +
           properties + "</membershipHandler></dynamicLoadbalance></endpoint>";
}

struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    message::SendOutcome send(const std::string& target = "/") const { return Message("GET", target).send(*endpoint); }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

void checkFound(const std::string& xml, const std::string& text) {
    Setup setup(xml);
    setup.endpoint();
    BOOST_CHECK_MESSAGE(setup.found(text), setup.findings());
}

std::uint16_t portOf(const Backend& backend) {
    return static_cast<std::uint16_t>(std::stoul(backend.port()));
}

/// Says what the test wants it to say.
class Told final : public endpoints::PolledMembership {
public:
    Told() : PolledMembership(std::chrono::hours(1)) {}
    std::deque<Found> answers;
    int lookUps = 0;

protected:
    Found lookUp() override {
        ++lookUps;
        if (answers.empty()) return {{}, "nothing to say"};
        auto next = answers.front();
        answers.pop_front();
        return next;
    }
    std::string subject() const override { return "told"; }
};

endpoints::Member plain(const std::string& host, std::uint16_t port) {
    endpoints::Member member;
    member.host = host;
    member.httpPort = port;
    return member;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(DynamicLoadBalance)

BOOST_AUTO_TEST_CASE(mistakes) {
    checkFound("<endpoint><dynamicLoadbalance/></endpoint>", "error: 1: <dynamicLoadbalance> needs");
    checkFound("<endpoint><dynamicLoadbalance><membershipHandler/></dynamicLoadbalance></endpoint>",
               "needs attribute \"class\"");
    checkFound(
        "<endpoint><dynamicLoadbalance><membershipHandler "
        "class='org.apache.synapse.core.axis2.Axis2LoadBalanceMembershipHandler'>" +
            property("applicationDomain", "apache.axis2.app.domain") +
            "</membershipHandler></dynamicLoadbalance></endpoint>",
        "needs an Axis2 cluster, which does not exist here (use class=\"myelin.dns\"");
    checkFound("<endpoint><dynamicLoadbalance><membershipHandler class='myelin.dsn'/></dynamicLoadbalance></endpoint>",
               "did you mean \"myelin.dns\"");
    checkFound(dynamic(""), "needs the property \"hosts\"");
    checkFound(dynamic(property("hosts", "quotes.example")), "\"quotes.example\" is no name to look up");
    checkFound(dynamic(property("hosts", "h:80") + property("interval", "0")), "\"value\"");
    checkFound(dynamic(property("hosts", "h:80") + property("scheme", "ftp")), "\"ftp\" is no scheme");
    checkFound(dynamic(property("hosts", "h:80") + property("server", "x")), "\"x\" is no name server");
    checkFound(dynamic(property("hosts", "h:80") + property("host", "x")), "has no property \"host\"");
    checkFound(dynamic(property("hosts", "h:80"), "algorithm='a' policy='b'"), "cannot be used together");
    checkFound("<endpoint><dynamicLoadBalance><membershipHandler class='myelin.dns'>" + property("hosts", "h:80") +
                   "</membershipHandler></dynamicLoadBalance></endpoint>",
               "warning: 1: Synapse refuses the spelling");
    checkFound("<endpoint><serviceDynamicLoadbalance configuration='x'/></endpoint>", "needs an Axis2 cluster");
}

BOOST_AUTO_TEST_CASE(addressesOfAName) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const Tree tree(dynamic(property("hosts", "127.0.0.1:" + one.port() + ", 127.0.0.1:" + two.port())));
    for (int i = 0; i < 4; ++i) BOOST_CHECK(tree.send("/services/X?q=1").answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 2U);
    BOOST_CHECK_EQUAL(two.requests().size(), 2U);
    BOOST_CHECK(one.requests().front().starts_with("GET /services/X?q=1 "));
}

BOOST_AUTO_TEST_CASE(theSchemeIsThatOfTheProperty) {
    const Backend one(answer("200 OK"));
    const Tree tree(dynamic(property("hosts", "127.0.0.1:" + one.port())));
    Message message;
    message.makeSecure();
    BOOST_CHECK(message.send(*tree.endpoint).answered);
}

BOOST_AUTO_TEST_CASE(serversOfSrvRecordsThoseOfTheFirstPriorityFirst) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const Backend spare(answer("200 OK"));
    const FakeDns dns(
        {{10, 1, portOf(one), "localhost"}, {10, 1, portOf(two), "localhost"}, {20, 1, portOf(spare), "localhost"}});
    const Tree tree(dynamic(property("hosts", "srv:_http._tcp.quotes.example") + property("server", dns.address())));
    for (int i = 0; i < 4; ++i) BOOST_CHECK(tree.send().answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 2U);
    BOOST_CHECK_EQUAL(two.requests().size(), 2U);
    BOOST_CHECK_EQUAL(spare.requests().size(), 0U);
    BOOST_CHECK_EQUAL(dns.questions(), 1U);
}

BOOST_AUTO_TEST_CASE(membersComeAndGo) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    FakeDns dns({{1, 1, portOf(one), "localhost"}});
    const Tree tree(dynamic(property("hosts", "srv:_http._tcp.quotes.example") + property("server", dns.address()) +
                            property("interval", "0.1")));
    BOOST_CHECK(tree.send().answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 1U);
    dns.answerWith({{1, 1, portOf(two), "localhost"}});
    const auto began = base::Clock::now();
    while (two.requests().empty() && base::Clock::now() - began < std::chrono::seconds(20)) {
        BOOST_REQUIRE(tree.send().answered);
    }
    BOOST_CHECK_EQUAL(two.requests().size(), 1U);
    // A name server's failure changes nothing.
    dns.answerWith({});
    const auto asked = dns.questions();
    while (dns.questions() < asked + 2 && base::Clock::now() - began < std::chrono::seconds(20)) {
        runtime::sleepFor(std::chrono::milliseconds(20));
    }
    BOOST_CHECK(tree.send().answered);
    BOOST_CHECK_EQUAL(two.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(aMemberThatComesBackHasUnderWayWhatItHad) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    FakeDns dns({{1, 1, portOf(one), "localhost"}});
    const Tree tree(
        "<endpoint name='dyn'><dynamicLoadbalance><endpointDefaults><limit inFlight='1'/></endpointDefaults>"
        "<membershipHandler class='myelin.dns'>" +
        property("hosts", "srv:_http._tcp.quotes.example") + property("server", dns.address()) +
        property("interval", "0.1") + "</membershipHandler></dynamicLoadbalance></endpoint>");
    const auto end = base::Clock::now() + std::chrono::seconds(20);
    Message held;
    BOOST_REQUIRE(held.send(*tree.endpoint).answered);
    dns.answerWith({{1, 1, portOf(two), "localhost"}});
    while (two.requests().empty() && base::Clock::now() < end) tree.send();
    BOOST_REQUIRE(!two.requests().empty());
    dns.answerWith({{1, 1, portOf(one), "localhost"}});
    while (tree.send().answered && base::Clock::now() < end) continue;
    BOOST_CHECK_EQUAL(one.requests().size(), 1U);
    held.reply().reset();
    BOOST_CHECK(tree.send().answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(brokenAndEmptyAnswers) {
    const FakeDns none({});
    const Poco::Net::SocketAddress server(none.address());
    BOOST_CHECK(!endpoints::lookUpSrv("_http._tcp.quotes.example", server).error.empty());
    const FakeDns decidedlyNot({{0, 0, 0, "localhost"}});
    const Poco::Net::SocketAddress other(decidedlyNot.address());
    BOOST_CHECK_EQUAL(endpoints::lookUpSrv("_http._tcp.quotes.example", other).error, "no servers are listed");
}

BOOST_AUTO_TEST_CASE(eachMemberOnceAMessage) {
    const Tree tree(dynamic(property("hosts",
                                     "127.0.0.1:" + std::to_string(deadPort()) + ",127.0.0.1:" +
                                         std::to_string(deadPort()) + ",127.0.0.1:" + std::to_string(deadPort()))));
    auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 101503);
    BOOST_CHECK_MESSAGE(outcome.detail.find("after 3 attempts") != std::string::npos, outcome.detail);
    BOOST_CHECK_EQUAL(tree.send().code, 303000);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 32U);
}

BOOST_AUTO_TEST_CASE(noMembers) {
    const FakeDns dns({});
    const Tree tree(dynamic(property("hosts", "srv:_http._tcp.quotes.example") + property("server", dns.address())));
    const auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.text, "Dynamic load balance endpoint : dyn - no ready child endpoints");
    BOOST_CHECK_MESSAGE(outcome.detail.find("_http._tcp.quotes.example") != std::string::npos, outcome.detail);
}

BOOST_AUTO_TEST_CASE(aLookUpThatFailsKeepsTheMembers) {
    const auto told = std::make_shared<Told>();
    told->answers = {{{}, "down"},
                     {{plain("a", 1), plain("b", 1)}, ""},
                     {{plain("a", 1)}, "b: down"},
                     {{plain("b", 1)}, ""},
                     {{}, ""}};
    BOOST_CHECK_EQUAL(told->lookUps, 0);
    told->refresh();
    BOOST_CHECK(told->current()->empty());
    BOOST_CHECK_EQUAL(told->condition(), "told: down");
    told->refresh();
    const auto two = told->current();
    BOOST_CHECK_EQUAL(two->size(), 2U);
    told->refresh();
    BOOST_CHECK(told->current() == two);
    told->refresh();
    BOOST_REQUIRE_EQUAL(told->current()->size(), 1U);
    BOOST_CHECK_EQUAL(told->current()->front().host, "b");
    told->refresh();
    BOOST_CHECK(told->current()->empty());
}

BOOST_AUTO_TEST_CASE(onlyTheFirstMessagesWait) {
    const auto told = std::make_shared<Told>();
    told->answers = {{{plain("a", 1)}, ""}};
    const auto never = runtime::Deadline::never();
    told->await(never);
    told->await(never);
    BOOST_CHECK_EQUAL(told->lookUps, 1);
    const auto mute = std::make_shared<Told>();
    mute->await(never);
    mute->await(never);
    // Once a second at most.
    BOOST_CHECK_EQUAL(mute->lookUps, 1);
}

BOOST_AUTO_TEST_CASE(aPluginSaysWhoTheMembersAre) {
    const Backend backend(answer("200 OK"));
    const auto xml = [](const std::string& properties) {
        return "<endpoint name='dyn'><dynamicLoadbalance><membershipHandler class='test.One'>" + properties +
               "</membershipHandler></dynamicLoadbalance></endpoint>";
    };
    {
        Setup setup(xml(property("port", backend.port()) + property("interval", "3600")),
                    endpoints::test::testPlugins());
        const auto endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
        BOOST_CHECK(Message().send(*endpoint).answered);
    }
    {
        Setup setup(xml(property("port", "0")), endpoints::test::testPlugins());
        const auto endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
        const auto outcome = Message().send(*endpoint);
        BOOST_CHECK_EQUAL(outcome.code, 303000);
        BOOST_CHECK_MESSAGE(outcome.detail.find("the register does not answer") != std::string::npos, outcome.detail);
    }
    Setup missing(xml(""), endpoints::test::testPlugins());
    BOOST_CHECK(!missing.endpoint());
    BOOST_CHECK_MESSAGE(
        missing.found("cannot create membership handler \"test.One\": the parameter \"port\" is missing"),
        missing.findings());
    Setup misspelt(xml(property("prot", "1") + property("port", "1")), endpoints::test::testPlugins());
    misspelt.endpoint();
    BOOST_CHECK_MESSAGE(misspelt.found("the membership handler has no property \"prot\""), misspelt.findings());
}

BOOST_AUTO_TEST_SUITE_END()
