#include "engine/message/charset.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/fault.hpp"
#include "engine/xml/document.hpp"
#include "engine/xml/writer.hpp"

using namespace myelin;
using namespace myelin::message;

namespace {

std::string inXml(std::string_view name, std::string_view text) {
    std::string out;
    Charset::named(name).value().encodeXml(text, out);
    return out;
}

std::string withoutDeclaration(const std::string& text) {
    return text.substr(text.find("?>") + 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(charset)

BOOST_AUTO_TEST_CASE(names) {
    for (const char* name :
         {"UTF-8", "utf-8", "ISO-8859-1", "iso-8859-15", "windows-1252", "US-ASCII", "UTF-16", "Shift_JIS"}) {
        BOOST_TEST(Charset::named(name).has_value(), name);
    }
    // Unknown, or no name that an XML declaration can hold, among them what iconv takes options from.
    for (const char* name : {"", "utf-9", "klingon", "ISO-8859-1//TRANSLIT", "latin 1", "8859_1", "UTF-8\"", "*"}) {
        BOOST_TEST(!Charset::named(name).has_value(), name);
    }
    const Charset latin = Charset::named("ISO-8859-1").value();
    BOOST_TEST(latin.name() == "ISO-8859-1");
    BOOST_TEST(!latin.isUtf8());
    BOOST_TEST(latin.isNamed("iso-8859-1"));
    BOOST_TEST(latin.isNamed("Latin1"));
    BOOST_TEST(!latin.isNamed("windows-1252"));
    BOOST_TEST(!latin.isNamed(""));
    BOOST_TEST(Charset::named("utf8").value().isUtf8());
    BOOST_TEST(Charset::named("ISO-8859-15").value().isNamed("iso-8859-15"));
}

BOOST_AUTO_TEST_CASE(text_is_transcoded_and_what_is_lacking_becomes_a_reference) {
    BOOST_TEST(inXml("ISO-8859-1", "<a>\xC3\xA9</a>") == "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>");
    BOOST_TEST(inXml("ISO-8859-1", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>") ==
               "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>");
    BOOST_TEST(withoutDeclaration(inXml("ISO-8859-1", "<a>\xE2\x82\xAC&amp;\xF0\x9F\x98\x80</a>")) ==
               "<a>&#8364;&amp;&#128512;</a>");
    BOOST_TEST(withoutDeclaration(inXml("ISO-8859-15", "<a>\xE2\x82\xAC</a>")) == "<a>\xA4</a>");
    BOOST_TEST(withoutDeclaration(inXml("US-ASCII", "<a b=\"'>\xC3\xA9\" c='\"\xC3\xA9'>\xC3\xA9<b/>\xC3\xA9</a>")) ==
               "<a b=\"'>&#233;\" c='\"&#233;'>&#233;<b/>&#233;</a>");
    BOOST_TEST(withoutDeclaration(inXml("US-ASCII", "<a><![CDATA[<\xC3\xA9>]]></a>")) ==
               "<a><![CDATA[<]]>&#233;<![CDATA[>]]></a>");
    BOOST_TEST(withoutDeclaration(inXml("US-ASCII", "<!--\xC3\xA9<\xC3\xA9--><a>\xC3\xA9</a>")) ==
               "<!--?<?--><a>&#233;</a>");
    // A long text takes more than one turn of the converter.
    std::string longText = "<a>";
    std::string expected = "<a>";
    for (int i = 0; i < 10'000; ++i) {
        longText += "\xC3\xA9\xE2\x82\xAC";
        expected += "\xE9&#8364;";
    }
    BOOST_TEST((withoutDeclaration(inXml("ISO-8859-1", longText + "</a>")) == expected + "</a>"));
}

BOOST_AUTO_TEST_CASE(names_cannot_hold_references) {
    for (const char* text : {"<\xC3\xA9/>", "<a \xC3\xA9=\"1\"/>", "<?p \xC3\xA9?><a/>", "<a></\xC3\xA9>"}) {
        BOOST_CHECK_THROW(inXml("US-ASCII", text), MediationFault);
    }
    BOOST_TEST(withoutDeclaration(inXml("ISO-8859-1", "<\xC3\xA9/>")) == "<\xE9/>");
    // What went wrong before leaves nothing behind.
    BOOST_TEST(withoutDeclaration(inXml("US-ASCII", "<a/>")) == "<a/>");
}

BOOST_AUTO_TEST_CASE(wide_encodings_read_back) {
    const std::string text = "<a b=\"\xC3\xA9\">\xE2\x82\xAC\xF0\x9F\x98\x80</a>";
    xml::Document document;
    const auto outcome = xml::Document::parse(document, inXml("UTF-16", text), {}, "UTF-16");
    BOOST_TEST(outcome.ok, outcome.text());
    std::string out;
    xml::write(document.root(), out);
    BOOST_TEST(out == text);
}

BOOST_AUTO_TEST_CASE(plain_text_has_question_marks) {
    std::string out;
    Charset::named("ISO-8859-1").value().encodeText("\xC3\xA9<\xE2\x82\xAC", out);
    BOOST_TEST(out == "\xE9<?");
}

BOOST_AUTO_TEST_SUITE_END()
