#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;
using myelin::message::Scope;

namespace {

constexpr const char* kBranches =
    "<then><property name=\"branch\" value=\"then\"/></then><else><property name=\"branch\" value=\"else\"/></else>";

std::string branchOf(const std::string& condition, FakeCall& call) {
    const Mediation mediation(inSequence("<filter " + condition + ">" + kBranches + "</filter>"));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    mediation.run(call.request);
    const std::string branch = property(call.request, "branch");
    call.request.removeProperty(Scope::Default, "branch");
    return branch;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(filter)

BOOST_AUTO_TEST_CASE(by_the_truth_of_an_xpath) {
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST(branchOf("xpath=\"//m0:symbol\"", call) == "then");
    BOOST_TEST(branchOf("xpath=\"//m0:nothing\"", call) == "else");
    BOOST_TEST(branchOf("xpath=\"//m0:symbol = 'IBM'\"", call) == "then");
    BOOST_TEST(branchOf("xpath=\"get-property('absent')\"", call) == "else");
}

BOOST_AUTO_TEST_CASE(by_a_text_that_matches_entirely) {
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST(branchOf("source=\"get-property('To')\" regex=\".*/Quote\"", call) == "then");
    BOOST_TEST(branchOf("source=\"get-property('To')\" regex=\"Quote\"", call) == "else");
    BOOST_TEST(branchOf("source=\"//m0:symbol\" regex=\"IBM|MSFT\"", call) == "then");
}

BOOST_AUTO_TEST_CASE(a_null_text_matches_nothing) {
    FakeCall call;
    BOOST_TEST(branchOf("source=\"get-property('absent')\" regex=\".*\"", call) == "else");
}

BOOST_AUTO_TEST_CASE(without_then_all_children_are_the_branch) {
    const Mediation mediation(
        inSequence("<filter xpath=\"1 = 2\"><drop/></filter><property name=\"a\" value=\"1\"/>"
                   "<filter xpath=\"1 = 1\"><property name=\"b\" value=\"2\"/><drop/></filter>"
                   "<property name=\"c\" value=\"3\"/>"));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "a") == "1");
    BOOST_TEST(property(call.request, "b") == "2");
    BOOST_TEST(property(call.request, "c") == "<none>");
}

BOOST_AUTO_TEST_CASE(branches_may_be_sequences) {
    const Mediation mediation(
        "<sequence name=\"main\"><filter xpath=\"$ctx:yes\"><then sequence=\"one\"/><else "
        "sequence=\"{'two'}\"/></filter>"
        "</sequence><sequence name=\"one\"><property name=\"ran\" value=\"one\"/></sequence>"
        "<sequence name=\"two\"><property name=\"ran\" value=\"two\"/><drop/></sequence>");
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    FakeCall call;
    mediation.offer(call.artifacts);
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "ran") == "two");
    call.request.setProperty(Scope::Default, "yes", std::string_view("1"));
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    BOOST_TEST(property(call.request, "ran") == "one");
}

BOOST_AUTO_TEST_CASE(what_does_not_look_at_the_body_leaves_it_alone) {
    FakeCall call("text/xml", "<not xml");
    BOOST_TEST(branchOf("source=\"get-property('To')\" regex=\".*Quote\"", call) == "then");
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<filter><drop/></filter>") ==
               "error: a filter needs a condition: \"xpath\", or \"source\" and \"regex\"\n");
    BOOST_TEST(findingsOf("<filter xpath=\"1\" regex=\"1\"><drop/></filter>") ==
               "error: a filter has either \"xpath\" or \"source\" and \"regex\", not both\n");
    BOOST_TEST(findingsOf("<filter source=\"1\"><drop/></filter>") ==
               "error: a filter with \"source\" needs a \"regex\" too\n");
    BOOST_TEST(findingsOf("<filter regex=\"1\"><drop/></filter>") ==
               "error: a filter with \"regex\" needs a \"source\" too\n");
    BOOST_TEST(findingsOf("<filter source=\"1\" regex=\"a(\"><drop/></filter>") ==
               "error: not a regular expression: missing closing parenthesis at character 3 of \"a(\"\n");
    BOOST_TEST(findingsOf("<filter xpath=\"1\"><else><drop/></else></filter>") ==
               "error: <else> is allowed only beside <then>\n");
    BOOST_TEST(findingsOf("<filter xpath=\"1\"><then/><drop/></filter>") ==
               "error: <drop> stands beside <then>; it belongs into it or into <else>\n");
    BOOST_TEST(findingsOf("<filter xpath=\"1\"><then sequence=\"main\"><drop/></then></filter>") ==
               "warning: the mediators in <then> never run: the attribute \"sequence\" wins\n");
    BOOST_TEST(findingsOf("<filter xpath=\"1\"><then sequence=\"gone\"/></filter>") ==
               "error: \"gone\" does not exist\n");
}

BOOST_AUTO_TEST_SUITE_END()
