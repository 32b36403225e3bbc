#include "mediators/core/send.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;
using myelin::message::MediationFault;
using myelin::message::Scope;

namespace {

constexpr const char* kToFake = "<send><endpoint key=\"fake\"/></send>";

myelin::message::SendOutcome failure() {
    myelin::message::SendOutcome outcome;
    outcome.code = 101503;
    outcome.text = "Error while connecting to the endpoint (Connection Failed)";
    outcome.detail = "connection refused";
    outcome.status = 503;
    return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(send)

BOOST_AUTO_TEST_CASE(queues_the_answer_and_goes_on) {
    FakeEndpoint endpoint;
    endpoint.body = "<ok/>";
    const Mediation mediation(
        inSequence("<property name=\"a\" value=\"1\"/>" + std::string(kToFake) + "<property name=\"b\" value=\"2\"/>"),
        {{"fake", &endpoint}});
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    BOOST_TEST(endpoint.sends == 1u);
    BOOST_TEST(call.exchange.answerExpected());
    BOOST_TEST(property(call.request, "b") == "2");
    BOOST_REQUIRE(call.exchange.pending().size() == 1u);
    const auto& reply = call.exchange.pending().front();
    BOOST_TEST(reply->receiving.empty());
    BOOST_TEST(reply->inherited.text("a") == "1");
    // Properties as they were when it was sent.
    BOOST_TEST(reply->inherited.get("b") == nullptr);
}

BOOST_AUTO_TEST_CASE(names_the_receiving_sequence) {
    FakeEndpoint endpoint;
    const Mediation mediation(
        "<sequence name=\"main\"><send receive=\"other\"><endpoint key=\"fake\"/></send>"
        "<send receive=\"{concat('oth', 'er')}\"><endpoint key=\"fake\"/></send></sequence><sequence name=\"other\"/>",
        {{"fake", &endpoint}});
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call("text/xml", quoteRequest());
    mediation.run(call.request);
    BOOST_REQUIRE(call.exchange.pending().size() == 2u);
    BOOST_TEST(call.exchange.pending().front()->receiving == "other");
    BOOST_TEST(call.exchange.pending().back()->receiving == "other");
}

BOOST_AUTO_TEST_CASE(a_failure_is_a_fault_with_the_endpoints_code_and_status) {
    FakeEndpoint endpoint;
    endpoint.outcome = failure();
    const Mediation mediation(inSequence(kToFake), {{"fake", &endpoint}});
    FakeCall call("text/xml", quoteRequest());
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.code() == 101503 && fault.status() == 503 && fault.detail() == "connection refused" &&
               fault.text() == "Error while connecting to the endpoint (Connection Failed)" &&
               fault.where() == "send at test.xml:4 in sequence main";
    });
    BOOST_TEST(call.exchange.pending().empty());
    BOOST_TEST(!call.exchange.answerExpected());
}

BOOST_AUTO_TEST_CASE(the_endpoints_own_error_sequence_handles_its_failure) {
    CapturedLog log;
    const Mediation handler(inSequence("<property name=\"code\" expression=\"get-property('ERROR_CODE')\"/>"));
    struct Forward final : myelin::message::Mediator {
        explicit Forward(const Mediation& to) : to_(to) {}
        Flow mediate(myelin::message::MessageContext& context) const override { return to_.run(context); }
        std::string_view name() const noexcept override { return "forward"; }
        const Mediation& to_;
    } forward(handler);
    FakeEndpoint endpoint;
    endpoint.outcome = failure();
    endpoint.outcome.onError = &forward;
    const Mediation mediation(inSequence(std::string(kToFake) + "<property name=\"after\" value=\"1\"/>"),
                              {{"fake", &endpoint}});
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(property(call.request, "code") == "101503");
    BOOST_TEST(property(call.request, "after") == "<none>");
}

BOOST_AUTO_TEST_CASE(OUT_ONLY_reads_the_answer_and_forgets_it) {
    FakeEndpoint endpoint;
    endpoint.body = "<ok/>";
    const Mediation mediation(inSequence("<property name=\"OUT_ONLY\" value=\"true\"/>" + std::string(kToFake)),
                              {{"fake", &endpoint}});
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    BOOST_TEST(endpoint.sends == 1u);
    BOOST_TEST(endpoint.bodies.front().calls == 2u);
    BOOST_TEST(call.exchange.pending().empty());
    BOOST_TEST(!call.exchange.answerExpected());
}

BOOST_AUTO_TEST_CASE(a_computed_endpoint_key_is_looked_up_for_each_message) {
    FakeEndpoint endpoint;
    const Mediation mediation(inSequence("<send><endpoint key=\"{get-property('where')}\"/></send>"),
                              {{"fake", &endpoint}});
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call("text/xml", quoteRequest());
    call.request.setProperty(Scope::Default, "where", std::string_view("fake"));
    mediation.run(call.request);
    BOOST_TEST(endpoint.sends == 1u);
    call.request.setProperty(Scope::Default, "where", std::string_view("gone"));
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.code() == 305100 && fault.text().find("gone") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(without_endpoint_a_response_goes_to_the_client) {
    const Mediation mediation(inSequence("<send/>"));
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall call("application/xml", "<test>foo</test>");
    call.request.setResponse(true);
    BOOST_TEST((mediation.run(call.request) == Flow::Continue));
    BOOST_TEST(call.server.answers == 1u);
    BOOST_TEST(call.server.answerBody == "<test>foo</test>");
}

BOOST_AUTO_TEST_CASE(without_endpoint_a_request_needs_an_absolute_To) {
    const Mediation mediation(inSequence("<send/>"));
    FakeCall call("application/xml", "<test>foo</test>");
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.detail().find("/services/Quote") != std::string::npos ||
               fault.text().find("/services/Quote") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_response_flow_may_send_on) {
    FakeEndpoint endpoint;
    const Mediation mediation(inSequence(kToFake), {{"fake", &endpoint}});
    FakeCall call("text/xml", quoteRequest());
    call.request.setResponse(true);
    mediation.run(call.request);
    BOOST_TEST(endpoint.sends == 1u);
    BOOST_TEST(call.exchange.pending().size() == 1u);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<send><endpoint key=\"gone\"/></send>") == "error: \"gone\" does not exist\n");
    BOOST_TEST(findingsOf("<send receive=\"gone\"/>") == "error: \"gone\" does not exist\n");
    BOOST_TEST(findingsOf("<send buildmessage=\"true\"/>").empty());
    BOOST_TEST(findingsOf("<send><endpont/></send>").find("did you mean <endpoint>") != std::string::npos);
    BOOST_TEST(findingsOf("<send><endpoint key=\"\"/></send>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<send><endpoint><address uri=\"http://localhost:9000/x\"/></endpoint></send>").empty());
    BOOST_TEST(findingsOf("<send><endpoint key=\"a\"><address uri=\"http://b\"/></endpoint></send>")
                   .find("this <address> is not used: the attribute key decides what the endpoint is") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
