#include "engine/config/source.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/engine/config/fake_schema.hpp"

using namespace myelin::config;
using test::findingsOf;
using test::Parsed;

namespace {

std::string at(const Place& place) {
    return std::to_string(place.line) + ":" + std::to_string(place.column) + "+" + std::to_string(place.length);
}

/// The text of a file with these bytes, or what was said instead.
std::string utf8(std::string bytes) {
    Parsed parsed(std::move(bytes));
    return parsed.file ? std::string(parsed.file->text()) : findingsOf(parsed.diagnostics);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(elements_attributes_and_values_have_places) {
    Parsed parsed("<a>\r\n\t<bc d = 'x>\"' \r\n     ef=\"ä\"\tg='' /></a>");
    BOOST_REQUIRE(parsed.file);
    const pugi::xml_node child = parsed.file->root().child("bc");
    BOOST_TEST(at(parsed.file->place(parsed.file->root())) == "1:1+2");
    BOOST_TEST(at(parsed.file->place(child)) == "2:2+3");
    BOOST_TEST(at(parsed.file->placeOfAttribute(child, "d")) == "2:6+1");
    BOOST_TEST(at(parsed.file->placeOfValue(child, "d")) == "2:11+3");
    BOOST_TEST(at(parsed.file->placeOfAttribute(child, "ef")) == "3:6+2");
    BOOST_TEST(at(parsed.file->placeOfValue(child, "ef")) == "3:10+1");
    BOOST_TEST(at(parsed.file->placeOfAttribute(child, "g")) == "3:13+1");
    BOOST_TEST(at(parsed.file->placeOfValue(child, "g")) == "3:16+1");
    BOOST_TEST(at(parsed.file->placeOfAttribute(child, "absent")) == "2:2+3");
    BOOST_TEST(parsed.file->place(child).sourceLine == "\t<bc d = 'x>\"' ");
}

BOOST_AUTO_TEST_CASE(columns_count_characters) {
    Parsed parsed("<a>ääö<b c='€'/></a>");
    BOOST_TEST(at(parsed.file->place(parsed.file->root().child("b"))) == "1:7+2");
}

BOOST_AUTO_TEST_CASE(several_encodings_are_understood) {
    BOOST_TEST(utf8("\xEF\xBB\xBF<a/>") == "<a/>");
    BOOST_TEST(utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9\x80</a>") ==
               "<?xml version='1.0' encoding='ISO-8859-1'?><a>é\xC2\x80</a>");
    BOOST_TEST(utf8("<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>") ==
               "<?xml version='1.0' encoding='windows-1252'?><a>€</a>");
    using namespace std::string_literals;
    BOOST_TEST(utf8("\xFE\xFF\0<\0\xE4\0/\0>"s) == "<ä/>");
    BOOST_TEST(utf8("\xFF\xFE<\0\xE4\0/\0>\0"s) == "<ä/>");
    BOOST_TEST(utf8("\xFF\xFE<\0\xE4"s) ==
               "0:0: the text is not in the encoding that the file declares [save the file as UTF-8]\n");
    BOOST_TEST(utf8("<?xml version='1.0' encoding='EBCDIC'?><a/>") ==
               "0:0: unsupported encoding EBCDIC [save the file as UTF-8]\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_says_why) {
    Diagnostics diagnostics;
    BOOST_TEST(!SourceFile::open("/nowhere/at/all.xml", diagnostics));
    BOOST_TEST(!SourceFile::open("/", diagnostics));
    BOOST_TEST(findingsOf(diagnostics) ==
               "0:0: cannot be read: No such file or directory\n0:0: cannot be read: Is a directory\n");
}

BOOST_AUTO_TEST_CASE(a_file_without_end_is_given_up) {
    Diagnostics diagnostics;
    BOOST_TEST(!SourceFile::open("/dev/zero", diagnostics));
    BOOST_TEST(findingsOf(diagnostics) == "0:0: cannot be read: the file is larger than 64 MiB\n");
}

BOOST_AUTO_TEST_SUITE_END()
