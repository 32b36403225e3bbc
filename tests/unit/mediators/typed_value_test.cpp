#include "mediators/typed_value.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using myelin::mediators::convert;
using myelin::mediators::ValueType;
using myelin::message::PropertyValue;
using myelin::message::toText;

namespace {

std::string shown(std::string_view text, ValueType type) {
    const auto value = convert(text, type);
    return value ? toText(*value) : "<none>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_value)

BOOST_AUTO_TEST_CASE(numbers_have_the_range_of_their_java_types) {
    BOOST_TEST(shown("32767", ValueType::Short) == "32767");
    BOOST_TEST(shown("32768", ValueType::Short) == "<none>");
    BOOST_TEST(shown("-2147483648", ValueType::Integer) == "-2147483648");
    BOOST_TEST(shown("2147483648", ValueType::Integer) == "<none>");
    BOOST_TEST(shown("9223372036854775807", ValueType::Long) == "9223372036854775807");
    BOOST_TEST(shown("9223372036854775808", ValueType::Long) == "<none>");
    BOOST_TEST(shown("+7", ValueType::Integer) == "7");
    BOOST_TEST(shown("+-7", ValueType::Integer) == "<none>");
    BOOST_TEST(shown("1.5", ValueType::Integer) == "<none>");
    BOOST_TEST(shown("", ValueType::Long) == "<none>");
}

BOOST_AUTO_TEST_CASE(floating_point) {
    BOOST_TEST(shown("66.14", ValueType::Double) == "66.14");
    BOOST_TEST(shown("1.1", ValueType::Float) == "1.1");
    BOOST_TEST(shown("abc", ValueType::Double) == "<none>");
}

BOOST_AUTO_TEST_CASE(booleans_are_true_or_not) {
    BOOST_TEST(shown("TRUE", ValueType::Boolean) == "true");
    BOOST_TEST(shown("yes", ValueType::Boolean) == "false");
}

BOOST_AUTO_TEST_CASE(xml_has_to_be_well_formed) {
    BOOST_TEST(shown("<a><b/></a>", ValueType::Xml) == "<a><b/></a>");
    BOOST_TEST(shown("<a><b></a>", ValueType::Xml) == "<none>");
}

BOOST_AUTO_TEST_SUITE_END()
