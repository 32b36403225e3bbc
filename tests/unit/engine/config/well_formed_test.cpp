#include "engine/config/well_formed.hpp"

#include <libxml/parser.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/unit/engine/config/fake_schema.hpp"

using namespace myelin::config;

namespace {

std::string said(const std::string& xml) {
    return test::findingsOf(test::Parsed(xml).diagnostics);
}

bool libxml2Accepts(const std::string& text, const char* encoding = "UTF-8") {
    xmlParserCtxt* const context = xmlNewParserCtxt();
    xmlDoc* const document = xmlCtxtReadMemory(context,
                                               text.data(),
                                               static_cast<int>(text.size()),
                                               nullptr,
                                               encoding,
                                               XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const bool good = context->wellFormed != 0 && context->nsWellFormed != 0;
    xmlFreeDoc(document);
    xmlFreeParserCtxt(context);
    return good;
}

std::string contentOf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// Something that a slip of the keyboard does to a text.
std::string damaged(std::string text, std::mt19937& random) {
    static const std::string kKeys = "<>/\"'=&; -!?:ax\n";
    const std::size_t at = random() % text.size();
    switch (random() % 3) {
        case 0:
            text.erase(at, 1 + random() % 3);
            break;
        case 1:
            text.insert(at, 1, kKeys[random() % kKeys.size()]);
            break;
        default:
            text[at] = kKeys[random() % kKeys.size()];
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(well_formed)

BOOST_AUTO_TEST_CASE(what_is_well_formed_passes) {
    for (const char* const xml :
         {"<a/>",
          "<?xml version=\"1.0\"?>\n<!-- c --><a b='1' c=\"2\"><![CDATA[<&]]>&amp;&#xE4;<?pi x?></a >\n<!-- d -->\n",
          "<p:a xmlns:p='u' p:b='1' xml:space='preserve'><p:c xmlns:p='v'/></p:a>",
          "<ä ö='ü'/>",
          "<a b='>'/>"}) {
        BOOST_TEST(said(xml) == "", xml);
    }
}

BOOST_AUTO_TEST_CASE(each_violation_is_named_with_its_place) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "1:1: the file holds no XML element\n"},
        {" \n<?xml version='1.0'?><a/>",
         "2:1: the XML declaration must be the very first thing in the file [remove what stands before it, blanks and "
         "empty lines too]\n"},
        {"hello", "1:1: text before the root element\n"},
        {"<a/>\n hello", "2:2: text after the end of the root element\n"},
        {"<a/>\n<b/>", "2:1: a second root element <b>; an XML file has one [put both into one <definitions>]\n"},
        {"<a>\n  <sequence>\n  </sequnce>\n</a>",
         "3:3: </sequnce> cannot close <sequence> opened at line 2 [write </sequence>]\n"},
        {"<a>\n  <b>\n</a>", "2:3: <b> is not closed before </a> at line 3 [add </b>, or end the tag with />]\n"},
        {"<a>\n  <b>\n  </b>", "1:1: <a> is never closed [add </a>]\n"},
        {"<a/></b>", "1:5: </b> closes nothing: no element is open\n"},
        {"<a></a", "1:4: this end tag is not closed [close it with >]\n"},
        {"<a>\n <b c='1'\n <d/></a>", "2:2: the tag <b> is not closed [close it with >]\n"},
        {"<a b='1' c='2'\n b='3'/>", "2:2: attribute \"b\" of <a> is given twice\n"},
        {"<a b='1'c='2'/>", "1:9: a blank is missing between two attributes of <a>\n"},
        {"<a b/>", "1:4: attribute \"b\" of <a> has no value [write b=\"...\"]\n"},
        {"<a b=1/>", "1:4: the value of attribute \"b\" must stand in quotes\n"},
        {"<a b=\"1 < 2\"/>", "1:9: \"<\" in the value of attribute \"b\" must be written &lt;\n"},
        {"<a b=\"1>\n<c d=\"2\"/></a>",
         "1:4: the value of attribute \"b\" is not closed [the closing quote is missing, or a \"<\" in the value is "
         "not "
         "written &lt;]\n"},
        {"<a =\"1\"/>", "1:4: unexpected \"=\" in the tag <a> [attributes are written name=\"value\"]\n"},
        {"<a b='x?y=1&z=2'/>", "1:12: a bare \"&\" must be written &amp;\n"},
        {"<a>ä&nbsp;</a>",
         "1:5: unknown entity &nbsp; [XML has &amp; &lt; &gt; &quot; and &apos;; write any other character as it is, "
         "or "
         "as &#NUMBER;]\n"},
        {"<a>&#0;</a>", "1:4: &#0; is not a character that XML allows\n"},
        {"<a>1 < 2</a>", "1:6: \"<\" begins no tag here [in text write &lt;]\n"},
        {"<a>]]></a>", "1:4: \"]]>\" without <![CDATA[ must be written ]]&gt;\n"},
        {"<a><!-- x", "1:4: this comment is never closed [close it with -->]\n"},
        {"<a><!-- x\n -- y --></a>", "2:2: \"--\" is not allowed in a comment, which begins at line 1\n"},
        {"<a><![CDATA[ x</a>", "1:4: this CDATA section is never closed [close it with ]]>]\n"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
         "1:1: a document type (<!DOCTYPE>) is not accepted [remove it; entities and external definitions are never "
         "read]\n"},
        {"<a><m:b/></a>", "1:5: prefix \"m\" of <m:b> is bound to no namespace [declare it with xmlns:m=\"...\"]\n"},
        {"<a><b x:y='1'/></a>",
         "1:7: prefix \"x\" of attribute \"x:y\" is bound to no namespace [declare it with xmlns:x=\"...\"]\n"},
        {"<a><b xmlns:m='u'/><m:c/></a>",
         "1:21: prefix \"m\" of <m:c> is bound to no namespace [declare it with xmlns:m=\"...\"]\n"},
        {"<a>\x01</a>", "1:4: a control character (1) is not allowed in XML\n"},
        {"<a>\xE9</a>",
         "1:4: this is not valid UTF-8, or a character that XML does not allow [save the file as UTF-8, or name its "
         "encoding in <?xml version=\"1.0\" "
         "encoding=\"...\"?>]\n"},
    };
    for (const auto& [xml, expected] : cases) BOOST_TEST(said(xml) == expected, xml << "\n" << said(xml));
}

BOOST_AUTO_TEST_CASE(several_violations_are_found_in_one_go) {
    BOOST_TEST(said("<a>\n<b></c>\n<d e='1' e='2'/>\n<f:g/>&x;\n</a>").size() > 0U);
    test::Parsed parsed("<a>\n<b></c>\n<d e='1' e='2'/>\n<f:g/>&x;\n</a>");
    BOOST_TEST(parsed.diagnostics.errorCount() == 4U);
    BOOST_TEST(!parsed.file);
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
    const auto nested = [](std::size_t depth) {
        std::string xml;
        for (std::size_t i = 0; i < depth; ++i) xml += "<a>";
        for (std::size_t i = 0; i < depth; ++i) xml += "</a>";
        return xml;
    };
    BOOST_TEST(said(nested(SourceFile::kMaximumDepth)) == "");
    BOOST_TEST(said(nested(SourceFile::kMaximumDepth + 1)) == "1:769: elements are nested deeper than 256 levels\n");
    BOOST_TEST(said(std::string(3'000'000, '<')).size() > 0U);
}

BOOST_AUTO_TEST_CASE(agrees_with_libxml2_on_damaged_files) {
    const std::filesystem::path seed = std::filesystem::path(MYELIN_SOURCE_DIR) / "conf";
    std::vector<std::string> texts;
    for (const char* const name : {"synapse.xml", "myelin.xml"}) texts.push_back(contentOf(seed / name));
    texts.emplace_back(
        "<p:a xmlns:p='u' xmlns='v'><p:b p:c='1' d=\"&amp;\">x<![CDATA[y]]></p:b><!-- z --><?e f?></p:a>");
    std::mt19937 random(7);
    std::size_t refused = 0;
    for (int round = 0; round < 6000; ++round) {
        const std::string text = damaged(texts[static_cast<std::size_t>(round) % texts.size()], random);
        const bool ours = checkWellFormed(text, 256, [](std::size_t, std::size_t, std::string, std::string) {});
        if (!ours) ++refused;
        if (ours == libxml2Accepts(text)) continue;
        // What we refuse beyond well-formedness or let pass because it is harmless in a configuration.
        const bool beyond = text.find("<!DOCTYPE") != std::string::npos || text.find("<?") != std::string::npos;
        BOOST_TEST(beyond, (ours ? "accepted: " : "refused: ") << text);
    }
    BOOST_TEST(refused > 1000U);
}

BOOST_AUTO_TEST_CASE(accepts_the_corpus_as_far_as_libxml2_does) {
    const std::filesystem::path corpus = std::filesystem::path(MYELIN_SOURCE_DIR) / "../shared/corpus";
    if (!std::filesystem::exists(corpus)) {
        BOOST_TEST_MESSAGE("skipped: no corpus beside the repository");
        return;
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
        if (entry.path().extension() != ".xml") continue;
        const std::string text = contentOf(entry.path());
        Diagnostics diagnostics;
        const bool ours = SourceFile::parse(entry.path(), text, diagnostics) != nullptr;
        BOOST_TEST(ours == libxml2Accepts(text, nullptr), entry.path() << "\n" << test::findingsOf(diagnostics));
        ++files;
    }
    BOOST_TEST(files > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
