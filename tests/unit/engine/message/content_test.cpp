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
    BOOST_TEST(contentTypeParameter("a/b", "charset").empty());
    BOOST_TEST(contentTypeParameter("a/b; charset", "charset").empty());
    BOOST_TEST(contentTypeParameter("a/b;", "charset").empty());
}

BOOST_AUTO_TEST_SUITE_END()
