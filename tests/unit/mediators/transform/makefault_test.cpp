#include <boost/test/unit_test.hpp>

#include "engine/message/soap.hpp"
#include "engine/message/soap_fault.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;
namespace soap = myelin::message::soap;

namespace {

void run(std::string_view mediators, FakeCall& call) {
    const Mediation mediation(inSequence(mediators));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    call.request.addressing().to = call.server.arena().copy(call.request.addressing().to);
}

std::string bodyOf(FakeCall& call) {
    std::string text;
    const auto body = soap::body(call.request.envelope());
    for (const auto child : body.children()) myelin::xml::write(child, text);
    return text;
}

constexpr const char* kReceiver = "<code value=\"s12:Receiver\"/><reason value=\"it broke\"/>";

std::string fault(std::string_view content, std::string_view attributes = {}) {
    return "<makefault " + std::string(attributes) + ">" + std::string(content) + "</makefault>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(makefault)

BOOST_AUTO_TEST_CASE(soap11_clients_get_a_soap11_fault) {
    FakeCall call("text/xml", quoteRequest());
    run(fault(kReceiver), call);
    BOOST_TEST(
        bodyOf(call) ==
        "<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>it broke</faultstring></soapenv:Fault>");
    BOOST_TEST((call.request.payload().kind() == myelin::message::ContentKind::Soap11));
    BOOST_TEST(call.request.isResponse());
    BOOST_TEST(call.request.fault());
    BOOST_TEST(call.request.payload().edited());
}

BOOST_AUTO_TEST_CASE(soap12_clients_get_a_soap12_fault) {
    FakeCall call("application/soap+xml", soap12("<a/>"));
    run(fault("<code value=\"s12:Sender\"/><reason expression=\"concat('no ', local-name(//a))\"/>"
              "<node>http://node</node><role>http://role</role><detail>more</detail>"),
        call);
    const soap::Fault made = soap::readFault(call.request.envelope());
    BOOST_TEST(made.code == "Sender");
    BOOST_TEST(made.codeNamespace == "http://www.w3.org/2003/05/soap-envelope");
    BOOST_TEST(made.reason == "no a");
    BOOST_TEST(made.language == "en");
    BOOST_TEST(made.node == "http://node");
    BOOST_TEST(made.role == "http://role");
    BOOST_TEST(std::string(made.detail.text().get()) == "more");
}

BOOST_AUTO_TEST_CASE(other_clients_get_an_exception) {
    FakeCall call("application/xml", "<a/>");
    run(fault(kReceiver), call);
    BOOST_TEST(bodyOf(call) == "<Exception>it broke</Exception>");
    call.exchange.answer(call.request);
    BOOST_TEST(call.server.status == 500);
    BOOST_TEST(call.server.answerBody.ends_with("<Exception>it broke</Exception>"));
}

BOOST_AUTO_TEST_CASE(an_exception_prefers_the_detail) {
    FakeCall call("application/xml", "<a/>");
    run(fault("<reason value=\"it broke\"/><detail><m0:why>because</m0:why></detail>", "version=\"pox\""), call);
    BOOST_TEST(bodyOf(call).find("because</m0:why></Exception>") != std::string::npos);
    BOOST_TEST(bodyOf(call).find("it broke") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_version_may_be_given) {
    FakeCall call("application/xml", "<a/>");
    run(fault("<code value=\"m0:Custom\"/><reason value=\"it broke\"/><role>me</role>", "version=\"soap11\""), call);
    const soap::Fault made = soap::readFault(call.request.envelope());
    BOOST_TEST(made.code == "Custom");
    BOOST_TEST(made.codeNamespace == "http://services.samples");
    BOOST_TEST(made.role == "me");
    FakeCall other("text/xml", quoteRequest());
    run(fault(kReceiver, "version=\"soap12\""), other);
    BOOST_TEST(bodyOf(other).find("Reason") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_computed_code_is_one_of_the_envelope) {
    FakeCall call("text/xml", quoteRequest());
    run(fault("<code expression=\"'Client'\"/><reason value=\"x\"/>"), call);
    BOOST_TEST(bodyOf(call).find("<faultcode>soapenv:Client</faultcode>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_detail_may_be_computed) {
    FakeCall nodes("text/xml", quoteRequest());
    run(fault(std::string(kReceiver) + "<detail expression=\"//m0:symbol\"/>"), nodes);
    BOOST_TEST(bodyOf(nodes).find(":symbol") != std::string::npos);
    BOOST_TEST(bodyOf(nodes).find(">IBM<") != std::string::npos);

    FakeCall text("text/xml", quoteRequest());
    text.request.setProperty(myelin::message::Scope::Default, "ERROR_DETAIL", std::string_view("a < b\x01"));
    run(fault(std::string(kReceiver) + "<detail expression=\"get-property('ERROR_DETAIL')\"/>"), text);
    BOOST_TEST(bodyOf(text).find("<detail>a &lt; b?</detail>") != std::string::npos);

    FakeCall xml("text/xml", quoteRequest());
    xml.request.setProperty(myelin::message::Scope::Default, "saved", std::string_view("<why>x</why>"));
    run(fault(std::string(kReceiver) + "<detail expression=\"get-property('saved')\"/>"), xml);
    BOOST_TEST(bodyOf(xml).find("<detail><why>x</why></detail>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(headers_are_kept) {
    FakeCall call("text/xml", soap11("<a/>", "<t:trace xmlns:t=\"urn:t\">7</t:trace>"));
    run(fault(kReceiver), call);
    std::string header;
    myelin::xml::write(soap::header(call.request.envelope()), header);
    BOOST_TEST(header.find(">7</t:trace>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_be_read_is_replaced) {
    FakeCall call("text/xml", "<broken");
    run(fault(kReceiver), call);
    BOOST_TEST(bodyOf(call).find("it broke") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_addressed_to_whoever_wants_faults) {
    FakeCall call("text/xml", quoteRequest());
    call.request.addressing().faultTo = "http://faults";
    call.request.addressing().replyTo = "http://replies";
    call.request.addressing().messageId = "urn:1";
    run(fault(kReceiver, "response=\"false\""), call);
    BOOST_TEST(call.request.addressing().to == "http://faults");
    BOOST_TEST(call.request.addressing().relatesTo == "urn:1");
    BOOST_TEST(!call.request.isResponse());
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf(fault("<reason value=\"x\"/>")) == "error: a fault needs a <code>\n");
    BOOST_TEST(findingsOf(fault("<code value=\"s12:Receiver\"/>")) == "error: a fault needs a <reason>\n");
    BOOST_TEST(findingsOf(fault("", "version=\"pox\"")) == "error: a POX fault needs a <reason> or a <detail>\n");
    BOOST_TEST(findingsOf(fault("<code value=\"zz:Receiver\"/><reason value=\"x\"/>")) ==
               "error: the prefix of fault code \"zz:Receiver\" is not declared\n");
    BOOST_TEST(findingsOf(fault("<code value=\"s12:Reciever\"/><reason value=\"x\"/>"))
                   .find("\"s12:Reciever\" is not a fault code of SOAP 1.2; did you mean \"Receiver\"?") !=
               std::string::npos);
    BOOST_TEST(findingsOf(fault("<code value=\"m0:Receiver\"/><reason value=\"x\"/>"))
                   .find("\"m0:Receiver\" is not a fault code of SOAP 1.2") != std::string::npos);
    BOOST_TEST(findingsOf(fault("<code value=\"m0:Any\"/><reason value=\"x\"/>", "version=\"soap11\"")) == "");
    BOOST_TEST(findingsOf(fault(std::string(kReceiver) + "<node>n</node>", "version=\"soap11\"")) ==
               "error: a SOAP 1.1 fault has no <node>\n");
    BOOST_TEST(findingsOf(fault("<code/><reason value=\"x\"/>")) ==
               "error: <code> needs a \"value\" or an \"expression\"\n");
    BOOST_TEST(findingsOf(fault("<code value=\"s12:Receiver\"/><reason value=\"x\" expression=\"1\"/>")) ==
               "error: <reason> has either \"value\" or \"expression\", not both\n");
    BOOST_TEST(findingsOf(fault(kReceiver, "version=\"soap13\"")).find("error: ") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
