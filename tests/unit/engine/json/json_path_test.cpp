#include "engine/json/json_path.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using myelin::json::JsonPath;

namespace {

std::string at(const std::string& path, std::string_view document) {
    const auto parsed = JsonPath::parse(path);
    BOOST_REQUIRE_MESSAGE(parsed, path);
    std::string error;
    const auto found = parsed->find(document, error);
    if (!error.empty()) return "error: " + error;
    if (!found) return "nothing";
    return (found->single ? "" : "many: ") + found->text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(JsonPaths)

BOOST_AUTO_TEST_CASE(keysAndIndexes) {
    constexpr std::string_view kDocument = R"({"a": {"b": [1, "two", {"c d": true, "e.f": null}]}, "": 9})";
    BOOST_CHECK_EQUAL(at("$.a.b[0]", kDocument), "1");
    BOOST_CHECK_EQUAL(at("$.a.b[1]", kDocument), "two");
    BOOST_CHECK_EQUAL(at("$['a'][\"b\"][2]['c d']", kDocument), "true");
    BOOST_CHECK_EQUAL(at("$.a.b[2]['e.f']", kDocument), "null");
    BOOST_CHECK_EQUAL(at("$['']", kDocument), "9");
    BOOST_CHECK_EQUAL(at("$", "4.50"), "4.5");
}

BOOST_AUTO_TEST_CASE(whatHoldsMoreThanOneValue) {
    BOOST_CHECK_EQUAL(at("$.a", R"({"a": {}})"), "many: {...}");
    BOOST_CHECK_EQUAL(at("$.a", R"({"a": [1]})"), "many: [...]");
    BOOST_CHECK_EQUAL(at("$.a", R"({"a": "{...}"})"), "{...}");
}

BOOST_AUTO_TEST_CASE(placesThatAreNotThere) {
    for (const char* path : {"$.b", "$.a.b", "$.a[0]", "$[0]"}) BOOST_CHECK_EQUAL(at(path, R"({"a": 1})"), "nothing");
    BOOST_CHECK_EQUAL(at("$.a[2]", R"({"a": [1, 2]})"), "nothing");
}

BOOST_AUTO_TEST_CASE(whatIsNoJson) {
    for (const char* document : {"", "{", "<a/>", "{} {}", "{'a': 1}"})
        BOOST_CHECK_EQUAL(at("$.a", document), "error: the body is no JSON");
}

BOOST_AUTO_TEST_CASE(howDeepADocumentNestsCostsNoStack) {
    constexpr std::size_t kDepth = 1'000'000;
    BOOST_CHECK_EQUAL(at("$.a", std::string(kDepth, '[') + std::string(kDepth, ']')), "nothing");
}

BOOST_AUTO_TEST_CASE(whatIsNoPath) {
    for (const char* path :
         {"", "a", "$a", "$.", "$..a", "$.*", "$[", "$[]", "$[*]", "$[-1]", "$['a", "$['a'", "$.a["}) {
        BOOST_CHECK_MESSAGE(!JsonPath::parse(path), path);
    }
}

BOOST_AUTO_TEST_SUITE_END()
