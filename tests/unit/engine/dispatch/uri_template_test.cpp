#include "engine/dispatch/uri_template.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

using myelin::dispatch::UriTemplate;

namespace {

/// "a=1 b=2", or "no" when the target does not match.
std::string matched(const std::string& text, const std::string& target) {
    const UriTemplate uriTemplate(text);  // the names of the variables are views into it
    UriTemplate::Variables variables;
    if (!uriTemplate.match(target, variables)) return "no";
    std::string out;
    for (const auto& [name, value] : variables)
        out += std::string(out.empty() ? "" : " ") + std::string(name) + "=" + value;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(uri_template)

BOOST_AUTO_TEST_CASE(literals_match_byte_for_byte_and_tolerate_a_trailing_slash) {
    BOOST_TEST(matched("/a/b", "/a/b") == "");
    BOOST_TEST(matched("/a/b", "/a/b/") == "");
    BOOST_TEST(matched("/a/b", "/a/b?x=1") == "");
    BOOST_TEST(matched("/a/b", "/a/c") == "no");
    BOOST_TEST(matched("/a/b", "/a/bc") == "no");
}

BOOST_AUTO_TEST_CASE(a_variable_ends_at_a_reserved_character) {
    BOOST_TEST(matched("/view/{symbol}", "/view/IBM") == "symbol=IBM");
    BOOST_TEST(matched("/view/{symbol}", "/view/IBM/more") == "no");
    BOOST_TEST(matched("/view/{symbol}", "/view/") == "no");
    BOOST_TEST(matched("/{a}-{b}", "/x-y") == "a=x b=y");
    BOOST_TEST(matched("/{a,b}", "/1,2") == "a=1 b=2");
    BOOST_TEST(matched("/{a:3}/x", "/abc/x") == "a=abc");
    BOOST_TEST(matched("/{a:3}/x", "/ab/x") == "no");
}

BOOST_AUTO_TEST_CASE(values_are_percent_decoded_and_plus_stays) {
    BOOST_TEST(matched("/{+a}", "/x%20y+z") == "a=x y+z");
    BOOST_TEST(matched("/{a}", "/x%zz") == "a=x%zz");
}

BOOST_AUTO_TEST_CASE(reserved_expansion_takes_slashes_and_gives_back_what_the_rest_needs) {
    BOOST_TEST(matched("/files/{+path}", "/files/a/b/c") == "path=a/b/c");
    BOOST_TEST(matched("/files/{+path}/end", "/files/a/b/end") == "path=a/b");
    BOOST_TEST(matched("/{+path}/{last}", "/a/b/c") == "path=a/b last=c");
    BOOST_TEST(matched("/x{/a}", "/x/1") == "a=1");
    BOOST_TEST(matched("/x{.a}", "/x.1") == "a=1");
}

BOOST_AUTO_TEST_CASE(a_wildcard_ends_the_template) {
    BOOST_TEST(matched("/*", "/") == "");
    BOOST_TEST(matched("/a/*", "/a") == "");
    BOOST_TEST(matched("/a/*", "/a/b/c") == "");
    BOOST_TEST(matched("/a/*", "/ab") == "no");
}

BOOST_AUTO_TEST_CASE(a_repeated_variable_has_one_value) {
    BOOST_TEST(matched("/{a}/{a}", "/x/x") == "a=x a=x");
    BOOST_TEST(matched("/{a}/{a}", "/x/y") == "no");
}

BOOST_AUTO_TEST_CASE(a_query_in_the_template_is_matched) {
    BOOST_TEST(matched("/a?x={x}", "/a?x=1") == "x=1");
    BOOST_TEST(matched("/a?x={x}", "/a") == "no");
}

BOOST_AUTO_TEST_CASE(many_greedy_variables_cannot_stall_a_worker) {
    const std::string target = "/" + std::string(8000, 'a');
    BOOST_TEST(matched("/{+a}{+b}{+c}{+d}!", target) == "no");
}

BOOST_AUTO_TEST_CASE(more_literal_text_is_more_specific) {
    BOOST_TEST(UriTemplate("/a/b").moreSpecificThan(UriTemplate("/a/{x}")));
    BOOST_TEST(!UriTemplate("/a/{x}").moreSpecificThan(UriTemplate("/a/b")));
    BOOST_TEST(UriTemplate("/{a}").moreSpecificThan(UriTemplate("/{a}{b}")));
}

BOOST_AUTO_TEST_CASE(malformed_templates_say_what_is_wrong) {
    for (const char* text : {"/{a", "/a}", "/{}", "/{?x}", "/{a b}", "/{a:x}", "/{a:0}"}) {
        BOOST_CHECK_THROW(UriTemplate{text}, std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
