#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/sessions/session_balancer.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/sessions/servers.hpp"

// Rows are those of the table of expected behaviour in endpoints/README.md's numbering.

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;
using namespace std::chrono_literals;

namespace {

constexpr int kRefused = 101503;
const auto kNever = runtime::Deadline::never();
const std::string kThree = server("A") + server("B") + server("C");

struct Clean {
    Clean() { Server::reset(); }
};

/// Milliseconds that a session of the group "top" has to live; 0 when it is not known.
std::int64_t left(Group& group, std::string_view id) {
    const auto known = group.store().look({"top", id}, runtime::now());
    return known ? known->left.count() : 0;
}

bool about(std::int64_t value, std::int64_t wanted) {
    return value > wanted - 2000 && value <= wanted;
}

std::string soapMessage(Group& group, const std::string& text) {
    StreamedBody body(1, text);
    Message message("POST", "/", &body);
    group.last = message.send(*group.endpoint);
    return Server::taken();
}

const std::string kServiceGroup =
    "<x:ServiceGroupId xmlns:x='http://ws.apache.org/namespaces/axis2'> g-1 </x:ServiceGroupId>";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(SessionRows, Clean)

BOOST_AUTO_TEST_CASE(row118EachIdStaysWithItsChild) {
    Group group(clients(kThree));
    for (int round = 0; round < 5; ++round) {
        BOOST_TEST(group.ofClient("1") == "A");
        BOOST_TEST(group.ofClient("2") == "B");
    }
}

BOOST_AUTO_TEST_CASE(row119WithoutAnIdMessagesAreBalanced) {
    Group group(clients(kThree));
    for (const std::string wanted : {"A", "B", "C", "A"}) BOOST_TEST(group.with({}) == wanted);
    BOOST_TEST(group.ofClient("  ") == "B");
}

BOOST_AUTO_TEST_CASE(row120ASecondMessageBeforeTheFirstAnswer) {
    Group group(clients(kThree));
    std::string inner;
    Server::of("A").asked = [&] {
        Server::of("A").asked = nullptr;
        inner = group.ofClient("x");
    };
    BOOST_TEST(group.ofClient("x") == "A");
    BOOST_TEST(inner == "A");
}

BOOST_AUTO_TEST_CASE(row121ASessionWaitsForItsChild) {
    Group group(clients(kThree));
    BOOST_TEST(group.ofClient("x") == "A");
    Server::of("A").down = true;
    BOOST_TEST(group.ofClient("x") == "");
    BOOST_TEST(group.last.code == 309001);
    BOOST_TEST(group.last.status == 503);
    BOOST_TEST(group.last.text == "The endpoint A on the session is not ready.");
    BOOST_TEST(group.ofClient("y") == "B");
    Server::of("A").down = false;
    BOOST_TEST(group.ofClient("x") == "A");
}

BOOST_AUTO_TEST_CASE(row122AFailureInASessionIsAFault) {
    Group group(clients(kThree));
    BOOST_TEST(group.ofClient("x") == "A");
    Server::of("A").fails = kRefused;
    BOOST_TEST(group.ofClient("x") == "a");
    BOOST_TEST(group.last.code == kRefused);
    BOOST_TEST(group.last.detail == "A failed; 309003 Failure an endpoint A in the current session");
    BOOST_TEST(!group.last.conclusive);
    Server::of("A").fails = 0;
    BOOST_TEST(group.ofClient("x") == "A");
}

BOOST_AUTO_TEST_CASE(row123TheFirstMessageFindsAnother) {
    Group group(clients(kThree));
    Server::of("A").fails = kRefused;
    BOOST_TEST(group.ofClient("x") == "aB");
    BOOST_TEST(group.ofClient("x") == "B");
    // Whatever failover says, and not when the child's retryConfig forbids it.
    Group never("<endpoint><session type='simpleClientSession' header='X-Client'/><loadbalance failover='false'>" +
                kThree + "</loadbalance></endpoint>");
    BOOST_TEST(never.ofClient("x") == "aB");
    Server::of("C").fails = kRefused;
    Server::of("C").retryForbidden = true;
    BOOST_TEST(never.ofClient("y") == "c");
    BOOST_TEST(never.last.detail.find("non-retry error (309003)") != std::string::npos);
    // It is not bound to where it failed.
    BOOST_TEST(never.ofClient("y") == "aB");
}

BOOST_AUTO_TEST_CASE(row124AFailoverGroupKeepsItsSessions) {
    const auto failover = [](const std::string& children) {
        return "<endpoint><failover>" + children + "</failover></endpoint>";
    };
    Group group(clients(failover(server("A") + server("B")) + failover(server("C") + server("D"))));
    BOOST_TEST(group.ofClient("1") == "A");
    BOOST_TEST(group.ofClient("2") == "C");
    Server::of("A").fails = kRefused;
    BOOST_TEST(group.ofClient("1") == "aB");
    BOOST_TEST(group.ofClient("2") == "C");
    Server::of("B").fails = kRefused;
    BOOST_TEST(group.ofClient("1") == "ab");
    BOOST_TEST(group.last.code == kRefused);
}

BOOST_AUTO_TEST_CASE(row125SessionsLiveFromTheirLastMessageOn) {
    const std::string timeout = "<sessionTimeout>10000</sessionTimeout>";
    Group group(clients(kThree, timeout));
    BOOST_TEST(group.ofClient("x") == "A");
    BOOST_TEST(about(left(group, "x"), 10000));
    BOOST_TEST(!group.store().find({"top", "x"}, runtime::now() + 10001ms, kNever));
    group.store().bind({"top", "x"}, "A\n", 5000ms, runtime::now(), kNever);
    BOOST_TEST(group.ofClient("x") == "A");
    BOOST_TEST(about(left(group, "x"), 10000));
    // Synapse's way.
    Group absolute(sessions("type='simpleClientSession' header='X-Client' expiry='absolute'", kThree, timeout));
    BOOST_TEST(absolute.ofClient("x") == "A");
    absolute.store().bind({"top", "x"}, "A\n", 5000ms, runtime::now(), kNever);
    BOOST_TEST(absolute.ofClient("x") == "A");
    BOOST_TEST(about(left(absolute, "x"), 5000));
}

BOOST_AUTO_TEST_CASE(row126WithoutATimeoutTwoMinutes) {
    Group group("<endpoint><session type='simpleClientSession' header='X-Client'/><loadbalance>" + kThree +
                "</loadbalance></endpoint>");
    group.ofClient("x");
    BOOST_TEST(about(left(group, "x"), 120000));
}

BOOST_AUTO_TEST_CASE(row127TheShortestTimeoutOfNestedGroupsCounts) {
    for (const std::string outer : {"10000", "5000"}) {
        const std::string inner = outer == "5000" ? "10000" : "5000";
        Group group(clients(clients(kThree, "<sessionTimeout>" + inner + "</sessionTimeout>", "inner"),
                            "<sessionTimeout>" + outer + "</sessionTimeout>"));
        group.ofClient("x");
        BOOST_TEST(about(left(group, "x"), 5000));
    }
}

BOOST_AUTO_TEST_CASE(rows128And131TheBackendsCookieBindsWhateverTheHost) {
    Group group(sessions("type='http'", kThree));
    Server::of("A").sets = {"JSESSIONID=a; Path=/"};
    BOOST_TEST(group.with({}) == "A");
    BOOST_TEST(group.lastSets.size() == 1);
    for (int i = 0; i < 3; ++i) BOOST_TEST(group.withCookie("x=1; JSESSIONID=a") == "A");
    BOOST_TEST(Server::of("A").cookie == "x=1; JSESSIONID=a");
    BOOST_TEST(group.withCookie("x=1") == "B");
}

BOOST_AUTO_TEST_CASE(rows129And130OnlyTheUnknownCookieIsTakenOut) {
    Group group(sessions("type='http'", kThree));
    BOOST_TEST(group.withCookie("JSESSIONID=zz; lang=en") == "A");
    BOOST_TEST(Server::of("A").cookie == "lang=en");
    BOOST_TEST(group.withCookie("a=1;b = \"x;y\" ; JSESSIONID=zz;c") == "B");
    BOOST_TEST(Server::of("B").cookie == "a=1; b = \"x;y\"; c");
    BOOST_TEST(group.withCookie("JSESSIONID=zz") == "C");
    BOOST_TEST(Server::of("C").cookie == "");
    // The message itself stays as it was.
    Message message;
    message.context().headers().add("Cookie", "JSESSIONID=zz; lang=en");
    message.send(*group.endpoint);
    BOOST_TEST(message.context().headers().get("Cookie").value_or("") == "JSESSIONID=zz; lang=en");
}

BOOST_AUTO_TEST_CASE(row132EverySetCookieLineIsRead) {
    Group group(sessions("type='http'", kThree));
    Server::of("A").sets = {"lang=en; Path=/", "JSESSIONID=a; Path=/; HttpOnly"};
    BOOST_TEST(group.with({}) == "A");
    BOOST_TEST(group.withCookie("JSESSIONID=a") == "A");
}

BOOST_AUTO_TEST_CASE(row133NamesAreExact) {
    Group group(sessions("type='http'", kThree));
    Server::of("A").sets = {"FOO=JSESSIONID", "XJSESSIONID=a", "jsessionid=a"};
    BOOST_TEST(group.with({}) == "A");
    BOOST_TEST(group.withCookie("FOO=JSESSIONID") == "B");
    BOOST_TEST(group.withCookie("XJSESSIONID=a") == "C");
    BOOST_TEST(group.withCookie("jsessionid=a") == "A");
}

BOOST_AUTO_TEST_CASE(row134ServiceGroupsOfAxis2) {
    Group group(sessions("type='soap'", kThree));
    Server::of("A").answers = envelope(
        "<w:ReplyTo xmlns:w='http://www.w3.org/2005/08/addressing'><w:Address>a</w:Address><w:ReferenceParameters>" +
        kServiceGroup + "</w:ReferenceParameters></w:ReplyTo>");
    BOOST_TEST(soapMessage(group, envelope("")) == "A");
    const auto mine = envelope(kServiceGroup);
    for (int i = 0; i < 3; ++i) BOOST_TEST(soapMessage(group, mine) == "A");
    BOOST_TEST(Server::of("A").body == mine);
    // One that is not known is taken out of the header, as the server would refuse it.
    BOOST_TEST(soapMessage(group,
                           envelope("<t:Other xmlns:t='u'/><x:ServiceGroupId xmlns:x="
                                    "'http://ws.apache.org/namespaces/axis2'>gone</x:ServiceGroupId>")) == "B");
    BOOST_TEST(Server::of("B").body.find("ServiceGroupId") == std::string::npos);
    BOOST_TEST(Server::of("B").body.find("<t:Other") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(row135SessionsBelongToTheirGroup) {
    Group group("<endpoint><failover>" + clients(kThree, {}, "x") + clients(kThree, {}, "y") +
                "</failover></endpoint>");
    BOOST_TEST(group.ofClient("1") == "A");
    Server::of("A").fails = kRefused;
    // x has to fail; to y the session is new.
    BOOST_TEST(group.ofClient("1") == "aaB");
    Server::of("A").down = true;
    BOOST_TEST(group.ofClient("1") == "B");
    Server::of("A") = {};
    BOOST_TEST(group.ofClient("1") == "A");
}

BOOST_AUTO_TEST_CASE(row136NobodyIsReady) {
    Group group(clients(kThree));
    for (const std::string id : {"A", "B", "C"}) Server::of(id).down = true;
    BOOST_TEST(group.ofClient("x") == "");
    BOOST_TEST(group.last.code == 303000);
    BOOST_TEST(group.last.text == "SLALoadbalance endpoint : sal - no ready child endpoints");
}

BOOST_AUTO_TEST_SUITE_END()
