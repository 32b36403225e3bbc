#include "engine/xml/namespaces.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"

using namespace myelin;
using xml::Document;
using xml::NamespacesInUse;

namespace {

constexpr std::string_view kSoap = "http://schemas.xmlsoap.org/soap/envelope/";

void load(Document& document, std::string_view text) {
    const xml::ParseOutcome outcome = Document::parse(document, text);
    BOOST_TEST_REQUIRE(outcome.ok, outcome.text());
}

std::string subtree(pugi::xml_node node) {
    std::string out;
    xml::writeSubtree(node, out);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_namespaces)

BOOST_AUTO_TEST_CASE(names_resolve) {
    Document d;
    load(d,
         "<s:E xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:B xmlns='u'><q xml:lang='de' s:a='1' b='2'>"
         "<r xmlns=''/></q></s:B></s:E>");
    const pugi::xml_node body = xml::child(d.root(), kSoap, "B");
    BOOST_TEST(static_cast<bool>(body));
    BOOST_TEST(!xml::child(d.root(), "other", "B"));
    const pugi::xml_node q = xml::firstElement(body);
    BOOST_TEST(xml::is(q, "u", "q"));
    BOOST_TEST(xml::is(q.first_child(), "", "r"));
    BOOST_TEST(xml::attribute(q, kSoap, "a").value() == "1");
    BOOST_TEST(xml::attribute(q, "", "b").value() == "2");
    BOOST_TEST(!xml::attribute(q, "u", "b").has_value());
    BOOST_TEST(xml::attribute(q, xml::kXmlNamespace, "lang").value() == "de");
    BOOST_TEST(xml::prefixFor(q, kSoap).value() == "s");
    BOOST_TEST(xml::prefixFor(q, "u").value() == "");
    BOOST_TEST(!xml::prefixFor(q, "u", true).has_value());
    BOOST_TEST(!xml::prefixFor(q.first_child(), "u").has_value());
    BOOST_TEST(!xml::nextElement(q));
}

BOOST_AUTO_TEST_CASE(maps_take_what_is_in_scope) {
    Document d;
    load(d, "<a xmlns='d' xmlns:p='1' xmlns:q='2'><b xmlns:p='3'/></a>");
    const xml::NamespaceMap map = xml::NamespaceMap::inScope(d.root().first_child());
    BOOST_TEST(map.bindings().size() == 2u);
    BOOST_TEST(map.find("p").value() == "3");
    BOOST_TEST(map.find("q").value() == "2");
    BOOST_TEST(!map.find("").has_value());
    BOOST_TEST(map.find("xml").value() == xml::kXmlNamespace);
}

BOOST_AUTO_TEST_CASE(spelling_of_namespaces) {
    using Spelling = NamespacesInUse::Spelling;
    const auto check =
        [](std::string_view text, std::string_view uri, Spelling spelling, std::string_view prefix = {}) {
            Document d;
            load(d, text);
            for (int pass = 0; pass < 2; ++pass) {
                const NamespacesInUse::Choice choice = d.namespacesInUse().spelling(uri);
                BOOST_TEST((choice.spelling == spelling), text << " for '" << uri << "', pass " << pass);
                BOOST_TEST(choice.prefix == prefix);
                d.changed();  // and now from the tree
            }
        };
    check("<p:a xmlns:p='u'/>", "u", Spelling::Prefix, "p");
    check("<p:a xmlns:p='u'/>", "v", Spelling::Absent);
    check("<p:a xmlns:p='u'/>", "", Spelling::Prefix);
    check("<a xmlns='u'/>", "u", Spelling::Prefix);
    check("<a xmlns='u'/>", "", Spelling::Absent);
    check("<a xmlns='u'><b xmlns=''/></a>", "u", Spelling::Mixed);
    check("<a xmlns='u'><b xmlns=''/></a>", "", Spelling::Mixed);
    check("<p:a xmlns:p='u'><b xmlns='v'/></p:a>", "v", Spelling::Prefix);
    check("<a><b xmlns='v'/></a>", "v", Spelling::Mixed);
    check("<p:a xmlns:p='u'><p:b xmlns:p='v'/></p:a>", "u", Spelling::Mixed);
    check("<p:a xmlns:p='u'><q:b xmlns:q='u'/></p:a>", "u", Spelling::Mixed);
    // A declaration that nothing uses decides nothing.
    check("<p:a xmlns:p='u' xmlns:q='u' xmlns='u'/>", "u", Spelling::Prefix, "p");
    check("<p:a xmlns:p='u' xmlns:q='u' q:x=''/>", "u", Spelling::Mixed);
    check("<p:a xmlns:p='u&amp;v'/>", "u&v", Spelling::Prefix, "p");
    check("<a xml:lang='de'/>", xml::kXmlNamespace, Spelling::Prefix, "xml");

    std::string many = "<a>";
    for (int i = 0; i < 40; ++i) many += "<p:b xmlns:p='u" + std::to_string(i) + "'/>";
    check(many + "</a>", "v", Spelling::Mixed);
}

BOOST_AUTO_TEST_CASE(subtrees_take_their_scope_along) {
    Document d;
    load(d,
         "<s:E xmlns:s='S' xmlns:x='X' xmlns:t='T' xmlns='D'><s:B xmlns:o='O'><a t:k='1'><s:b type='x:int'/></a>"
         "<o:c xmlns:s='S2'><s:d/></o:c><e xmlns=''>o:v</e></s:B></s:E>");
    const pugi::xml_node body = d.root().first_child();
    BOOST_TEST(subtree(body.child("a")) ==
               "<a t:k=\"1\" xmlns=\"D\" xmlns:t=\"T\" xmlns:s=\"S\" xmlns:x=\"X\"><s:b type=\"x:int\"/></a>");
    BOOST_TEST(subtree(body.child("o:c")) == "<o:c xmlns:s=\"S2\" xmlns:o=\"O\"><s:d/></o:c>");
    BOOST_TEST(subtree(body.child("e")) == "<e xmlns=\"\" xmlns:o=\"O\">o:v</e>");
    std::string plain;
    xml::write(body.child("a"), plain);
    BOOST_TEST(plain == "<a t:k=\"1\"><s:b type=\"x:int\"/></a>");
}

BOOST_AUTO_TEST_CASE(imports_keep_namespaces) {
    Document from, to;
    load(from, "<E xmlns:p='P' xmlns:x='X'><p:a p:t='x:v'><b/></p:a></E>");
    load(to, "<F xmlns='D' xmlns:x='other' xmlns:p='P'><G/></F>");
    const pugi::xml_node copy = xml::importNode(to.root().first_child(), from.root().first_child());
    std::string out;
    xml::write(copy, out);
    BOOST_TEST(out == "<p:a p:t=\"x:v\" xmlns=\"\" xmlns:x=\"X\"><b/></p:a>");
    BOOST_TEST(xml::namespaceUri(copy) == "P");
    BOOST_TEST(xml::namespaceUri(copy.first_child()) == "");
}

BOOST_AUTO_TEST_CASE(writing_escapes_what_was_edited) {
    Document d;
    pugi::xml_node root = d.tree().append_child("a");
    root.append_attribute("b").set_value("<\">&\n");
    root.append_child(pugi::node_pcdata).set_value("]]> \r");
    root.append_child(pugi::node_cdata).set_value("x]]>y");
    std::string out;
    xml::write(root, out);
    BOOST_TEST(out == "<a b=\"&lt;&quot;>&amp;&#10;\">]]&gt; &#13;<![CDATA[x]]]]><![CDATA[>y]]></a>");
    Document again;
    BOOST_TEST(Document::parse(again, out).ok);
}

BOOST_AUTO_TEST_SUITE_END()
