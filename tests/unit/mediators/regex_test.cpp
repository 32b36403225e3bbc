#include "mediators/regex.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/message/fault.hpp"

using myelin::mediators::Regex;
using myelin::message::MediationFault;

namespace {

Regex compiled(std::string_view pattern) {
    Regex::Error error;
    auto regex = Regex::compile(pattern, error);
    BOOST_REQUIRE_MESSAGE(regex, error.text);
    return std::move(*regex);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(regex)

BOOST_AUTO_TEST_CASE(the_whole_text_has_to_match) {
    const Regex regex = compiled("IBM");
    BOOST_TEST(regex.matches("IBM"));
    BOOST_TEST(!regex.matches("xIBM"));
    BOOST_TEST(!regex.matches("IBMx"));
    BOOST_TEST(!regex.matches("IBM\n"));
    BOOST_TEST(!regex.matches(""));
    BOOST_TEST(compiled("").matches(""));
    BOOST_TEST(compiled("").matches(std::string_view()));
}

BOOST_AUTO_TEST_CASE(alternatives_are_tried_until_one_matches_to_the_end) {
    BOOST_TEST(compiled("a|ab").matches("ab"));
    BOOST_TEST(compiled("a*?").matches("aaa"));
}

BOOST_AUTO_TEST_CASE(a_dot_matches_no_line_end) {
    const Regex regex = compiled("a.*b");
    BOOST_TEST(regex.matches("a - b"));
    BOOST_TEST(!regex.matches("a\nb"));
    BOOST_TEST(!regex.matches("a\rb"));
    BOOST_TEST(
        !regex.matches("a\xE2\x80\xA8"
                       "b"));
    BOOST_TEST(compiled("(?s)a.*b").matches("a\nb"));
}

BOOST_AUTO_TEST_CASE(characters_are_unicode) {
    BOOST_TEST(compiled("Z.rich").matches("Z\xC3\xBCrich"));
    BOOST_TEST(compiled("Z\xC3\xBCrich").matches("Z\xC3\xBCrich"));
    BOOST_CHECK_THROW(compiled("plain").matches("\xFF"), MediationFault);
    BOOST_CHECK_THROW(compiled(".*").matches("\xFF"), MediationFault);
}

BOOST_AUTO_TEST_CASE(gives_groups) {
    const Regex regex = compiled("(\\w+)=(\\d+)?");
    BOOST_TEST(regex.groups() == 2u);
    BOOST_TEST(regex.match("a=12", 0).group.value() == "a=12");
    BOOST_TEST(regex.match("a=12", 1).group.value() == "a");
    BOOST_TEST(regex.match("a=12", 2).group.value() == "12");
    BOOST_TEST(regex.match("a=", 2).matched);
    BOOST_TEST(!regex.match("a=", 2).group);
    BOOST_TEST(!regex.match("nothing", 0).matched);
}

BOOST_AUTO_TEST_CASE(says_where_a_pattern_is_wrong) {
    Regex::Error error;
    BOOST_TEST(!Regex::compile("ab(c", error));
    BOOST_TEST(error.position == 4u);
    BOOST_TEST(error.text == "missing closing parenthesis");
}

BOOST_AUTO_TEST_CASE(refuses_what_java_would_understand_otherwise) {
    Regex::Error error;
    BOOST_TEST(!Regex::compile("[a-z&&[^b]]", error));
    BOOST_TEST(error.position == 4u);
    BOOST_TEST(compiled("a&&b\\[&&").matches("a&&b[&&"));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_explodes_is_stopped) {
    const Regex regex = compiled("(a+)+b");
    const auto begin = std::chrono::steady_clock::now();
    BOOST_CHECK_EXCEPTION(regex.matches(std::string(5000, 'a')), MediationFault, [](const MediationFault& fault) {
        return fault.text().find("limit exceeded") != std::string::npos;
    });
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)));
}

BOOST_AUTO_TEST_CASE(long_texts_are_matched) {
    const Regex regex = compiled(".*urn:order.*");
    std::string text(500'000, 'x');
    BOOST_TEST(!regex.matches(text));
    text += "urn:order";
    BOOST_TEST(regex.matches(text + std::string(500'000, 'y')));
}

BOOST_AUTO_TEST_CASE(one_expression_serves_many_threads) {
    const Regex regex = compiled("(x+)(y+)z*");
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            const std::string first(static_cast<std::size_t>(t + 1), 'x');
            for (int i = 0; i < 2000; ++i) {
                const std::string text = first + "yyy";
                if (regex.match(text, 1).group != first) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
