#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/sessions/session_balancer.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::Setup;

/// What is found wrong in an endpoint.
std::string findings(const std::string& xml) {
    Setup setup(xml);
    (void)setup.endpoint();
    return setup.findings();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const std::string kA = "<endpoint><address uri='http://a:1/x'/></endpoint>";
const std::string kB = "<endpoint><address uri='http://b:1/x'/></endpoint>";

}  // namespace

#define CHECK_FOUND(xml, part)                                                      \
    do {                                                                            \
        const std::string foundHere = findings(xml);                                \
        BOOST_CHECK_MESSAGE(contains(foundHere, part), "found only: " + foundHere); \
    } while (false)

BOOST_AUTO_TEST_SUITE(EndpointConfiguration)

BOOST_AUTO_TEST_CASE(whatIsRightIsTaken) {
    BOOST_CHECK_EQUAL(findings("<endpoint name='x'><address uri=' http://localhost:9000/services/Quote '/></endpoint>"),
                      "");
    BOOST_CHECK_EQUAL(findings("<endpoint name='x'><description>d</description><default/></endpoint>"), "");
    BOOST_CHECK_EQUAL(findings("<endpoint><loadbalance policy='roundRobin'>" + kA + kB + "</loadbalance></endpoint>"),
                      "");
    BOOST_CHECK_EQUAL(findings("<endpoint><loadbalance algorithm='org.apache.synapse.endpoints.algorithms.RoundRobin' "
                               "failover='true' buildMessage='true'>" +
                               kA + "</loadbalance></endpoint>"),
                      "");
    BOOST_CHECK_EQUAL(findings("<endpoint><failover dynamic='false'>" + kA + kB + "</failover></endpoint>"), "");
    BOOST_CHECK_EQUAL(
        findings("<endpoint name='x'><address uri='https://h/' format='SOAP11' statistics='enable' trace='disable'>"
                 "<enableAddressing version='Final'/></address></endpoint>"),
        "");
}

BOOST_AUTO_TEST_CASE(row1OddSpellingDrawsAWarning) {
    const auto found = findings("<endpoint><loadBalance>" + kA + "</loadBalance></endpoint>");
    BOOST_CHECK(contains(found, "warning: 1: Synapse refuses the spelling <loadBalance>"));
    BOOST_CHECK(!contains(found, "error"));
}

BOOST_AUTO_TEST_CASE(rows2And3TheFirstKindDecides) {
    for (const std::string attribute : {"key='x'", "key-expression='$ctx:x'", "template='T'"}) {
        CHECK_FOUND("<endpoint " + attribute + "><address uri='http://u'/></endpoint>",
                    "warning: 1: this <address> is not used");
    }
    Setup reference("<endpoint key='x'><address uri='http://u'/></endpoint>");
    (void)reference.endpoint();
    BOOST_REQUIRE_EQUAL(reference.build().references().size(), 1U);
    BOOST_CHECK_EQUAL(reference.build().references().front().to, "x");
    const std::string both = "<endpoint><failover>" + kA + "</failover><address uri='http://h/'/></endpoint>";
    CHECK_FOUND(both, "warning: 1: this <failover> is not used: <address> decides what the endpoint is");
    Setup setup(both);
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE(endpoint);
    BOOST_CHECK_EQUAL(endpoint->bounds().attempts, 1U);
}

BOOST_AUTO_TEST_CASE(row4AddressWithoutUri) {
    CHECK_FOUND("<endpoint><address/></endpoint>", "error: 1: <address> needs attribute \"uri\"");
}

BOOST_AUTO_TEST_CASE(row6UnknownFormat) {
    CHECK_FOUND("<endpoint><address uri='http://h/' format='xml'/></endpoint>", "warning: 1: \"xml\" is not a format");
}

