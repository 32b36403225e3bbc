#include "endpoints/uri_template.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

// Values and expected results are those of RFC 6570, section 3.2, as far as they are about text and not about lists.

namespace {

using myelin::endpoints::UriTemplate;
using myelin::endpoints::UriTemplateError;

class RfcValues final : public UriTemplate::Values {
public:
    std::optional<std::string_view> value(std::string_view name) override {
        static const std::map<std::string_view, std::string_view> kValues{{"var", "value"},
                                                                          {"hello", "Hello World!"},
                                                                          {"path", "/foo/bar"},
                                                                          {"empty", ""},
                                                                          {"x", "1024"},
                                                                          {"y", "768"},
                                                                          {"dub", "me/too"},
                                                                          {"half", "50%"},
                                                                          {"who", "fred"},
                                                                          {"base", "http://example.com/home/"},
                                                                          {"v", "6"},
                                                                          {"semi", ";"},
                                                                          {"escaped", "a%2Fb%zz"},
                                                                          {"umlaut", "\xC3\xBC\xC3\xB6x"},
                                                                          {"evil", "a\r\nb"},
                                                                          {"with-dash", "d"}};
        const auto found = kValues.find(name);
        return found == kValues.end() ? std::nullopt : std::optional(found->second);
    }
};

std::string expand(std::string_view text) {
    RfcValues values;
    std::string out;
    UriTemplate(text).expand(values, out);
    return out;
}

struct Case {
    std::string_view text;
    std::string_view expected;
};

template <std::size_t Count>
void check(const Case (&cases)[Count]) {
    for (const auto& [text, expected] : cases)
        BOOST_CHECK_MESSAGE(expand(text) == expected, text << ": " << expand(text));
}

/// Position and reason of the error that the template draws.
std::string refusal(std::string_view text) {
    try {
        const UriTemplate made(text);
    } catch (const UriTemplateError& error) {
        return std::to_string(error.position()) + ": " + error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(UriTemplateExpansion)

BOOST_AUTO_TEST_CASE(simple) {
    check({{"{var}", "value"},
           {"{hello}", "Hello%20World%21"},
           {"{half}", "50%25"},
           {"O{empty}X", "OX"},
           {"O{undef}X", "OX"},
           {"{x,y}", "1024,768"},
           {"{x,hello,y}", "1024,Hello%20World%21,768"},
           {"?{x,empty}", "?1024,"},
           {"?{x,undef}", "?1024"},
           {"?{undef,y}", "?768"},
           {"{var:3}", "val"},
           {"{var:30}", "value"},
           {"{semi}", "%3B"},
           {"{semi:2}", "%3B"},
           {"{var*}", "value"}});
}

BOOST_AUTO_TEST_CASE(reserved) {
    check({{"{+var}", "value"},
           {"{+hello}", "Hello%20World!"},
           {"{+half}", "50%25"},
           {"{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"},
           {"{+base}index", "http://example.com/home/index"},
           {"O{+empty}X", "OX"},
           {"O{+undef}X", "OX"},
           {"{+path}/here", "/foo/bar/here"},
           {"here?ref={+path}", "here?ref=/foo/bar"},
           {"up{+path}{var}/here", "up/foo/barvalue/here"},
           {"{+x,hello,y}", "1024,Hello%20World!,768"},
           {"{+path,x}/here", "/foo/bar,1024/here"},
           {"{+path:6}/here", "/foo/b/here"},
           {"{+escaped}", "a%2Fb%25zz"}});
}

BOOST_AUTO_TEST_CASE(fragment) {
    check({{"{#var}", "#value"},
           {"{#hello}", "#Hello%20World!"},
           {"{#half}", "#50%25"},
           {"foo{#empty}", "foo#"},
           {"foo{#undef}", "foo"},
           {"{#x,hello,y}", "#1024,Hello%20World!,768"},
           {"{#path,x}/here", "#/foo/bar,1024/here"},
           {"{#path:6}/here", "#/foo/b/here"}});
}

BOOST_AUTO_TEST_CASE(label) {
    check({{"{.who}", ".fred"},
           {"{.who,who}", ".fred.fred"},
           {"{.half,who}", ".50%25.fred"},
           {"X{.var}", "X.value"},
           {"X{.empty}", "X."},
           {"X{.undef}", "X"},
           {"X{.var:3}", "X.val"}});
}

BOOST_AUTO_TEST_CASE(pathSegments) {
    check({{"{/who}", "/fred"},
           {"{/who,who}", "/fred/fred"},
           {"{/half,who}", "/50%25/fred"},
           {"{/who,dub}", "/fred/me%2Ftoo"},
           {"{/var}", "/value"},
           {"{/var,empty}", "/value/"},
           {"{/var,undef}", "/value"},
           {"{/var,x}/here", "/value/1024/here"},
           {"{/var:1,var}", "/v/value"}});
}

BOOST_AUTO_TEST_CASE(pathParameters) {
    check({{"{;who}", ";who=fred"},
           {"{;half}", ";half=50%25"},
           {"{;empty}", ";empty"},
           {"{;v,empty,who}", ";v=6;empty;who=fred"},
           {"{;v,bar,who}", ";v=6;who=fred"},
           {"{;x,y}", ";x=1024;y=768"},
           {"{;x,y,empty}", ";x=1024;y=768;empty"},
           {"{;x,y,undef}", ";x=1024;y=768"},
           {"{;hello:5}", ";hello=Hello"},
           {"{;who*}", ";who=fred"}});
}

BOOST_AUTO_TEST_CASE(query) {
    check({{"{?who}", "?who=fred"},
           {"{?half}", "?half=50%25"},
           {"{?x,y}", "?x=1024&y=768"},
           {"{?x,y,empty}", "?x=1024&y=768&empty="},
           {"{?x,y,undef}", "?x=1024&y=768"},
           {"{?undef}", ""},
           {"{?var:3}", "?var=val"},
           {"{&who}", "&who=fred"},
           {"{&half}", "&half=50%25"},
           {"?fixed=yes{&x}", "?fixed=yes&x=1024"},
           {"{&x,y,empty}", "&x=1024&y=768&empty="},
           {"{&x,y,undef}", "&x=1024&y=768"},
           {"{&var:3}", "&var=val"}});
}

BOOST_AUTO_TEST_CASE(whatMayNotStandInARequestNeverComesOut) {
    check({{"{evil}", "a%0D%0Ab"},
           {"{+evil}", "a%0D%0Ab"},
           {"{umlaut:1}", "%C3%BC"},
           {"{+umlaut:2}", "%C3%BC%C3%B6"},
           {"/a b?q=\"%zz%41", "/a%20b?q=%22%25zz%41"},
           {"{with-dash}", "d"}});
}

BOOST_AUTO_TEST_CASE(mistakesHaveAPlace) {
    BOOST_CHECK_EQUAL(refusal("http://h/{x"), "9: this \"{\" is not closed");
    BOOST_CHECK_EQUAL(refusal("/a}"), "2: this \"}\" closes nothing");
    BOOST_CHECK_EQUAL(refusal("/{a{b}}"), "3: a \"{\" stands inside another expression");
    BOOST_CHECK_EQUAL(refusal("/{}"), "1: \"{}\" names no variable");
    BOOST_CHECK_EQUAL(refusal("/{?}"), "3: the name of a variable is missing");
    BOOST_CHECK_EQUAL(refusal("/{x,}"), "4: the name of a variable is missing");
    BOOST_CHECK_EQUAL(refusal("/{!x}"), "2: \"!\" is no operator of URI templates");
    BOOST_CHECK_EQUAL(refusal("/{x y}"), "3: \" \" cannot stand in the name of a variable");
    BOOST_CHECK_EQUAL(refusal("/{x:}"), "4: the length after \":\" must be a number from 1 to 9999");
    BOOST_CHECK_EQUAL(refusal("/{x:0}"), "4: the length after \":\" must be a number from 1 to 9999");
    BOOST_CHECK_EQUAL(refusal("/{x:10000}"), "4: the length after \":\" must be a number from 1 to 9999");
    BOOST_CHECK_EQUAL(refusal("/{x*3}"), "4: nothing may follow \"*\"");
    BOOST_CHECK_EQUAL(refusal("/{x:3*}"), "4: the length after \":\" must be a number from 1 to 9999");
}

BOOST_AUTO_TEST_CASE(whatItSaysOfItself) {
    const UriTemplate made("http://h/a{/who}{?x,y}");
    BOOST_CHECK_EQUAL(made.literalStart(), "http://h/a");
    BOOST_CHECK_EQUAL(made.firstOperator(), '/');
    BOOST_CHECK(!made.hasMandatoryPart());
    BOOST_CHECK(UriTemplate("/{who}").hasMandatoryPart());
    BOOST_CHECK(UriTemplate("/{+who}").hasMandatoryPart());
    const std::vector<std::string_view> names{"who", "x", "y"};
    BOOST_TEST(made.variables() == names, boost::test_tools::per_element());
    RfcValues values;
    std::string out;
    BOOST_CHECK_EQUAL(made.expand(values, out).defined, 3U);
    BOOST_CHECK_EQUAL(UriTemplate("{undef}").expand(values, out).defined, 0U);
}

BOOST_AUTO_TEST_SUITE_END()
