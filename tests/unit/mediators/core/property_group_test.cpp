#include <boost/test/unit_test.hpp>

#include "tests/unit/mediators/support.hpp"

using namespace myelin::mediators::test;

BOOST_AUTO_TEST_SUITE(property_group)

BOOST_AUTO_TEST_CASE(sets_its_properties_in_order) {
    const Mediation mediation(
        inSequence("<propertyGroup description=\"both\"><property name=\"a\" value=\"1\"/>"
                   "<property name=\"b\" expression=\"concat(get-property('a'), '2')\"/></propertyGroup>"));
    BOOST_TEST(mediation.findings() == "");
    FakeCall call("text/xml", quoteRequest());
    BOOST_TEST((mediation.run(call.request) == myelin::message::Flow::Continue));
    BOOST_TEST(property(call.request, "b") == "12");
}

BOOST_AUTO_TEST_CASE(holds_nothing_but_properties) {
    BOOST_TEST(Mediation(inSequence("<propertyGroup/>")).findings().find("at least one <property>") !=
               std::string::npos);
    BOOST_TEST(Mediation(inSequence("<propertyGroup><property name=\"a\" value=\"1\"/><drop/></propertyGroup>"))
                   .findings()
                   .find("<drop>") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
