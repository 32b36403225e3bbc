// in, out, drop, respond, loopback.
#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::Flow;
using myelin::message::MessageContext;

BOOST_AUTO_TEST_SUITE(flow)

BOOST_AUTO_TEST_CASE(in_and_out_look_at_the_direction) {
    const Mediation mediation(inSequence(
        "<in><property name=\"in\" value=\"1\"/></in><out><property name=\"out\" value=\"1\"/><drop/></out>"));
    BOOST_REQUIRE(mediation.findings().empty());
    FakeCall request;
    BOOST_TEST((mediation.run(request.request) == Flow::Continue));
    BOOST_TEST(property(request.request, "in") == "1");
    BOOST_TEST(property(request.request, "out") == "<none>");

    FakeCall response;
    response.request.setResponse(true);
    BOOST_TEST((mediation.run(response.request) == Flow::Stop));
    BOOST_TEST(property(response.request, "in") == "<none>");
    BOOST_TEST(property(response.request, "out") == "1");

    FakeCall flagged;
    flagged.request.setProperty(myelin::message::Scope::Default, "RESPONSE", std::string_view("TRUE"));
    mediation.run(flagged.request);
    BOOST_TEST(property(flagged.request, "out") == "1");
}

BOOST_AUTO_TEST_CASE(drop_clears_To_and_stops) {
    const Mediation mediation(inSequence("<drop/>"));
    FakeCall call;
    BOOST_TEST(!call.request.addressing().to.empty());
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(call.request.addressing().to.empty());
    BOOST_TEST(!call.exchange.answered());
}

BOOST_AUTO_TEST_CASE(respond_answers_with_the_current_message) {
    const Mediation mediation(inSequence("<respond/>"));
    FakeCall call("application/xml", "<test>foo</test>");
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(call.server.status == 200);
    BOOST_TEST(call.server.answerBody == "<test>foo</test>");
    BOOST_TEST(call.request.isResponse());
}

BOOST_AUTO_TEST_CASE(a_second_answer_is_not_sent_but_logged) {
    CapturedLog log;
    const Mediation mediation(inSequence("<respond/>"));
    FakeCall call("application/xml", "<test>foo</test>");
    mediation.run(call.request);
    mediation.run(call.request);
    BOOST_TEST(call.server.answers == 1u);
    BOOST_TEST(log.texts() == "a second answer to the same request was not sent\n");
}

BOOST_AUTO_TEST_CASE(loopback_takes_a_request_to_the_out_flow) {
    const Mediation mediation(inSequence("<property name=\"a\" value=\"1\"/><loopback/>"));
    FakeCall call("application/xml", "<test>foo</test>");
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(call.exchange.answerExpected());
    BOOST_REQUIRE(call.exchange.pending().size() == 1u);
    const auto& reply = call.exchange.pending().front();
    BOOST_TEST(reply->loopback);
    BOOST_REQUIRE(reply->looped);
    BOOST_TEST(reply->looped->isResponse());
    BOOST_TEST(property(*reply->looped, "a") == "1");
    call.exchange.answer(*reply->looped);
    BOOST_TEST(call.server.answerBody == "<test>foo</test>");
}

BOOST_AUTO_TEST_CASE(loopback_in_a_response_flow_only_stops) {
    const Mediation mediation(inSequence("<loopback/>"));
    FakeCall call;
    call.request.setResponse(true);
    BOOST_TEST((mediation.run(call.request) == Flow::Stop));
    BOOST_TEST(call.exchange.pending().empty());
}

BOOST_AUTO_TEST_CASE(they_take_no_attributes_and_no_children) {
    for (const std::string name : {"drop", "respond", "loopback"}) {
        BOOST_TEST(findingsOf("<" + name + " description=\"fine\"/>").empty());
        BOOST_TEST(findingsOf("<" + name + " when=\"now\"/>").find("unknown attribute \"when\"") != std::string::npos);
        BOOST_TEST(findingsOf("<" + name + "><log/></" + name + ">").find("error: ") == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
