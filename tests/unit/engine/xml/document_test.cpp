#include "engine/xml/document.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>

#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"

using namespace myelin;
using xml::Document;

namespace {

std::string reasonFor(std::string_view text, const xml::XmlLimits& limits = {}, std::string_view charset = {}) {
    Document document;
    const xml::ParseOutcome outcome = Document::parse(document, text, limits, charset);
    if (outcome.ok) return "";
    BOOST_TEST(!document.root());
    return outcome.text();
}

std::string roundTrip(std::string_view text, std::string_view charset = {}) {
    Document document;
    const xml::ParseOutcome outcome = Document::parse(document, text, {}, charset);
    BOOST_TEST_REQUIRE(outcome.ok, outcome.text());
    std::string out;
    xml::write(document.tree(), out);
    return out;
}

std::string nested(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    for (int i = 0; i < depth; ++i) text += "</a>";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_document)

BOOST_AUTO_TEST_CASE(keeps_what_was_written) {
    for (const std::string text : {"<a/>",
                                   "<a>\n  <b x=\"1\" y=\"&lt;&amp;&quot;\"/>\n text &lt;&amp;&gt; </a>",
                                   "<!--c--><a><?pi data?><!-- x --></a>",
                                   "<a><![CDATA[<raw> & ]]></a>",
                                   "<p:a xmlns:p=\"urn:p\" p:x=\"&#9;&#10;&#13;\">&#13;</p:a>",
                                   "<\xC3\xA4>\xE2\x82\xAC \xF0\x9F\x98\x80</\xC3\xA4>"}) {
        BOOST_TEST(roundTrip(text) == text);
    }
    BOOST_TEST(roundTrip("<?xml version=\"1.0\" encoding='utf-8'?>\n<a></a>\n") == "<a/>");
    BOOST_TEST(roundTrip("<a b = '\"' c='>'\n/>") == "<a b=\"&quot;\" c=\">\"/>");
    BOOST_TEST(roundTrip("<a>&#x20AC;&#228;</a>") == "<a>\xE2\x82\xAC\xC3\xA4</a>");
}

// Searches go in steps of 16 and 64 bytes: what they look for may stand anywhere in a step, or behind the last one.
BOOST_AUTO_TEST_CASE(finds_what_it_looks_for_at_every_place_in_a_text) {
    const std::string plain(200, 'x');
    for (std::size_t at = 0; at < plain.size(); ++at) {
        for (const char bad : {'\x01', '\x1F', '\xFF', '\x80'}) {
            std::string text = plain;
            text[at] = bad;
            Document document;
            const auto outcome = Document::parse(document, "<a>" + text + "</a>");
            BOOST_TEST(!outcome.ok);
            BOOST_TEST(outcome.offset == at + 3);
        }
        for (const char good : {'\t', '\n', '\x7F', '>'}) {
            std::string text = plain;
            text[at] = good;
            Document document;
            BOOST_TEST(Document::parse(document, "<a>" + text + "</a>").ok);
            BOOST_TEST(document.root().child_value() == text);
        }
        std::string text = plain;
        text.replace(at, 1, "<b/>");
        BOOST_TEST(roundTrip("<a>" + text + "</a>") == "<a>" + text + "</a>");
        BOOST_TEST(!reasonFor("<a>" + plain.substr(at)).empty());
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_well_formed) {
    struct Case {
        std::string text;
        std::string reason;
    };
    const Case cases[] = {
        {"", "line 1, column 1: no root element"},
        {"  \n", "line 2, column 1: no root element"},
        {"x<a/>", "line 1, column 1: text before the root element"},
        {"<a/>x", "line 1, column 5: text after the root element"},
        {"<a/><b/>", "line 1, column 5: a second root element"},
        {"<a>\n<b></a>", "line 2, column 4: end tag does not match <b>"},
        {"<ab></a>", "line 1, column 5: end tag does not match <ab>"},
        {"<a></ab>", "line 1, column 4: end tag does not match <a>"},
        {"<a></a:b>", "line 1, column 4: end tag does not match <a>"},
        {"</a>", "line 1, column 1: end tag without a start tag"},
        {"<a>", "line 1, column 4: the document ends inside <a>"},
        {"<a", "line 1, column 3: the document ends inside a tag"},
        {"<a b", "line 1, column 4: attribute without a value"},
        {"<a b=", "line 1, column 6: attribute value without quotes"},
        {"<a b='", "line 1, column 7: attribute value without an end"},
        {"<a b='<'/>", "line 1, column 7: '<' inside an attribute value"},
        {"<a b='1' b='2'/>", "line 1, column 10: attribute b twice"},
        {"<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "line 1, column 35: attribute q:b twice"},
        {"<a xmlns:p='u' xmlns:p='v'/>", "line 1, column 16: attribute xmlns:p twice"},
        {"<a b='1'c='2'/>", "line 1, column 9: white space or the end of the tag is expected here"},
        {"<p:a/>", "line 1, column 2: prefix p is not declared"},
        {"<a><b xmlns:p='u'/><p:c/></a>", "line 1, column 21: prefix p is not declared"},
        {"<a p:b=''/>", "line 1, column 4: prefix p is not declared"},
        {"<xmlns:a/>", "line 1, column 2: prefix xmlns is not declared"},
        {"<a xmlns:p=''/>", "line 1, column 4: prefix p bound to no namespace"},
        {"<a xmlns:xml='u'/>", "line 1, column 4: prefix xml and its namespace belong together"},
        {"<a:b:c/>", "line 1, column 2: a name with two colons"},
        {"<:a/>", "line 1, column 2: a name is expected here"},
        {"<a:/>", "line 1, column 2: a name with an empty local part"},
        {"<1/>", "line 1, column 1: '<' that starts no tag"},
        {"<a>&nbsp;</a>", "line 1, column 4: undefined entity &nbsp;"},
        {"<a b='&x;'/>", "line 1, column 7: undefined entity &x;"},
        {"<a>&lt;&</a>", "line 1, column 8: '&' that starts no reference"},
        {"<a>&#0;</a>", "line 1, column 4: reference to a character that XML forbids"},
        {"<a>&#xD800;</a>", "line 1, column 4: reference to a character that XML forbids"},
        {"<a>&#x110000;</a>", "line 1, column 4: character reference beyond Unicode"},
        {"<a>&#xZ;</a>", "line 1, column 4: malformed character reference"},
        {"<a>\x01</a>", "line 1, column 4: control character in XML"},
        {std::string("<a>\0</a>", 8), "line 1, column 4: control character in XML"},
        {"<a>\xC0\x80</a>", "line 1, column 4: bytes that are not valid UTF-8"},
        {"<a>0123456789abcdefghij\xED\xA0\x80</a>", "line 1, column 24: bytes that are not valid UTF-8"},
        {"<!DOCTYPE a><a/>", "line 1, column 1: DOCTYPE is not allowed"},
        {"<a><!DOCTYPE a></a>", "line 1, column 4: DOCTYPE is not allowed"},
        {"<a><!ELEMENT></a>", "line 1, column 4: malformed markup declaration"},
        {"<a><!-- -- --></a>", "line 1, column 9: '--' inside a comment"},
        {"<a><!-- </a>", "line 1, column 4: comment without an end"},
        {"<a><![CDATA[</a>", "line 1, column 4: CDATA section without an end"},
        {"<![CDATA[]]><a/>", "line 1, column 1: CDATA section outside the root element"},
        {"<a><?p </a>", "line 1, column 4: processing instruction without an end"},
        {" <?xml version='1.0'?><a/>", "line 1, column 2: XML declaration that is not at the start"},
    };
    for (const Case& c : cases) BOOST_TEST(reasonFor(c.text) == c.reason, c.text << " gave " << reasonFor(c.text));
}

BOOST_AUTO_TEST_CASE(references_mean_nothing_in_comments_and_sections) {
    BOOST_TEST(reasonFor("<a><!-- &x; --><![CDATA[ &y; ]]><?p &z;?>&lt;</a>") == "");
    BOOST_TEST(reasonFor("<a><!-- &x; -->&z;</a>") != "");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    xml::XmlLimits limits;
    limits.depth = 4;
    BOOST_TEST(reasonFor(nested(4), limits) == "");
    BOOST_TEST(reasonFor(nested(5), limits) == "line 1, column 13: elements nested too deeply");
    BOOST_TEST(reasonFor(nested(128)) == "");
    BOOST_TEST(reasonFor(nested(129)) != "");
    limits = {};
    limits.elements = 3;
    BOOST_TEST(reasonFor("<a><b/><b/></a>", limits) == "");
    BOOST_TEST(reasonFor("<a><b/><b/><b/></a>", limits) == "line 1, column 12: too many elements");
    limits = {};
    limits.token = 8;
    BOOST_TEST(reasonFor("<a>12345678</a>", limits) == "");
    BOOST_TEST(reasonFor("<a>123456789</a>", limits) == "line 1, column 4: text too long");
    BOOST_TEST(reasonFor("<a b='123456789'/>", limits) == "line 1, column 7: attribute value too long");

    const auto withAttributes = [](int n) {
        std::string text = "<a";
        for (int i = 0; i < n; ++i) text += " a" + std::to_string(i) + "=''";
        return text + ">";
    };
    BOOST_TEST(reasonFor(withAttributes(256) + "</a>") == "");
    BOOST_TEST(reasonFor(withAttributes(257) + "</a>").ends_with("too many attributes"));
    std::string path, ends;
    for (int i = 0; i < 4; ++i) path += withAttributes(256), ends += "</a>";
    BOOST_TEST(reasonFor(path + ends) == "");
    BOOST_TEST(reasonFor(path + "<a b=''/>" + ends).ends_with("too many attributes on nested elements"));
    // A duplicate among many is found by another way than among few.
    std::string many = withAttributes(40);
    many.insert(many.size() - 1, " a7=''");
    BOOST_TEST(reasonFor(many + "</a>").find("attribute a7 twice") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(encodings) {
    BOOST_TEST(roundTrip("\xEF\xBB\xBF<a>\xC3\xA4</a>") == "<a>\xC3\xA4</a>");
    BOOST_TEST(roundTrip("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>") == "<a>\xC3\xA4</a>");
    BOOST_TEST(roundTrip("<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>") == "<a>\xE2\x82\xAC</a>");
    BOOST_TEST(roundTrip("<a>\xE4</a>", "iso-8859-1") == "<a>\xC3\xA4</a>");
    const std::string little("\xFF\xFE<\0a\0>\0\xAC\x20=\xD8\0\xDE<\0/\0a\0>\0", 22);
    BOOST_TEST(roundTrip(little) == "<a>\xE2\x82\xAC\xF0\x9F\x98\x80</a>");
    std::string big = little;
    for (std::size_t i = 0; i < big.size(); i += 2) std::swap(big[i], big[i + 1]);
    BOOST_TEST(roundTrip(big) == "<a>\xE2\x82\xAC\xF0\x9F\x98\x80</a>");

    BOOST_TEST(reasonFor("<?xml version='1.0' encoding='EBCDIC-US'?><a/>") ==
               "line 1, column 1: unsupported encoding EBCDIC-US");
    BOOST_TEST(reasonFor("<?xml version='1.0' encoding='us-ascii'?><a>\xE4</a>").find("does not have") !=
               std::string::npos);
    BOOST_TEST(reasonFor(little.substr(0, 21)) != "");
    BOOST_TEST(reasonFor("\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a/>") != "");
    // What the media type says stands above the declaration.
    BOOST_TEST(roundTrip("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA4</a>", "UTF-8") == "<a>\xC3\xA4</a>");
}

BOOST_AUTO_TEST_CASE(documents_may_die_on_another_thread) {
    auto document = std::make_unique<Document>();
    BOOST_TEST(Document::parse(*document, "<a><b/></a>").ok);
    std::thread([moved = std::move(document)]() mutable {
        moved.reset();
        Document other;
        BOOST_TEST(Document::parse(other, "<a/>").ok);
    }).join();
    for (int i = 0; i < 100; ++i) {
        Document another;
        BOOST_TEST(Document::parse(another, "<a><b/></a>").ok);
    }
}

BOOST_AUTO_TEST_CASE(a_document_can_be_used_again) {
    Document document;
    BOOST_TEST(Document::parse(document, "<a/>").ok);
    BOOST_TEST(!Document::parse(document, "<b>").ok);
    BOOST_TEST(!document.root());
    BOOST_TEST(Document::parse(document, "<c/>").ok);
    BOOST_TEST(document.root().name() == std::string("c"));
}

BOOST_AUTO_TEST_SUITE_END()
