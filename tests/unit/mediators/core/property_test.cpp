#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;
using myelin::message::MediationFault;
using myelin::message::PropertyValue;
using myelin::message::Scope;

BOOST_AUTO_TEST_SUITE(property_mediator)

BOOST_AUTO_TEST_CASE(sets_and_removes_in_every_scope) {
    const Mediation set(
        inSequence("<property name=\"a\" value=\"1\"/><property name=\"b\" value=\"2\" scope=\"axis2\"/>"
                   "<property name=\"c\" value=\"3\" scope=\"axis2-client\"/>"
                   "<property name=\"X-D\" value=\"4\" scope=\"transport\"/>"
                   "<property name=\"e\" value=\"5\" scope=\"operation\"/>"
                   "<property name=\"f\" value=\"6\" scope=\"synapse\"/>"));
    BOOST_REQUIRE(set.findings().empty());
    FakeCall call("text/xml", quoteRequest());
    set.run(call.request);
    BOOST_TEST(property(call.request, "a") == "1");
    BOOST_TEST(property(call.request, "b", Scope::Axis2) == "2");
    BOOST_TEST(property(call.request, "c", Scope::Axis2Client) == "3");
    BOOST_TEST(property(call.request, "x-d", Scope::Transport) == "4");
    BOOST_TEST(property(call.request, "e", Scope::Operation) == "5");
    BOOST_TEST(property(call.request, "f") == "6");
    const Mediation remove(
        inSequence("<property name=\"a\" action=\"remove\"/><property name=\"b\" scope=\"axis2\" action=\"remove\"/>"
                   "<property name=\"x-D\" scope=\"transport\" action=\"remove\"/>"));
    BOOST_REQUIRE(remove.findings().empty());
    remove.run(call.request);
    BOOST_TEST(property(call.request, "a") == "<none>");
    BOOST_TEST(property(call.request, "b", Scope::Axis2) == "<none>");
    BOOST_TEST(property(call.request, "X-D", Scope::Transport) == "<none>");
    BOOST_TEST(property(call.request, "f") == "6");
}

BOOST_AUTO_TEST_CASE(evaluates_expressions) {
    FakeCall call("text/xml", quoteRequest("MSFT"));
    const Mediation mediation(
        inSequence("<property name=\"symbol\" expression=\"//m0:symbol\"/>"
                   "<property name=\"{concat('x', '-y')}\" expression=\"'1'\"/>"
                   "<property name=\"nothing\" expression=\"get-property('absent')\"/>"));
    BOOST_REQUIRE(mediation.findings().empty());
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "symbol") == "MSFT");
    BOOST_TEST(property(call.request, "x-y") == "1");
    BOOST_TEST(property(call.request, "nothing") == "<none>");
}

BOOST_AUTO_TEST_CASE(a_null_result_leaves_the_property_as_it_was) {
    FakeCall call;
    const Mediation mediation(
        inSequence("<property name=\"a\" value=\"old\"/><property name=\"a\" expression=\"get-property('absent')\"/>"));
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "a") == "old");
}

BOOST_AUTO_TEST_CASE(converts_to_types) {
    FakeCall call;
    const Mediation mediation(
        inSequence("<property name=\"b\" value=\"TRUE\" type=\"BOOLEAN\"/>"
                   "<property name=\"i\" expression=\"40 + 2\" type=\"INTEGER\"/>"
                   "<property name=\"d\" value=\"1.50\" type=\"DOUBLE\"/>"
                   "<property name=\"s\" value=\"042\" type=\"STRING\"/>"));
    BOOST_REQUIRE(mediation.findings().empty());
    mediation.run(call.request);
    auto& properties = call.request.properties(Scope::Default);
    BOOST_TEST(std::get<bool>(*properties.get("b")));
    BOOST_TEST(std::get<std::int64_t>(*properties.get("i")) == 42);
    BOOST_TEST(std::get<double>(*properties.get("d")) == 1.5);
    BOOST_TEST(std::get<std::string_view>(*properties.get("s")) == "042");
}

BOOST_AUTO_TEST_CASE(a_result_of_the_wrong_type_is_a_fault) {
    FakeCall call;
    const Mediation mediation(
        inSequence("<property name=\"n\" expression=\"'" + std::string(300, 'x') + "'\" type=\"LONG\"/>"));
    BOOST_CHECK_EXCEPTION(mediation.run(call.request), MediationFault, [](const MediationFault& fault) {
        return fault.text() == "property n: \"" + std::string(100, 'x') + "...\" is not a value of type LONG";
    });
}

