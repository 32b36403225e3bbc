#include "engine/base/strings.hpp"

#include <boost/test/unit_test.hpp>

using namespace myelin::base;

BOOST_AUTO_TEST_SUITE(strings)

BOOST_AUTO_TEST_CASE(equality_ignores_the_case_of_ascii_letters_only) {
    BOOST_TEST(equalsIgnoreCase("", ""));
    BOOST_TEST(equalsIgnoreCase("Content-Length", "content-lENGTH"));
    BOOST_TEST(!equalsIgnoreCase("Content-Length", "Content-Lengths"));
    BOOST_TEST(!equalsIgnoreCase("Content-Length", "Content-Lengtg"));
    // Neighbours of the letters that differ from one another in bit 5 alone.
    BOOST_TEST(!equalsIgnoreCase("@@@@@@@@", "````````"));
    BOOST_TEST(!equalsIgnoreCase("[[[[[[[[", "{{{{{{{{"));
    BOOST_TEST(!equalsIgnoreCase("\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4", "\xe4\xe4\xe4\xe4\xe4\xe4\xe4\xe4"));
}

BOOST_AUTO_TEST_CASE(equality_agrees_with_the_plain_definition_for_every_pair_of_bytes) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const char x = static_cast<char>(a);
            const char y = static_cast<char>(b);
            const bool same = toLowerAscii(x) == toLowerAscii(y);
            // In the part compared eight at a time, and in the rest.
            for (std::size_t at : {0u, 3u, 7u, 8u, 10u}) {
                std::string left(11, 'q');
                std::string right(11, 'Q');
                left[at] = x;
                right[at] = y;
                if (equalsIgnoreCase(left, right) != same) BOOST_ERROR("bytes " << a << " and " << b << " at " << at);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(prefixes) {
    BOOST_TEST(startsWithIgnoreCase("Text/XML; charset=utf-8", "text/xml"));
    BOOST_TEST(startsWithIgnoreCase("x", ""));
    BOOST_TEST(!startsWithIgnoreCase("tex", "text"));
}

BOOST_AUTO_TEST_CASE(trimming_and_splitting) {
    BOOST_TEST(trim(" \t\r\n a b \n") == "a b");
    BOOST_TEST(trim(" \n").empty());
    const auto parts = split(",a, b,,c ", ", ");
    BOOST_REQUIRE_EQUAL(parts.size(), 3u);
    BOOST_TEST(parts[0] == "a");
    BOOST_TEST(parts[1] == "b");
    BOOST_TEST(parts[2] == "c");
    BOOST_TEST(split("", ",").empty());
    BOOST_TEST(split(",,", ",").empty());
}

BOOST_AUTO_TEST_CASE(numbers) {
    BOOST_TEST(parseNumber<int>("-12").value() == -12);
    BOOST_TEST(!parseNumber<unsigned>("-12"));
    BOOST_TEST(!parseNumber<int>("12 "));
    BOOST_TEST(!parseNumber<int>(""));
    BOOST_TEST(!parseNumber<int>("+1"));
    BOOST_TEST(!parseNumber<std::uint8_t>("256"));
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_what_was_most_likely_meant) {
    const std::vector<std::string_view> names{"sequence", "send", "endpoint", "loadbalance", "failover", "in", "out"};
    BOOST_TEST(nearestName("sequense", names) == "sequence");
    BOOST_TEST(nearestName("Sequence", names) == "sequence");
    BOOST_TEST(nearestName("SEND", names) == "send");
    BOOST_TEST(nearestName("sned", names) == "send");  // one swap
    BOOST_TEST(nearestName("loadBalnace", names) == "loadbalance");
    BOOST_TEST(nearestName("endpoints", names) == "endpoint");
    BOOST_TEST(nearestName("fail", names) == "");
    BOOST_TEST(nearestName("xyzzy", names) == "");
    BOOST_TEST(nearestName("x", names) == "");
    BOOST_TEST(nearestName("", names) == "");
    BOOST_TEST(nearestName("anything", {}) == "");
}

BOOST_AUTO_TEST_CASE(a_difference_of_case_is_nearer_than_a_different_letter) {
    BOOST_TEST(nearestName("timeOut", {"timeouts", "timeout"}) == "timeout");
    BOOST_TEST(nearestName("Drop", {"crop", "drop"}) == "drop");
}

BOOST_AUTO_TEST_SUITE_END()
