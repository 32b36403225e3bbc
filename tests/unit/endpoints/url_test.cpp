#include "endpoints/url.hpp"

#include <boost/test/unit_test.hpp>

using myelin::endpoints::parseUrl;

BOOST_AUTO_TEST_SUITE(Urls)

BOOST_AUTO_TEST_CASE(parts) {
    const auto plain = parseUrl("http://Example.com/a%20b/?x=1#part");
    BOOST_REQUIRE(plain.ok());
    BOOST_CHECK(!plain.url.secure);
    BOOST_CHECK_EQUAL(plain.url.host, "example.com");
    BOOST_CHECK_EQUAL(plain.url.port, 80);
    BOOST_CHECK_EQUAL(plain.url.path, "/a%20b/?x=1");

    const auto secure = parseUrl("HTTPS://h");
    BOOST_REQUIRE(secure.ok());
    BOOST_CHECK(secure.url.secure);
    BOOST_CHECK_EQUAL(secure.url.port, 443);
    BOOST_CHECK_EQUAL(secure.url.path, "");

    const auto six = parseUrl("http://[::1]:8280?q");
    BOOST_REQUIRE(six.ok());
    BOOST_CHECK_EQUAL(six.url.host, "::1");
    BOOST_CHECK_EQUAL(six.url.port, 8280);
    BOOST_CHECK_EQUAL(six.url.path, "?q");

    BOOST_CHECK_EQUAL(parseUrl("http://h:/x").url.port, 80);
}

BOOST_AUTO_TEST_CASE(refused) {
    for (const char* text : {"",
                             "h",
                             "//h/x",
                             "http:/h",
                             "http://",
                             "http://:80/",
                             "http://h:65536/",
                             "http://h:0/",
                             "http://h:8x/",
                             "http://a@h/",
                             "http://[::1/",
                             "http://[zz]/",
                             "http://[::1]x/",
                             "ftp://h/",
                             "http://h/a b",
                             "http://h/a\r\nX: y",
                             "http://h\\x/",
                             "http://${host}/",
                             "http://h/\xc3\xa4"}) {
        BOOST_CHECK_MESSAGE(!parseUrl(text).ok(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