BOOST_AUTO_TEST_CASE(optimizeAndEncodingAreRead) {
    for (const char* value : {"mtom", " SwA "}) {
        BOOST_CHECK_EQUAL(
            findings("<endpoint><address uri='http://h/' optimize='" + std::string(value) + "'/></endpoint>"), "");
    }
    CHECK_FOUND("<endpoint><address uri='http://h/' optimize='mton'/></endpoint>", "did you mean \"mtom\"");
    for (const char* value : {"UTF-8", "ISO-8859-1", " windows-1252 "}) {
        BOOST_CHECK_EQUAL(
            findings("<endpoint><address uri='http://h/' encoding='" + std::string(value) + "'/></endpoint>"), "");
    }
    CHECK_FOUND(
        "<endpoint><address uri='http://h/' encoding='ISO-8859-l'/></endpoint>",
        "error: 1: \"ISO-8859-l\" is no character encoding that this system knows; did you mean \"ISO-8859-1\"");
    CHECK_FOUND("<endpoint><address uri='http://h/' encoding=''/></endpoint>", "is no character encoding");
}

BOOST_AUTO_TEST_CASE(row19AddressingVersion) {
    BOOST_CHECK_EQUAL(
        findings("<endpoint><address uri='http://h/'><enableAddressing version='Final'/></address></endpoint>"), "");
    CHECK_FOUND("<endpoint><address uri='http://h/'><enableAddressing version='1.0'/></address></endpoint>",
                "error: 1: attribute \"version\" of <enableAddressing>");
}

BOOST_AUTO_TEST_CASE(numbersThatAreNone) {
    const auto wrong = [](const std::string& content) {
        return findings("<endpoint><address uri='http://h/'>" + content + "</address></endpoint>");
    };
    for (const std::string name : {"errorCodes", "initialDuration", "progressionFactor", "maximumDuration"}) {
        const auto found = wrong("<suspendOnFailure><" + name + ">x</" + name + "></suspendOnFailure>");
        BOOST_CHECK_MESSAGE(contains(found, "error: 1: "), name + ": " + found);
    }
    for (const std::string name : {"errorCodes", "retriesBeforeSuspension", "retryDelay"}) {
        const auto found = wrong("<markForSuspension><" + name + ">1.5</" + name + "></markForSuspension>");
        BOOST_CHECK_MESSAGE(contains(found, "error: 1: "), name + ": " + found);
    }
    for (const std::string name : {"disabledErrorCodes", "enabledErrorCodes"}) {
        const auto found = wrong("<retryConfig><" + name + ">x</" + name + "></retryConfig>");
        BOOST_CHECK_MESSAGE(contains(found, "error: 1: "), name + ": " + found);
    }
    BOOST_CHECK(contains(wrong("<timeout><duration>{a[}</duration></timeout>"), "cannot be compiled"));
    BOOST_CHECK(contains(wrong("<timeout><duration>{a</duration></timeout>"), "does not end with"));
    BOOST_CHECK_EQUAL(wrong("<timeout><duration>{$ctx:x}</duration></timeout>"), "");
}

BOOST_AUTO_TEST_CASE(rows20To25LoadBalanceMistakes) {
    CHECK_FOUND("<endpoint><loadbalance policy='roundRobin' algorithm='x'>" + kA + "</loadbalance></endpoint>",
                "error: 1: policy and algorithm cannot be used together");
    const auto weighted = findings("<endpoint><loadbalance policy='weighted'>" + kA + "</loadbalance></endpoint>");
    BOOST_CHECK(contains(weighted, "error: 1: unsupported algorithm \"weighted\""));
    BOOST_CHECK(contains(weighted, "roundRobin"));
    CHECK_FOUND("<endpoint><loadbalance algorithm='no.such.Class'>" + kA + "</loadbalance></endpoint>",
                "error: 1: unsupported algorithm \"no.such.Class\"");
    CHECK_FOUND("<endpoint><loadbalance failover='no'>" + kA + "</loadbalance></endpoint>",
                "warning: 1: failover stays on");
    CHECK_FOUND("<endpoint><loadbalance>" + kA + "<member hostName='h' httpPort='1'/></loadbalance></endpoint>",
                "error: 1: <loadbalance> has both <endpoint> and <member> children");
    CHECK_FOUND("<endpoint><loadbalance/></endpoint>", "error: 1: <loadbalance> has no children");
}

