#include "engine/redis/address.hpp"

#include <boost/test/unit_test.hpp>

using namespace myelin::redis;

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(whatIsLeftOutHasADefault) {
    const auto text = [](const char* url) {
        const auto parsed = parseAddress(url);
        return parsed.ok() ? parsed.address.text() : parsed.error;
    };
    BOOST_TEST(text("redis://cache") == "redis://cache:6379/0");
    BOOST_TEST(text("redis://cache/") == "redis://cache:6379/0");
    BOOST_TEST(text("REDISS://cache:7000/3") == "rediss://cache:7000/3");
    BOOST_TEST(text("redis://[::1]") == "redis://[::1]:6379/0");
    BOOST_TEST(text("redis://[::1]:7000/15") == "redis://[::1]:7000/15");
    BOOST_TEST(parseAddress("redis://[::1]:7000").address.host == "::1");
}

BOOST_AUTO_TEST_CASE(everythingElseIsRefused) {
    for (const char* url : {"",
                            "cache:6379",
                            "http://cache",
                            "redis://",
                            "redis://:6379",
                            "redis://cache:",
                            "redis://cache:0",
                            "redis://cache:65536",
                            "redis://cache:1x",
                            "redis://cache/one",
                            "redis://cache/1/2",
                            "redis://cache/-1",
                            "redis://cache?db=1",
                            "redis://ca che",
                            "redis://[::1",
                            "redis://[::1]7000"}) {
        BOOST_TEST_CONTEXT(url) {
            BOOST_TEST(!parseAddress(url).ok());
        }
    }
    BOOST_TEST(parseAddress("redis://me:secret@cache").error.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
