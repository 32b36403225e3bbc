#include "endpoints/url_encoding.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace myelin::endpoints;

}  // namespace

BOOST_AUTO_TEST_SUITE(UrlEncoding)

BOOST_AUTO_TEST_CASE(formFields) {
    std::string out;
    appendFormField("grant_type", "password", out);
    appendFormField("password", "a b&c=d+\xC3\xBC%", out);
    BOOST_CHECK_EQUAL(out, "grant_type=password&password=a%20b%26c%3Dd%2B%C3%BC%25");
}

BOOST_AUTO_TEST_CASE(decoding) {
    BOOST_CHECK_EQUAL(formDecoded("US%3A123+a%2b"), "US:123 a+");
    BOOST_CHECK_EQUAL(formDecoded("%zz%4"), "%zz%4");
}

BOOST_AUTO_TEST_CASE(encodingAgain) {
    BOOST_CHECK_EQUAL(reencodedUrl("http://h/a b?q=\"<%41>\r\n&x=[1]"), "http://h/a%20b?q=%22%3C%2541%3E%0D%0A&x=[1]");
}

BOOST_AUTO_TEST_SUITE_END()
