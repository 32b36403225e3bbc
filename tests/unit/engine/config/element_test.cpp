#include "engine/config/element.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/unit/engine/config/fake_schema.hpp"

using namespace myelin::config;
using namespace std::chrono_literals;
using test::findingsOf;
using test::Parsed;

namespace {

const std::string kOpen = "<a xmlns='http://ws.apache.org/ns/synapse' ";

/// What is said when an element <a> with these attributes and this content is read by `read` and finished.
template <typename Read>
std::string reading(const std::string& attributes, const std::string& content, Read read) {
    Parsed parsed(kOpen + "\n" + attributes + ">" + content + "</a>");
    if (!parsed.file) return findingsOf(parsed.diagnostics);
    const Element element = parsed.root();
    read(element);
    element.finish();
    return findingsOf(parsed.diagnostics);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(element)

BOOST_AUTO_TEST_CASE(attributes_are_read_as_written) {
    BOOST_TEST(reading("b=' x ' d='&lt;'", "", [](const Element& a) {
                   BOOST_TEST(a.name() == "a");
                   BOOST_TEST(a.namespaceUri() == kSynapseNamespace);
                   BOOST_TEST(*a.attribute("b") == " x ");
                   BOOST_TEST(a.required("d") == "<");
                   BOOST_TEST(!a.attribute("c"));
                   BOOST_TEST(a.attribute("c", "otherwise") == "otherwise");
                   BOOST_TEST(a.has("b"));
                   BOOST_TEST(!a.has("c"));
               }) == "");
}

BOOST_AUTO_TEST_CASE(required_attributes_must_be_there_and_say_something) {
    BOOST_TEST(reading("b=' '", "", [](const Element& a) {
                   BOOST_TEST(a.required("b") == "");
                   BOOST_TEST(a.required("c") == "");
               }) == "1:1: <a> needs attribute \"c\"\n2:1: attribute \"b\" of <a> is empty\n");
}

BOOST_AUTO_TEST_CASE(typed_attributes_are_checked) {
    BOOST_TEST(reading("t='TRUE' f=' false ' i='-5' n='42' d='2.5' m='1500' c='Full'", "", [](const Element& a) {
                   BOOST_TEST(a.boolean("t", false));
                   BOOST_TEST(!a.boolean("f", true));
                   BOOST_TEST(a.boolean("absent", true));
                   BOOST_TEST(a.integer<int>("i", -10, 10, 0) == -5);
                   BOOST_TEST(a.integer<std::uint16_t>("n", 0, 65535, 0) == 42);
                   BOOST_TEST(a.integer<int>("absent", 0, 1, 7) == 7);
                   BOOST_TEST(a.decimal("d", 0, 10, 1) == 2.5);
                   BOOST_TEST((a.milliseconds("m", 0ms, 2000ms, 1ms) == 1500ms));
                   BOOST_TEST(a.choice("c", {"simple", "full"}, "simple") == "full");
                   enum class Level { Simple, Full };
                   BOOST_TEST(
                       (a.choice<Level>("c", {{"simple", Level::Simple}, {"full", Level::Full}}, Level::Simple) ==
                        Level::Full));
                   BOOST_TEST((a.choice<Level>("absent", {{"full", Level::Full}}, Level::Simple) == Level::Simple));
               }) == "");
}

BOOST_AUTO_TEST_CASE(wrong_values_are_reported_at_the_value) {
    BOOST_TEST(reading("b='yes' i='12x' n='70000' d='abc' m='1.5' c='ful'",
                       "",
                       [](const Element& a) {
                           BOOST_TEST(!a.boolean("b", false));
                           BOOST_TEST(a.integer<int>("i", 0, std::numeric_limits<int>::max(), 3) == 3);
                           BOOST_TEST(a.integer<std::uint16_t>("n", 1, 65535, 1) == 1);
                           BOOST_TEST(a.decimal("d", 0, 1, 0.5) == 0.5);
                           BOOST_TEST((a.milliseconds("m", 1ms, 5000ms, 9ms) == 9ms));
                           BOOST_TEST(a.choice("c", {"simple", "full"}, "simple") == "simple");
                       }) ==
               "2:4: attribute \"b\" of <a> cannot be \"yes\" [it takes: true, false]\n"
               "2:12: attribute \"i\" of <a> must be a whole number from 0 up, not \"12x\"\n"
               "2:20: attribute \"n\" of <a> must be a whole number from 1 to 65535, not \"70000\"\n"
               "2:30: attribute \"d\" of <a> must be a number from 0 to 1, not \"abc\"\n"
               "2:38: attribute \"m\" of <a> must be a whole number of milliseconds from 1 to 5000, not \"1.5\"\n"
               "2:46: attribute \"c\" of <a> cannot be \"ful\"; did you mean \"full\"? [it takes: simple, full]\n");
}

BOOST_AUTO_TEST_CASE(text_is_trimmed_and_takes_no_elements) {
    BOOST_TEST(reading("", "<b> x <![CDATA[<y>]]> </b>", [](const Element& a) {
                   BOOST_TEST(a.child("b")->text() == "x <y>");
               }) == "");
    BOOST_TEST(reading("", "<b>1<c/></b>", [](const Element& a) { a.child("b")->text(); }) ==
               "2:6: <c> stands where <b> takes text only\n");
    BOOST_TEST(reading("",
                       "<b> 5 </b><c>\n x</c><d/>",
                       [](const Element& a) {
                           BOOST_TEST(a.child("b")->textAsInteger<int>(0, 9, 1) == 5);
                           BOOST_TEST(a.child("c")->textAsInteger<int>(0, 9, 1) == 1);
                           BOOST_TEST(a.child("d")->textAsDecimal(0, 9, 1.5) == 1.5);
                       }) ==
               "3:2: the text of <c> must be a whole number from 0 to 9, not \"x\"\n"
               "3:7: the text of <d> must be a number from 0 to 9, but is empty\n");
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_is_reported_with_the_nearest_name) {
    BOOST_TEST(reading("nmae='1' zzz='2'",
                       "<chidl/><other/>",
                       [](const Element& a) {
                           a.attribute("name");
                           a.child("child");
                       }) ==
               "2:1: unknown attribute \"nmae\" of <a>; did you mean \"name\"?\n"
               "2:10: unknown attribute \"zzz\" of <a> [known here: name]\n"
               "2:18: unknown element <chidl> in <a>; did you mean <child>?\n"
               "2:26: unknown element <other> in <a> [known here: <child>]\n");
}

BOOST_AUTO_TEST_CASE(finishing_looks_into_everything_that_was_opened_and_once_only) {
    Parsed parsed(kOpen + "><b><c x='1'/></b><d y='1'/></a>");
    const Element a = parsed.root();
    a.child("b")->child("c");
    a.finish();
    a.finish();
    a.child("b")->finish();
    BOOST_TEST(parsed.diagnostics.errorCount() == 2U);
    BOOST_TEST(findingsOf(parsed.diagnostics).find("\"x\" of <c>") != std::string::npos);
    BOOST_TEST(findingsOf(parsed.diagnostics).find("<d> in <a>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(some_things_are_accepted_everywhere) {
    BOOST_TEST(reading("description='d' statistics='enable' trace='enable' xmlns:xsi='urn:i' xsi:schemaLocation='x y' "
                       "xml:space='preserve'",
                       "<description>text <b/></description>",
                       [](const Element& a) { BOOST_TEST(a.children().empty()); }) == "");
}

BOOST_AUTO_TEST_CASE(stray_text_is_warned_of) {
    BOOST_TEST(reading("", "<b/> oops\n", [](const Element& a) { a.child("b"); }) ==
               "2:7: warning: text in <a> is ignored\n");
}

BOOST_AUTO_TEST_CASE(the_first_of_several_is_used) {
    BOOST_TEST(reading("", "<b c='1'/><b d='2'/>", [](const Element& a) {
                   BOOST_TEST(*a.child("b")->attribute("c") == "1");
               }) == "2:12: warning: only the first <b> in <a> is used\n");
    BOOST_TEST(reading("", "<b/><b/><c/>", [](const Element& a) {
                   BOOST_TEST(a.childrenNamed("b").size() == 2U);
                   BOOST_TEST(a.children().size() == 3U);
                   BOOST_TEST(a.hasChildElements());
               }) == "");
    BOOST_TEST(reading("", "", [](const Element& a) { BOOST_TEST(!a.requiredChild("b")); }) ==
               "1:1: <a> needs a child <b>\n");
}

BOOST_AUTO_TEST_CASE(a_missing_namespace_is_named_once_and_read_over) {
    BOOST_TEST(reading("", "<b xmlns=''><c/></b>", [](const Element& a) {
                   BOOST_TEST(a.child("b")->child("c").has_value());
               }) == "2:2: element <b> is in no namespace [add xmlns=\"http://ws.apache.org/ns/synapse\"]\n");
    BOOST_TEST(reading("", "<b xmlns=''><c/></b>", [](const Element& a) {
                   BOOST_TEST(a.child("b", Element::Namespaces::Any)->child("c").has_value());
               }) == "");
    BOOST_TEST(reading("", "<m:b xmlns:m='urn:m'/>", [](const Element& a) { BOOST_TEST(!a.child("b")); }) ==
               "2:2: element <m:b> of namespace \"urn:m\" is not known in <a>\n");
    BOOST_TEST(reading("xmlns:s='http://ws.apache.org/ns/synapse' s:b='1'", "<s:c/>", [](const Element& a) {
                   BOOST_TEST(a.child("c").has_value());
               }) == "2:43: attribute \"s:b\" of <a> has a prefix; attributes here are written without one\n");
    BOOST_TEST(reading("", "<s:c xmlns:s='http://ws.apache.org/ns/synapse/spring'/>", [](const Element& a) {
                   BOOST_TEST(a.children().size() == 1U);
               }) == "");
}

BOOST_AUTO_TEST_CASE(payloads_are_left_alone) {
    BOOST_TEST(reading("", "<f> text <m:x xmlns:m='urn:m' any='1'>t<y xmlns=''/></m:x></f>", [](const Element& a) {
                   const Element format = *a.child("f");
                   format.text();
               }) == "2:11: <m:x> stands where <f> takes text only\n");
    BOOST_TEST(reading("", "<f> <m:x xmlns:m='urn:m' any='1'>t<y xmlns=''/></m:x></f>", [](const Element& a) {
                   BOOST_TEST(a.child("f")->inlineXml().name() == std::string("m:x"));
               }) == "");
    BOOST_TEST(reading("", "<f><x y='1'>t</x>t</f>", [](const Element& a) {
                   BOOST_TEST(a.child("f")->rawNode().child("x").attribute("y").as_int() == 1);
               }) == "");
}

BOOST_AUTO_TEST_CASE(unknown_elements_in_lists_get_a_suggestion_or_help) {
    BOOST_TEST(reading("",
                       "<sned x='1'><y/></sned><quux/><blah/>",
                       [](const Element& a) {
                           const auto children = a.children();
                           children[0].unknown({"send", "log"});
                           children[1].unknown({"send", "log"});
                           children[2].unknown({"send", "log"}, "see the list");
                       }) ==
               "2:2: unknown element <sned> in <a>; did you mean <send>?\n"
               "2:25: unknown element <quux> in <a> [known here: <send>, <log>]\n"
               "2:32: unknown element <blah> in <a> [see the list]\n");
}

BOOST_AUTO_TEST_CASE(namespaces_in_scope_are_those_of_the_place) {
    Parsed parsed("<a xmlns='u' xmlns:p='1' xmlns:q='2'><b xmlns='' xmlns:p='3'/></a>");
    const Element b(parsed.file->root().child("b"), *parsed.file, parsed.diagnostics);
    BOOST_TEST(*b.namespacesInScope().find("p") == "3");
    BOOST_TEST(*b.namespacesInScope().find("q") == "2");
    BOOST_TEST(*parsed.root().namespacesInScope().find("p") == "1");
}

BOOST_AUTO_TEST_CASE(values_come_from_the_environment) {
    ::setenv("MYELIN_TEST_HOST", "backend", 1);
    ::setenv("MYELIN_TEST_PORT", "9000", 1);
    ::unsetenv("MYELIN_TEST_NONE");
    BOOST_TEST(reading("b='$SYSTEM:MYELIN_TEST_HOST' c='http://${ENV:MYELIN_TEST_HOST}:${ENV:MYELIN_TEST_PORT}/x' "
                       "p='${ENV:MYELIN_TEST_PORT}' d='$1 ${x} $SYSTEM'",
                       "<e>${ENV:MYELIN_TEST_PORT}</e>",
                       [](const Element& a) {
                           BOOST_TEST(*a.attribute("b") == "backend");
                           BOOST_TEST(*a.attribute("c") == "http://backend:9000/x");
                           BOOST_TEST(a.integer<int>("p", 0, 65535, 0) == 9000);
                           BOOST_TEST(*a.attribute("d") == "$1 ${x} $SYSTEM");
                           BOOST_TEST(a.child("e")->textAsInteger<int>(0, 65535, 0) == 9000);
                       }) == "");
    BOOST_TEST(reading("b='$SYSTEM:MYELIN_TEST_NONE' c='x${ENV:MYELIN_TEST_NONE}y' d='${ENV:X'",
                       "",
                       [](const Element& a) {
                           BOOST_TEST(a.required("b") == "");
                           BOOST_TEST(*a.attribute("c") == "xy");
                           a.attribute("d");
                       }) ==
               "2:4: the environment variable \"MYELIN_TEST_NONE\" is not set\n"
               "2:33: the environment variable \"MYELIN_TEST_NONE\" is not set\n"
               "2:63: \"${ENV:\" is not closed [write ${ENV:NAME}]\n");
}

BOOST_AUTO_TEST_SUITE_END()
