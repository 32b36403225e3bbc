#include "endpoints/member.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// Rows are those of the table of expected behaviour in endpoints/README.md's numbering. Real sockets on the loopback.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadPort;
using endpoints::test::Message;
using endpoints::test::Setup;

std::string member(const std::string& httpPort, const std::string& more = {}) {
    return "<member hostName='127.0.0.1' httpPort='" + httpPort + "' " + more + "/>";
}

std::string balance(const std::string& members, const std::string& attributes = {}) {
    return "<endpoint name='lb'><loadbalance " + attributes + ">" + members + "</loadbalance></endpoint>";
}

std::string findings(const std::string& xml) {
    Setup setup(xml);
    setup.endpoint();
    return setup.findings();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A configuration without mistakes, and its endpoint.
struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    message::SendOutcome send(const std::string& target = "/") const { return Message("GET", target).send(*endpoint); }
    std::string condition() const { return endpoint->condition(base::Clock::now()); }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

std::string targetOf(const Backend& backend, std::size_t index = 0) {
    const auto requests = backend.requests();
    if (index >= requests.size()) return "";
    const auto& head = requests[index];
    const auto from = head.find(' ') + 1;
    return head.substr(from, head.find(' ', from) - from);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Member)

BOOST_AUTO_TEST_CASE(rows27And28Ports) {
    BOOST_CHECK(contains(findings(balance("<member hostName='h' httpPort=''/>")), "error: 1: attribute \"httpPort\""));
    BOOST_CHECK_EQUAL(findings(balance("<member hostName='h' httpPort='80' httpsPort=' '/>")), "");
    BOOST_CHECK(contains(findings(balance("<member hostName='h' httpPort='65536'/>")), "\"httpPort\""));
    BOOST_CHECK(contains(findings(balance("<member hostName='h' httpsPort='0'/>")), "\"httpsPort\""));
    BOOST_CHECK(contains(findings(balance("<member hostName='h'/>")), "error: 1: <member> has no port"));
    BOOST_CHECK(contains(findings(balance("<member httpPort='80'/>")), "needs attribute \"hostName\""));
    BOOST_CHECK(contains(findings(balance("<member hostName='h/x' httpPort='80'/>")), "\"h/x\" is no host"));
    BOOST_CHECK_EQUAL(findings(balance("<member hostName='::1' httpPort='80'/>")), "");
}

BOOST_AUTO_TEST_CASE(failoverHasNoMembers) {
    BOOST_CHECK(contains(findings("<endpoint><failover>" + member("80") + "</failover></endpoint>"),
                         "error: 1: <failover> has no <member> children"));
}

BOOST_AUTO_TEST_CASE(row91PathOfTheMessageAtEachMember) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const Tree tree(balance(member(one.port()) + member(two.port())));
    BOOST_CHECK(tree.send("/services/X").answered);
    BOOST_CHECK(tree.send("/services/X").answered);
    BOOST_CHECK_EQUAL(targetOf(one), "/services/X");
    BOOST_CHECK_EQUAL(targetOf(two), "/services/X");
}

BOOST_AUTO_TEST_CASE(rows92And93TheQueryIsKept) {
    const Backend backend(answer("200 OK"));
    const Tree tree(balance(member(backend.port())));
    tree.send("http://esb/a/b?q=1");
    tree.send("/a?q=1");
    BOOST_CHECK_EQUAL(targetOf(backend, 0), "/a/b?q=1");
    BOOST_CHECK_EQUAL(targetOf(backend, 1), "/a?q=1");
}

BOOST_AUTO_TEST_CASE(theSuffixIsAppendedOnce) {
    const Backend backend(answer("200 OK"));
    const Tree tree(balance(member(backend.port())));
    Message first("GET", "/services/X/b/c?q=1");
    first.context().setRestSuffix("/b/c?q=1");
    first.send(*tree.endpoint);
    Message second("GET", "/services/X/b/c");
    second.context().setRestSuffix("/b/c");
    second.context().addressing().to = "http://elsewhere/base";
    second.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(targetOf(backend, 0), "/services/X/b/c?q=1");
    BOOST_CHECK_EQUAL(targetOf(backend, 1), "/base/b/c");
}

