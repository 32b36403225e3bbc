#include <boost/test/unit_test.hpp>

#include <string>

#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// An endpoint class from a plugin, in a real shared library, in front of real sockets.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::send;
using endpoints::test::Setup;
using endpoints::test::soon;
using endpoints::test::testPlugins;

std::string fixed(const std::string& address, const std::string& more = {}) {
    return "<endpoint name='leaf'><class name='test.Fixed'><parameter xmlns='' name='address'>" + address +
           "</parameter>" + more + "</class></endpoint>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ClassEndpoint)

BOOST_AUTO_TEST_CASE(thePluginSaysWhereTheMessageGoes) {
    const Backend backend(answer("200 OK"));
    Setup setup(fixed(backend.url("/base")), testPlugins());
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    Message message;
    message.context().setHeader("X-Path", "/chosen?a=b");
    BOOST_REQUIRE(message.send(*endpoint, soon()).answered);
    const auto requests = backend.requests();
    BOOST_REQUIRE_EQUAL(requests.size(), 1U);
    BOOST_CHECK_MESSAGE(requests[0].starts_with("GET /base/chosen?a=b HTTP/1.1\r\n"), requests[0]);
}

BOOST_AUTO_TEST_CASE(itIsSuspendedAsAnyLeaf) {
    Setup setup(fixed(deadUrl(), "<suspendOnFailure><initialDuration>60000</initialDuration></suspendOnFailure>"),
                testPlugins());
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_CHECK_EQUAL(send(*endpoint).code, 101503);
    const auto outcome = send(*endpoint);
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_EQUAL(outcome.text, "Currently , Class endpoint : [ Name : leaf ] [ State : SUSPENDED ]");
}

BOOST_AUTO_TEST_CASE(itsExceptionsAndItsNonsenseFailTheMessageOnly) {
    Setup setup(fixed("no-url"), testPlugins());
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    auto outcome = Message("DELETE").send(*endpoint);
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_MESSAGE(outcome.text.find("the plugin test failed: nothing is ever deleted") != std::string::npos,
                        outcome.text);
    outcome = Message("GET").send(*endpoint);
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_MESSAGE(outcome.text.find("the plugin test gave \"no-url\"") != std::string::npos, outcome.text);
    BOOST_CHECK(endpoint->ready(base::Clock::now()));
}

BOOST_AUTO_TEST_CASE(theObjectKeepsItsLibrary) {
    const Backend backend(answer("200 OK"));
    std::unique_ptr<message::Endpoint> endpoint;
    {
        Setup setup(fixed(backend.url()), testPlugins());
        endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    }
    BOOST_CHECK(Message().send(*endpoint, soon()).answered);
}

BOOST_AUTO_TEST_CASE(mistakesAreReported) {
    Setup unknown("<endpoint><class name='test.Fixd'/></endpoint>", testPlugins());
    BOOST_CHECK(!unknown.endpoint());
    BOOST_CHECK_MESSAGE(
        unknown.found("there is no endpoint class \"test.Fixd\"; did you mean \"test.Fixed\"? (the plugins "
                      "have test.Fixed)"),
        unknown.findings());
    Setup none("<endpoint><class name='com.example.Mine'/></endpoint>");
    BOOST_CHECK(!none.endpoint());
    BOOST_CHECK_MESSAGE(none.found("classes come from plugins"), none.findings());
    Setup missing("<endpoint><class name='test.Fixed'/></endpoint>", testPlugins());
    BOOST_CHECK(!missing.endpoint());
    BOOST_CHECK_MESSAGE(
        missing.found("cannot create class endpoint \"test.Fixed\": the parameter \"address\" is missing"),
        missing.findings());
    Setup misspelt(fixed("http://a/", "<parameter name='adress'>x</parameter>"), testPlugins());
    misspelt.endpoint();
    BOOST_CHECK_MESSAGE(misspelt.found("the class test.Fixed has no parameter \"adress\"; did you mean \"address\""),
                        misspelt.findings());
    Setup nameless("<endpoint><class/></endpoint>", testPlugins());
    BOOST_CHECK(!nameless.endpoint());
    BOOST_CHECK_MESSAGE(nameless.found("name"), nameless.findings());
}

BOOST_AUTO_TEST_SUITE_END()
