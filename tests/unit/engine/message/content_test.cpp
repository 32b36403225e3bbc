#include "engine/message/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace myelin::message;

BOOST_AUTO_TEST_SUITE(content)

BOOST_AUTO_TEST_CASE(media_types_are_classified) {
    const std::pair<std::string_view, ContentKind> rows[] = {
        {"text/xml", ContentKind::Soap11},
        {"TEXT/XML; charset=utf-8", ContentKind::Soap11},
        {"application/soap+xml;action=\"urn:a\"", ContentKind::Soap12},
        {"application/xml", ContentKind::Pox},
        {"application/atom+xml", ContentKind::Pox},
        {"application/json", ContentKind::Json},
        {"application/problem+json", ContentKind::Json},
        {"application/x-www-form-urlencoded", ContentKind::Form},
        {"text/plain ; charset=x", ContentKind::Text},
        {"text/html", ContentKind::Opaque},
        {"image/svg+xml", ContentKind::Opaque},
        {"multipart/form-data; boundary=x", ContentKind::Opaque},
        {"multipart/related; boundary=x; type=\"text/xml\"", ContentKind::Soap11},
        {"Multipart/Related; type=\"application/soap+xml; charset=utf-8\"", ContentKind::Soap12},
        {"multipart/related; type=\"application/xop+xml\"; start-info=\"text/xml\"", ContentKind::Soap11},
        {"multipart/related; start-info=\"application/soap+xml; action=\\\"urn:a\\\"\"; type=\"application/xop+xml\"",
         ContentKind::Soap12},
        {"multipart/related; type=\"application/xop+xml\"", ContentKind::Soap11},
        {"multipart/related; type=application/json", ContentKind::Opaque},
        {"multipart/related; type=\"multipart/related\"", ContentKind::Opaque},
        {"multipart/related; type=\"application/xop+xml\"; start-info=\"text/html\"", ContentKind::Opaque},
        {"multipart/related; boundary=x", ContentKind::Opaque},
        {"application/octet-stream", ContentKind::Opaque},
        {"", ContentKind::Opaque},
    };
    for (const auto& [type, kind] : rows) BOOST_TEST((classifyContent(type) == kind), std::string(type));
}

BOOST_AUTO_TEST_CASE(parameters_are_found) {
    BOOST_TEST(contentTypeParameter("text/xml; charset=UTF-8", "charset") == "UTF-8");
    BOOST_TEST(contentTypeParameter("text/xml;CharSet = \"iso-8859-1\" ; x=y", "charset") == "iso-8859-1");
    BOOST_TEST(contentTypeParameter("a/b; action=\"urn:x;charset=no\"; charset=yes", "charset") == "yes");
    BOOST_TEST(contentTypeParameter("a/b; action=\"urn:x;y\"", "action") == "urn:x;y");
    BOOST_TEST(contentTypeParameter("a/b; flag; charset=z", "charset") == "z");
    BOOST_TEST(contentTypeParameter("a/b; charset=\"broken", "charset") == "broken");
    BOOST_TEST(contentTypeParameter("a/b; x=\"a\\\"; charset=no\"; charset=yes", "charset") == "yes");
    BOOST_TEST(contentTypeParameter("a/b", "charset").empty());
    BOOST_TEST(contentTypeParameter("a/b; charset", "charset").empty());
    BOOST_TEST(contentTypeParameter("a/b;", "charset").empty());
}

BOOST_AUTO_TEST_CASE(packaging_is_told_by_the_root) {
    BOOST_TEST((packagingOf("multipart/related; type=\"text/xml\"") == Packaging::Swa));
    BOOST_TEST(
        (packagingOf("multipart/related; type=\"application/xop+xml\"; start-info=text/xml") == Packaging::Mtom));
    for (const char* none : {"text/xml",
                             "",
                             "multipart/related",
                             "multipart/mixed; type=\"text/xml\"",
                             "multipart/related; type=image/png"}) {
        BOOST_TEST((packagingOf(none) == Packaging::None), none);
    }
}

BOOST_AUTO_TEST_SUITE_END()