BOOST_AUTO_TEST_CASE(row26SiblingsWithOneKey) {
    CHECK_FOUND("<endpoint><loadbalance><endpoint key='a'/><endpoint key='a'/></loadbalance></endpoint>",
                "error: 1: the endpoint \"a\" is a child of this <loadbalance> already");
}

BOOST_AUTO_TEST_CASE(row30FailoverWithoutChildren) {
    CHECK_FOUND("<endpoint><failover/></endpoint>", "error: 1: <failover> has no children");
}

BOOST_AUTO_TEST_CASE(rows32And36ASessionStandsBesideTheGroup) {
    const std::string session = "<session type='HTTP'><sessionTimeout> 300 </sessionTimeout></session>";
    const std::string group = "<loadbalance>" + kA + "</loadbalance>";
    for (const auto& both : {session + group, group + session}) {
        Setup setup("<endpoint>" + both + "</endpoint>");
        const auto endpoint = setup.endpoint();
        BOOST_CHECK_EQUAL(setup.findings(), "");
        BOOST_CHECK(dynamic_cast<const endpoints::SessionBalancer*>(endpoint.get()));
    }
}

BOOST_AUTO_TEST_CASE(row33ASessionInsideHasNoEffect) {
    CHECK_FOUND("<endpoint><loadbalance><session type='http'/>" + kA + "</loadbalance></endpoint>",
                "warning: 1: a <session> in here has no effect, as in Synapse (it belongs beside <loadbalance>");
}

BOOST_AUTO_TEST_CASE(rows34To37WhatIsWrongWithASession) {
    const auto found = [](const std::string& attributes, const std::string& inside = {}) {
        return findings("<endpoint name='x'><session " + attributes + ">" + inside + "</session><loadbalance>" + kA +
                        kB + "</loadbalance></endpoint>");
    };
    for (const std::string text : {"300.0", "", "soon", "0", "-1", "99999999999999"}) {
        BOOST_CHECK(contains(found("type='http'", "<sessionTimeout>" + text + "</sessionTimeout>"),
                             "error: 1: the text of <sessionTimeout>"));
    }
    for (const std::string none : {"", "type=''"}) {
        BOOST_CHECK_EQUAL(found(none),
                          "error: 1: the attribute \"type\" of <session> is missing (it takes: http, soap, "
                          "simpleClientSession)\n");
    }
    const auto unknown = found("type='simpleClientSesion'");
    BOOST_CHECK(contains(unknown, "did you mean \"simpleClientSession\""));
    BOOST_CHECK(contains(unknown, "it takes: http, soap, simpleClientSession"));
    BOOST_CHECK(contains(found("type='http' whenDown='wait'"), "it takes: fault, rebind"));
    BOOST_CHECK(contains(found("type='http' expiry='never'"), "it takes: sliding, absolute"));
    BOOST_CHECK(contains(found("type='http' cookie=' , '"), "the attribute names no cookie"));
    BOOST_CHECK(contains(found("type='http' cookie='a=b'"), "\"a=b\" cannot be the name of a cookie"));
    BOOST_CHECK(contains(found("type='http' insert='true' cookie='a,b'"), "a cookie that is inserted has one name"));
    BOOST_CHECK(contains(found("type='http' insert='true' secret='short'"), "the secret is too short"));
    BOOST_CHECK(contains(found("type='http' insert='true'"), "warning: 1: without a secret"));
    BOOST_CHECK(contains(found("type='soap' header='X'"), "error: 1: "));
    BOOST_CHECK(contains(found("type='simpleClientSession' header='a b'"), "cannot be the name that is meant here"));
    BOOST_CHECK(contains(found("type='simpleClientSession' query='a&amp;b'"), "cannot be the name that is meant here"));
}

BOOST_AUTO_TEST_CASE(failoverHasNoEffectOnSessions) {
    CHECK_FOUND("<endpoint><session type='http'/><loadbalance failover='true'>" + kA + "</loadbalance></endpoint>",
                "warning: 1: failover has no effect on the messages of a session");
    BOOST_CHECK_EQUAL(
        findings("<endpoint><session type='http'/><loadbalance failover='false'>" + kA + "</loadbalance></endpoint>"),
        "");
}