BOOST_AUTO_TEST_CASE(aToThatIsNoUrlBlamesNoMember) {
    const Backend backend(answer("200 OK"));
    const Tree tree(balance(member(backend.port()) + member(backend.port())));
    Message message;
    message.context().addressing().to = "/a b\r\nX: y";
    const auto outcome = message.send(*tree.endpoint);
    BOOST_CHECK(!outcome.answered && outcome.conclusive);
    BOOST_CHECK_EQUAL(tree.condition(), "");
    BOOST_CHECK(backend.requests().empty());
}

BOOST_AUTO_TEST_CASE(row94OverTlsOnlyMembersWithAnHttpsPort) {
    const Tree plain(balance(member("80")));
    Message message;
    message.makeSecure();
    const auto outcome = message.send(*plain.endpoint);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.text, "Loadbalance endpoint : lb - no ready child endpoints");
    BOOST_CHECK_MESSAGE(contains(outcome.detail, "no member has an httpsPort"), outcome.detail);

    const Tree secured(balance("<member hostName='127.0.0.1' httpsPort='" + std::to_string(deadPort()) + "'/>"));
    BOOST_CHECK_EQUAL(secured.send().code, 303000);
    Message other;
    other.makeSecure();
    BOOST_CHECK_EQUAL(other.send(*secured.endpoint).code, 101503);
}

BOOST_AUTO_TEST_CASE(row96ADeadMemberIsLeftOut) {
    const Backend live(answer("200 OK"));
    const Tree tree(balance(member(std::to_string(deadPort())) + member(live.port())));
    BOOST_CHECK(tree.send("/services/X?q=1").answered);
    BOOST_CHECK_EQUAL(targetOf(live), "/services/X?q=1");
    BOOST_CHECK_MESSAGE(contains(tree.condition(), "is out of service"), tree.condition());
    BOOST_CHECK(tree.send().answered);
    BOOST_CHECK_EQUAL(live.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(row97AllDead) {
    const Tree tree(balance(member(std::to_string(deadPort())) + member(std::to_string(deadPort()))));
    auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 101503);
    BOOST_CHECK_MESSAGE(contains(outcome.detail, "303000"), outcome.detail);
    BOOST_CHECK_EQUAL(tree.send().code, 303000);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 2U);
}

BOOST_AUTO_TEST_CASE(withoutFailoverAMemberStaysInService) {
    const Tree tree(balance(member(std::to_string(deadPort())), "failover='false'"));
    BOOST_CHECK_EQUAL(tree.send().code, 101503);
    BOOST_CHECK_EQUAL(tree.send().code, 101503);
    BOOST_CHECK_EQUAL(tree.condition(), "");
}

BOOST_AUTO_TEST_CASE(row98AMemberComesBackInItsPlace) {
    const auto port = deadPort();
    const Backend second(answer("200 OK"));
    const Tree tree(balance(member(std::to_string(port)) + member(second.port())));
    BOOST_CHECK(tree.send().answered);
    const auto failed = base::Clock::now();
    const Backend first(answer("200 OK"), Backend::Manner::Answer, port);
    while (!tree.condition().empty() && base::Clock::now() - failed < std::chrono::seconds(20)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    BOOST_CHECK_EQUAL(tree.condition(), "");
    BOOST_CHECK(base::Clock::now() - failed >= std::chrono::milliseconds(900));
    // The turn after the second one is the first one's, as declared.
    BOOST_CHECK(tree.send("/again").answered);
    BOOST_CHECK(!first.requests().empty() && contains(first.requests().back(), "/again"));
}

BOOST_AUTO_TEST_CASE(row99EachPortForItself) {
    const Backend backend(answer("200 OK"));
    const Tree tree(balance(member(backend.port(), "httpsPort='" + std::to_string(deadPort()) + "'")));
    Message secured;
    secured.makeSecure();
    BOOST_CHECK_EQUAL(secured.send(*tree.endpoint).code, 101503);
    BOOST_CHECK(tree.send().answered);
}

BOOST_AUTO_TEST_CASE(theStateSurvivesAReload) {
    Setup setup(balance(member(std::to_string(deadPort()))));
    const auto before = setup.endpoint();
    BOOST_REQUIRE(before);
    BOOST_CHECK_EQUAL(Message().send(*before).code, 101503);
    const auto after = setup.endpoint();
    BOOST_REQUIRE(after);
    BOOST_CHECK_EQUAL(Message().send(*after).code, 303000);
}

BOOST_AUTO_TEST_SUITE_END()
