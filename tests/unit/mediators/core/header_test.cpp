#include <boost/test/unit_test.hpp>

#include "engine/message/soap.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::MediationFault;
using myelin::message::Scope;

namespace {

std::string headerOf(FakeCall& call) {
    std::string text;
    myelin::xml::write(myelin::message::soap::header(call.request.envelope()), text);
    return text;
}

void run(std::string_view mediators, FakeCall& call) {
    const Mediation mediation(inSequence(mediators));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    mediation.run(call.request);
    call.request.addressing().to = call.server.arena().copy(call.request.addressing().to);
    call.request.addressing().action = call.server.arena().copy(call.request.addressing().action);
    call.request.addressing().replyTo = call.server.arena().copy(call.request.addressing().replyTo);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header_mediator)

BOOST_AUTO_TEST_CASE(short_names_change_addressing_and_no_body) {
    FakeCall call("text/xml", "<not xml");
    run("<header name=\"To\" value=\"http://localhost:9000/x\"/>"
        "<header name=\"Action\" expression=\"concat('urn:', 'order')\"/>"
        "<header name=\"ReplyTo\" value=\"http://reply\"/><header name=\"ReplyTo\" action=\"remove\"/>",
        call);
    BOOST_TEST(call.request.addressing().to == "http://localhost:9000/x");
    BOOST_TEST(call.request.addressing().action == "urn:order");
    BOOST_TEST(call.request.addressing().replyTo == "");
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
}

BOOST_AUTO_TEST_CASE(the_transport_scope_is_http) {
    FakeCall call("text/xml", "<not xml");
    run("<header name=\"X-Route\" value=\"a\" scope=\"transport\"/>"
        "<header name=\"x-route\" expression=\"'b'\" scope=\"transport\"/>"
        "<header name=\"content-TYPE\" action=\"remove\" scope=\"transport\"/>",
        call);
    BOOST_TEST(property(call.request, "X-Route", Scope::Transport) == "b");
    BOOST_TEST(property(call.request, "Content-Type", Scope::Transport) == "<none>");
}

BOOST_AUTO_TEST_CASE(nobody_can_smuggle_a_field_into_the_request) {
    FakeCall call("text/xml", soap11("<a>x&#13;&#10;Evil: 1</a>"));
    run("<header name=\"X-Text\" expression=\"//a\" scope=\"transport\"/>", call);
    BOOST_TEST(property(call.request, "X-Text", Scope::Transport).find('\n') == std::string::npos);
    BOOST_TEST(property(call.request, "Evil", Scope::Transport) == "<none>");
}

BOOST_AUTO_TEST_CASE(a_qualified_name_appends_a_block) {
    FakeCall call("text/xml", soap11("<a/>"));
    run("<header name=\"m0:trace\" value=\"1 &lt; 2\"/><header name=\"m0:trace\" expression=\"count(//a)\"/>", call);
    BOOST_TEST(headerOf(call).find("<m0:trace xmlns:m0=\"http://services.samples\">1 &lt; 2</m0:trace>"
                                   "<m0:trace xmlns:m0=\"http://services.samples\">1</m0:trace>") != std::string::npos);
    BOOST_TEST(call.request.payload().edited());
    BOOST_TEST(call.request
                   .evaluateText(myelin::xml::XPath::compile(
                       "count(/s:Envelope/s:Header/x:trace)",
                       {{"s", "http://schemas.xmlsoap.org/soap/envelope/"}, {"x", "http://services.samples"}}))
                   .value() == "2");
}

BOOST_AUTO_TEST_CASE(remove_deletes_every_block_of_that_name) {
    FakeCall call("text/xml",
                  soap11("<a/>",
                         "<q:trace xmlns:q=\"http://services.samples\"/><other xmlns=\"urn:o\"/>"
                         "<trace xmlns=\"http://services.samples\"/><trace xmlns=\"urn:o\"/>"));
    run("<header name=\"m0:trace\" action=\"remove\"/>", call);
    BOOST_TEST(headerOf(call).find("services.samples") == std::string::npos);
    BOOST_TEST(headerOf(call).find("<trace xmlns=\"urn:o\"/>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(removing_nothing_edits_nothing) {
    FakeCall call("text/xml", soap11("<a/>"));
    run("<header name=\"m0:trace\" action=\"remove\"/>", call);
    BOOST_TEST(!call.request.payload().edited());
}

BOOST_AUTO_TEST_CASE(a_message_without_soap_header_gets_one) {
    FakeCall call("text/xml", "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body/></s:Envelope>");
    run("<header name=\"m0:trace\" value=\"1\"/>", call);
    BOOST_TEST(headerOf(call).starts_with("<s:Header><m0:trace"));
}

BOOST_AUTO_TEST_CASE(xml_without_a_name_is_added_as_it_is) {
    FakeCall call("text/xml", soap11("<a/>"));
    run("<header><m0:security level=\"2\"><m0:user>x</m0:user></m0:security></header>", call);
    BOOST_TEST(headerOf(call).find("level=\"2\"") != std::string::npos);
    BOOST_TEST(headerOf(call).find("<m0:user>x</m0:user>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_the_soap_scope_short_names_are_not_special) {
    BOOST_TEST(findingsOf("<header name=\"To\" value=\"x\" scope=\"soap\"/>").find("needs a prefix") !=
               std::string::npos);
    BOOST_TEST(findingsOf("<header name=\"m0:To\" value=\"x\" scope=\"soap\"/>") == "");
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<header name=\"Acton\" value=\"x\"/>").find("did you mean \"Action\"") != std::string::npos);
    BOOST_TEST(findingsOf("<header name=\"zz:a\" value=\"x\"/>") ==
               "error: the prefix of header \"zz:a\" is not declared\n");
    BOOST_TEST(findingsOf("<header value=\"x\"/>") == "error: a header needs a \"name\"\n");
    BOOST_TEST(findingsOf("<header name=\"To\"/>") ==
               "error: a header needs a \"value\", an \"expression\" or an XML child\n");
    BOOST_TEST(findingsOf("<header name=\"To\" value=\"x\" expression=\"1\"/>") ==
               "error: a header has either \"value\" or \"expression\", not both\n");
    BOOST_TEST(findingsOf("<header name=\"To\" value=\"x\" scope=\"http\"/>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<header name=\"To\"><m0:a/></header>") ==
               "error: XML can only be set as a SOAP header block; To is none\n");
}

BOOST_AUTO_TEST_SUITE_END()
