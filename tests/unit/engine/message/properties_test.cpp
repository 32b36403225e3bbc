#include "engine/message/properties.hpp"

#include <boost/test/unit_test.hpp>

using namespace myelin;
using namespace myelin::message;

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(values_are_kept_by_name) {
    base::Arena arena;
    Properties properties(arena);
    BOOST_TEST(properties.get("a") == nullptr);
    {
        const std::string name = "name";
        const std::string value = "value";
        properties.set(name, std::string_view(value));
    }
    BOOST_TEST(properties.text("name") == "value");
    BOOST_TEST(properties.text("Name").empty());
    properties.set("name", std::int64_t{7});
    BOOST_TEST(properties.text("name").empty());
    BOOST_TEST(toText(*properties.get("name")) == "7");
    BOOST_TEST(std::distance(properties.begin(), properties.end()) == 1);
    properties.remove("name");
    properties.remove("name");
    BOOST_TEST(properties.get("name") == nullptr);
}

BOOST_AUTO_TEST_CASE(truth_is_the_word_true) {
    base::Arena arena;
    Properties properties(arena);
    properties.setStatic("a", std::string_view("TRUE"));
    properties.setStatic("b", std::string_view("yes"));
    properties.setStatic("c", true);
    properties.setStatic("d", false);
    BOOST_TEST(properties.isTrue("a"));
    BOOST_TEST(!properties.isTrue("b"));
    BOOST_TEST(properties.isTrue("c"));
    BOOST_TEST(!properties.isTrue("d"));
    BOOST_TEST(!properties.isTrue("e"));
}

BOOST_AUTO_TEST_CASE(values_print_as_java_does) {
    const std::pair<double, const char*> rows[] = {
        {3, "3.0"},
        {0, "0.0"},
        {-2.5, "-2.5"},
        {66.14, "66.14"},
        {1e7, "1.0E7"},
        {1.25e10, "1.25E10"},
        {0.001, "0.001"},
        {0.00025, "2.5E-4"},
        {9999999, "9999999.0"},
        {1e100, "1.0E100"},
    };
    for (const auto& [value, text] : rows) BOOST_TEST(toText(PropertyValue(value)) == text);
    BOOST_TEST(toText(PropertyValue(true)) == "true");
    BOOST_TEST(toText(PropertyValue(std::int64_t{-3})) == "-3");
    BOOST_TEST(toText(PropertyValue()).empty());
    auto document = std::make_shared<xml::Document>();
    BOOST_TEST(xml::Document::parse(*document, "<a><b>x</b></a>").ok);
    BOOST_TEST(toText(PropertyValue(document)) == "<a><b>x</b></a>");
}

BOOST_AUTO_TEST_CASE(a_response_inherits) {
    base::Arena arena;
    Properties request(arena);
    Properties response(arena);
    request.set("a", std::string_view("1"));
    request.set("b", std::string_view("2"));
    response.set("b", std::string_view("old"));
    response.inherit(request);
    BOOST_TEST(response.text("a") == "1");
    BOOST_TEST(response.text("b") == "2");
}

BOOST_AUTO_TEST_CASE(scopes_have_names) {
    BOOST_TEST((scopeNamed("default") == Scope::Default));
    BOOST_TEST((scopeNamed("synapse") == Scope::Default));
    BOOST_TEST((scopeNamed("axis2") == Scope::Axis2));
    BOOST_TEST((scopeNamed("axis2-client") == Scope::Axis2Client));
    BOOST_TEST((scopeNamed("transport") == Scope::Transport));
    BOOST_TEST((scopeNamed("operation") == Scope::Operation));
    BOOST_TEST((scopeNamed("Axis2") == std::nullopt));
}

BOOST_AUTO_TEST_SUITE_END()
