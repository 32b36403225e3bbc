#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Scope;
using myelin::observe::Level;

namespace {

/// The one line that `mediators` log for a message.
std::string logged(std::string_view mediators, FakeCall& call) {
    CapturedLog log;
    const Mediation mediation(inSequence(mediators));
    BOOST_TEST(mediation.findings() == "");
    mediation.run(call.request);
    BOOST_REQUIRE(log.lines.size() == 1u);
    return log.lines[0].text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_mediator)

BOOST_AUTO_TEST_CASE(simple_shows_addressing_and_direction) {
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST(logged("<log/>", call) == "To: /services/Quote, Direction: request");
    call.request.addressing().action = "urn:getQuote";
    call.request.addressing().replyTo = "http://reply";
    call.request.addressing().from = "http://from";
    call.request.addressing().messageId = "urn:1";
    call.request.setResponse(true);
    BOOST_TEST(logged("<log level=\"simple\"><property name=\"a\" value=\"b\"/></log>", call) ==
               "To: /services/Quote, From: http://from, WSAction: urn:getQuote, SOAPAction: urn:getQuote, "
               "ReplyTo: http://reply, MessageID: urn:1, Direction: response, a = b");
}

BOOST_AUTO_TEST_CASE(custom_shows_properties_only) {
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST(logged("<log level=\"custom\" separator=\" | \"><property name=\"text\" value=\"** dispatching\"/>"
                      "<property name=\"symbol\" expression=\"//m0:symbol\"/>"
                      "<property name=\"gone\" expression=\"get-property('gone')\"/></log>",
                      call) == "text = ** dispatching | symbol = IBM | gone = null");
}

BOOST_AUTO_TEST_CASE(headers_shows_the_header_blocks) {
    FakeCall call("text/xml", soap11("", "<a:one xmlns:a=\"urn:a\">1</a:one><b:two xmlns:b=\"urn:b\">2</b:two>"));
    BOOST_TEST(logged("<log level=\"headers\"><property name=\"x\" value=\"y\"/></log>", call) ==
               "one : 1, two : 2, x = y");
}

BOOST_AUTO_TEST_CASE(full_shows_the_envelope) {
    FakeCall call("text/xml", soap11("<a/>"));
    BOOST_TEST(
        logged("<log level=\"full\"><property name=\"x\" value=\"y\"/></log>", call) ==
        "To: /services/Quote, Direction: request, x = y, Envelope: " +
            soap11("<a/>").replace(soap11("<a/>").find("<soapenv:Header></soapenv:Header>"), 33, "<soapenv:Header/>"));
}

BOOST_AUTO_TEST_CASE(full_shows_the_text_of_what_is_no_xml) {
    const std::string start = "To: /services/Quote, Direction: request, Payload: ";
    FakeCall json("application/json", "{\"a\":1}");
    BOOST_TEST(logged("<log level=\"full\"/>", json) == start + "{\"a\":1}");
    BOOST_TEST(json.request.payload().bytes(myelin::runtime::Deadline::never()) == "{\"a\":1}");
    FakeCall large("application/json", std::string(20'000, 'x'));
    BOOST_TEST(logged("<log level=\"full\"/>", large) == start + std::string(16'384, 'x') + "... (20000 bytes)");
    FakeCall binary("application/pdf", "%PDF\xFF");
    BOOST_TEST(logged("<log level=\"full\"/>", binary) == start + "(5 bytes of application/pdf)");
    FakeCall readable("text/csv", "a;b");
    BOOST_TEST(logged("<log level=\"full\"/>", readable) == start + "a;b");
    FakeCall compressed(FakeCall::Fields{{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, "POST"});
    compressed.server.setBody(std::string("\x1F\x8B"));
    myelin::message::MessageContext request(compressed.exchange);
    BOOST_TEST(!request.payload().readable());
}

BOOST_AUTO_TEST_CASE(goes_to_the_level_of_its_category_under_the_name_of_its_artifact) {
    CapturedLog log;
    const Mediation mediation(
        "<sequence name=\"audit\"><log category=\"WARN\"/><log category=\"FATAL\"/><log "
        "category=\"ERROR\"/></sequence>");
    FakeCall call;
    mediation.run(call.request, "audit");
    BOOST_REQUIRE(log.lines.size() == 3u);
    BOOST_TEST((log.lines[0].level == Level::Warning));
    BOOST_TEST((log.lines[1].level == Level::Fatal));
    BOOST_TEST((log.lines[2].level == Level::Error));
    BOOST_TEST(log.lines[0].source == "mediation sequence audit");
}

BOOST_AUTO_TEST_CASE(a_category_that_is_not_logged_costs_nothing) {
    CapturedLog log;
    const Mediation mediation(inSequence("<log level=\"full\" category=\"DEBUG\"/>"));
    FakeCall call("text/xml", "<not xml");
    mediation.run(call.request);
    BOOST_TEST(log.lines.empty());
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<log category=\"LOUD\"/>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<log level=\"ful\"/>") ==
               "warning: unknown level \"ful\"; \"simple\" is used; did you mean \"full\"?\n");
    BOOST_TEST(findingsOf("<log><property name=\"a\"/></log>") ==
               "error: a log property needs \"value\" or \"expression\"\n");
    BOOST_TEST(findingsOf("<log><property name=\"a\" value=\"b\" expression=\"1\"/></log>") ==
               "error: a log property has either \"value\" or \"expression\", not both\n");
    BOOST_TEST(findingsOf("<log><property value=\"b\"/></log>").find("name") != std::string::npos);
    BOOST_TEST(findingsOf("<log><property name=\"a\" expression=\"//x:y\"/></log>").find("cannot be compiled") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