BOOST_AUTO_TEST_CASE(a_pattern_has_to_match_entirely_and_selects_a_group) {
    FakeCall call;
    const Mediation mediation(
        inSequence("<property name=\"a\" expression=\"'IBM-42'\" pattern=\"(\\w+)-(\\d+)\" group=\"2\"/>"
                   "<property name=\"b\" expression=\"'IBM-42'\" pattern=\"(\\w+)-(\\d+)\"/>"
                   "<property name=\"c\" expression=\"'IBM-42x'\" pattern=\"(\\w+)-(\\d+)\" group=\"1\"/>"
                   "<property name=\"d\" value=\"k=v\" pattern=\".*=(.*)\" group=\"1\"/>"));
    BOOST_REQUIRE(mediation.findings().empty());
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "a") == "42");
    BOOST_TEST(property(call.request, "b") == "IBM-42");
    BOOST_TEST(property(call.request, "c") == "");
    BOOST_TEST(property(call.request, "d") == "v");
}

BOOST_AUTO_TEST_CASE(holds_xml) {
    FakeCall call("text/xml", quoteRequest());
    const Mediation mediation(
        inSequence("<property name=\"inline\"><m0:a><m0:b>1</m0:b></m0:a></property>"
                   "<property name=\"text\" value=\"&lt;a&gt;2&lt;/a&gt;\" type=\"OM\"/>"
                   "<property name=\"node\" expression=\"//m0:request\" type=\"OM\"/>"
                   "<property name=\"parsed\" expression=\"concat('&lt;a&gt;', '4', '&lt;/a&gt;')\" type=\"OM\"/>"
                   "<property name=\"found\" expression=\"$ctx:inline/m0:b\"/>"));
    BOOST_REQUIRE_EQUAL(mediation.findings(), "");
    mediation.run(call.request);
    BOOST_TEST(property(call.request, "inline").find("<m0:b>1</m0:b>") != std::string::npos);
    BOOST_TEST(property(call.request, "inline").find("xmlns:m0=\"http://services.samples\"") != std::string::npos);
    BOOST_TEST(property(call.request, "text") == "<a>2</a>");
    BOOST_TEST(property(call.request, "node").find("<m0:symbol>IBM</m0:symbol>") != std::string::npos);
    BOOST_TEST(property(call.request, "parsed") == "<a>4</a>");
    BOOST_TEST(property(call.request, "found") == "1");
    // A message gets a copy of its own.
    FakeCall other("text/xml", quoteRequest());
    mediation.run(other.request);
    const auto documentIn = [](FakeCall& in) {
        return std::get<std::shared_ptr<myelin::xml::Document>>(*in.request.properties(Scope::Default).get("inline"));
    };
    BOOST_TEST(documentIn(call) != documentIn(other));
}

BOOST_AUTO_TEST_CASE(removing_the_transport_headers_removes_them_all) {
    FakeCall call("text/xml", quoteRequest());
    const Mediation mediation(inSequence("<property name=\"TRANSPORT_HEADERS\" action=\"remove\" scope=\"axis2\"/>"));
    mediation.run(call.request);
    BOOST_TEST(std::as_const(call.request).headers().size() == 0u);
}

BOOST_AUTO_TEST_CASE(RESPONSE_turns_the_message_round) {
    FakeCall call;
    const Mediation mediation(inSequence("<property name=\"RESPONSE\" value=\"true\"/>"));
    mediation.run(call.request);
    BOOST_TEST(call.request.isResponse());
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    BOOST_TEST(findingsOf("<property value=\"1\"/>").find("name") != std::string::npos);
    BOOST_TEST(findingsOf("<property name=\"a\"/>") ==
               "error: a property needs a \"value\", an \"expression\" or an XML child\n");
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"1\" expression=\"2\"/>") ==
               "error: a property has either \"value\" or \"expression\", not both\n");
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"1\"><b xmlns=\"\"/></property>") ==
               "error: a property has either \"value\", \"expression\" or an XML child, not two of them\n");
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"1\" scope=\"axis\"/>").find("did you mean \"axis2\"") !=
               std::string::npos);
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"1\" type=\"INT\"/>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"1\" action=\"unset\"/>").find("error: ") == 0u);
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"x\" type=\"INTEGER\"/>") ==
               "error: \"x\" is not a value of type INTEGER\n");
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"x\" pattern=\"(\"/>").find("not a regular expression") !=
               std::string::npos);
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"x\" pattern=\"x\" group=\"1\"/>") ==
               "error: the pattern has no group 1, only 0\n");
    BOOST_TEST(findingsOf("<property name=\"a\" value=\"x\" action=\"remove\"/>") ==
               "warning: a property that is removed needs no value\n");
}

BOOST_AUTO_TEST_SUITE_END()
