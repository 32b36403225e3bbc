#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;

namespace {

constexpr const char* kSwitch =
    "<switch source=\"//m0:getQuote/m0:request/m0:symbol\">"
    "<case regex=\"I.*\"><property name=\"kind\" value=\"first\"/></case>"
    "<case regex=\"IBM|MSFT\"><property name=\"kind\" value=\"second\"/><drop/></case>"
    "<default><property name=\"kind\" value=\"default\"/></default></switch>";

}  // namespace

BOOST_AUTO_TEST_SUITE(switch_mediator)

BOOST_AUTO_TEST_CASE(the_first_case_that_matches_wins) {
    const Mediation mediation(inSequence(kSwitch));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    const auto kindOf = [&](const std::string& symbol, Flow expected) {
        FakeCall call("text/xml", quoteRequest(symbol));
        BOOST_TEST((mediation.run(call.request) == expected));
        return property(call.request, "kind");
    };
    BOOST_TEST(kindOf("IBM", Flow::Continue) == "first");
    BOOST_TEST(kindOf("MSFT", Flow::Stop) == "second");
    BOOST_TEST(kindOf("MSFTX", Flow::Continue) == "default");
    BOOST_TEST(kindOf("", Flow::Continue) == "default");
}

BOOST_AUTO_TEST_CASE(a_null_source_takes_the_default) {
    const Mediation mediation(
        inSequence("<switch source=\"get-property('absent')\"><case regex=\".*\"><drop/></case>"
                   "<default><property name=\"kind\" value=\"default\"/></default></switch>"));
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    BOOST_TEST(property(call.request, "kind") == "default");
}

BOOST_AUTO_TEST_CASE(without_a_match_and_default_the_flow_goes_on) {
    const Mediation mediation(inSequence("<switch source=\"'a'\"><case regex=\"b\"><drop/></case></switch>"));
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<switch><case regex=\"a\"/></switch>").find("source") != std::string::npos);
    BOOST_TEST(findingsOf("<switch source=\"1\"><case/></switch>").find("regex") != std::string::npos);
    BOOST_TEST(findingsOf("<switch source=\"1\"><case regex=\"[\"/></switch>").find("not a regular expression") !=
               std::string::npos);
    BOOST_TEST(findingsOf("<switch source=\"1\"><default/><default/></switch>") ==
               "warning: only the first <default> in <switch> is used\n");
    BOOST_TEST(findingsOf("<switch source=\"1\"/>") == "warning: a switch without <case> and <default> does nothing\n");
    BOOST_TEST(findingsOf("<switch source=\"1\"><cas regex=\"a\"/></switch>").find("did you mean <case>") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
