#include "mediators/core/sequence.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;
using myelin::message::MediationFault;

namespace {

// A step that fails in every message: the text is no number.
constexpr const char* kFailing = "<property name=\"n\" expression=\"'x'\" type=\"INTEGER\"/>";

}  // namespace

BOOST_AUTO_TEST_SUITE(sequence)

BOOST_AUTO_TEST_CASE(runs_mediators_until_one_stops) {
    const Mediation mediation(
        inSequence("<property name=\"a\" value=\"1\"/><drop/><property name=\"b\" value=\"2\"/>"));
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "a") == "1");
    BOOST_TEST(property(call.request, "b") == "<none>");
}

BOOST_AUTO_TEST_CASE(a_called_sequence_gives_its_result) {
    const Mediation mediation(
        "<sequence name=\"main\"><sequence key=\"one\"/><sequence key=\"two\"/><property name=\"after\" "
        "value=\"1\"/></sequence>"
        "<sequence name=\"one\"><property name=\"one\" value=\"1\"/></sequence>"
        "<sequence name=\"two\"><drop/></sequence>");
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "one") == "1");
    BOOST_TEST(property(call.request, "after") == "<none>");
}

BOOST_AUTO_TEST_CASE(a_computed_key_is_looked_up_for_each_message) {
    const Mediation mediation(
        "<sequence name=\"main\"><sequence key=\"{$ctx:which}\"/></sequence>"
        "<sequence name=\"one\"><property name=\"ran\" value=\"one\"/></sequence>");
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call;
    mediation.offer(call.artifacts);
    call.request.setProperty(myelin::message::Scope::Default, "which", std::string_view("one"));
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "ran") == "one");
    call.request.setProperty(myelin::message::Scope::Default, "which", std::string_view("none"));
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.text() == "Sequence named none cannot be found" && fault.code() == 0;
    });
}

BOOST_AUTO_TEST_CASE(a_sequence_that_computes_its_own_name_ends_in_a_fault) {
    const Mediation mediation("<sequence name=\"main\"><sequence key=\"{'main'}\"/></sequence>");
    FakeCall call;
    mediation.offer(call.artifacts);
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.text().find("too deep") != std::string::npos;
    });
    // The count goes back with the calls.
    BOOST_CHECK_THROW(mediation.run(call.request), MediationFault);
}

BOOST_AUTO_TEST_CASE(onError_handles_a_fault_and_stops_the_flow) {
    CapturedLog log;
    const Mediation mediation(
        "<sequence name=\"main\" onError=\"handler\">" + std::string(kFailing) +
        "<property name=\"after\" value=\"1\"/></sequence>"
        "<sequence name=\"handler\"><property name=\"code\" expression=\"get-property('ERROR_CODE')\"/>"
        "<property name=\"text\" expression=\"get-property('ERROR_MESSAGE')\"/></sequence>");
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "code") == "0");
    BOOST_TEST(property(call.request, "text") == "property n: \"x\" is not a value of type INTEGER");
    BOOST_TEST(property(call.request, "after") == "<none>");
    BOOST_TEST(log.texts().find("(property at test.xml:4 in sequence main)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_called_sequence_without_onError_catches_nothing) {
    const Mediation mediation(
        "<sequence name=\"main\" onError=\"handler\"><sequence key=\"inner\"/></sequence>"
        "<sequence name=\"inner\">" +
        std::string(kFailing) +
        "</sequence>"
        "<sequence name=\"handler\"><property name=\"handled\" value=\"1\"/></sequence>");
    CapturedLog log;
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "handled") == "1");
    BOOST_TEST(log.texts().find("in sequence inner)") != std::string::npos);
    BOOST_CHECK_THROW(mediation.run(call.request, "inner"), MediationFault);
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_error_sequence_goes_to_the_next_handler) {
    const Mediation mediation(
        "<sequence name=\"main\" onError=\"outer\"><sequence key=\"inner\"/></sequence>"
        "<sequence name=\"inner\" onError=\"broken\">" +
        std::string(kFailing) +
        "</sequence>"
        "<sequence name=\"broken\"><property name=\"broken\" value=\"1\"/>" +
        kFailing +
        "</sequence>"
        "<sequence name=\"outer\"><property name=\"outer\" value=\"1\"/></sequence>");
    CapturedLog log;
    FakeCall call;
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "broken") == "1");
    BOOST_TEST(property(call.request, "outer") == "1");
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_be_parsed_is_empty_in_the_error_sequence) {
    const Mediation mediation(
        "<sequence name=\"main\" onError=\"handler\"><filter xpath=\"//m0:symbol\"/></sequence>"
        "<sequence name=\"handler\"><property name=\"left\" expression=\"count(//s11:Body/*)\"/></sequence>");
    CapturedLog log;
    FakeCall call("text/xml", "<broken");
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "left") == "0");
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(Mediation("<sequence name=\"main\" onError=\"nowhere\"/>").findings() ==
               "error: \"nowhere\" does not exist\n");
    BOOST_TEST(findingsOf("<sequence/>") ==
               "error: a <sequence> needs a \"key\", to call a sequence, or a \"name\", to define one\n");
    BOOST_TEST(findingsOf("<sequence key=\"main\" onError=\"main\"/>") ==
               "error: a <sequence> with \"key\" calls another one and cannot have \"onError\" of its own\n");
    BOOST_TEST(findingsOf("<sequence key=\"main\"><drop/></sequence>") ==
               "error: a <sequence> with \"key\" calls another one and cannot hold mediators\n");
    BOOST_TEST(findingsOf("<sequence key=\"\"/>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<drip/>").find("did you mean <drop>") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