BOOST_AUTO_TEST_CASE(row38EndpointProperties) {
    CHECK_FOUND("<endpoint><default/><property value='v'/></endpoint>",
                "error: 1: <property> needs attribute \"name\"");
    CHECK_FOUND("<endpoint><default/><property name='n' value='v' scope='operation'/></endpoint>",
                "error: 1: attribute \"scope\" of <property> cannot be \"operation\"");
    CHECK_FOUND("<endpoint><default/><property name='n'/></endpoint>",
                "error: 1: an endpoint property needs a value or an expression");
    CHECK_FOUND("<endpoint><default/><property name='n' value=' '/></endpoint>", "must not be blank");
    CHECK_FOUND("<endpoint><default/><property name='n' expression='a['/></endpoint>", "cannot be compiled");
}

BOOST_AUTO_TEST_CASE(addressesThatCannotBeSentTo) {
    CHECK_FOUND("<endpoint><address uri='jms:/queue'/></endpoint>", "transport \"jms\" is not supported");
    CHECK_FOUND("<endpoint><address uri='localhost/x'/></endpoint>", "does not begin with http:// or https://");
    CHECK_FOUND("<endpoint><address uri='http://h:0/x'/></endpoint>", "not a port number");
    CHECK_FOUND("<endpoint><address uri='http://u:p@h/x'/></endpoint>", "user information");
    CHECK_FOUND("<endpoint><address uri='http://h/a b'/></endpoint>", "must be percent-encoded");
}

BOOST_AUTO_TEST_CASE(kindsThatAreNotThere) {
    const auto found = findings("<endpoint><jms uri='u'/></endpoint>");
    BOOST_CHECK(contains(found, "error: 1: endpoint kind <jms> is not known or not supported yet"));
    BOOST_CHECK(contains(found, "<address>, "));
    CHECK_FOUND("<endpoint/>", "this <endpoint> does not say what it is");
}

BOOST_AUTO_TEST_CASE(securityIsRefused) {
    CHECK_FOUND("<endpoint><address uri='http://h/'><enableSec policy='p'/></address></endpoint>",
                "error: 1: <enableSec> is not supported");
}

BOOST_AUTO_TEST_CASE(unknownNamesAreReported) {
    CHECK_FOUND("<endpoint><address url='http://h/' uri='http://h/'/></endpoint>", "\"url\"");
    CHECK_FOUND("<endpoint><loadbalance alogorithm='x'>" + kA + "</loadbalance></endpoint>", "\"algorithm\"");
    CHECK_FOUND("<endpoint><address uri='http://h/'/><proprety name='n' value='v'/></endpoint>", "<property>");
}

BOOST_AUTO_TEST_CASE(indirectKeysAreJoined) {
    Setup target("<endpoint name='a'><scripted id='A'/></endpoint>");
    const auto real = target.endpoint();
    Setup setup("<endpoint><failover><endpoint key='a'/><endpoint key='b'/></failover></endpoint>");
    setup.named() = {{"a", real.get()}, {"b", real.get()}};
    const auto group = setup.endpoint();
    BOOST_REQUIRE_EQUAL(setup.findings(), "");
    endpoints::test::Script::reset();
    BOOST_CHECK(endpoints::test::send(*group).answered);
    BOOST_CHECK_EQUAL(endpoints::test::Script::instance().taken(), "A");
    BOOST_CHECK_EQUAL(group->bounds().attempts, 2U);
}

BOOST_AUTO_TEST_CASE(onErrorIsAReferenceOnLeavesAndNothingOnGroups) {
    Setup leaf("<endpoint name='x' onError='seqE'><address uri='http://h/'/></endpoint>");
    (void)leaf.endpoint();
    BOOST_REQUIRE_EQUAL(leaf.build().references().size(), 1U);
    BOOST_CHECK_EQUAL(leaf.build().references().front().to, "seqE");
    CHECK_FOUND("<endpoint onError='seqE'><failover>" + kA + "</failover></endpoint>",
                "warning: 1: onError has no effect on a group of endpoints");
}

BOOST_AUTO_TEST_SUITE_END()
