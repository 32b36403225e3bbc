#include "engine/message/date_format.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>

#include "engine/message/fault.hpp"

using namespace myelin::message;

namespace {

/// The process's zone is set for the test and put back.
struct Zone {
    explicit Zone(const char* name) {
        if (const char* old = std::getenv("TZ")) before = old;
        setenv("TZ", name, 1);
        tzset();
    }
    ~Zone() {
        if (before.empty()) {
            unsetenv("TZ");
        } else {
            setenv("TZ", before.c_str(), 1);
        }
        tzset();
    }
    std::string before;
};

// Thursday 2 January 2025, 15:04:05.006 UTC
constexpr std::int64_t kMoment = 1735830245006;

}  // namespace

BOOST_AUTO_TEST_SUITE(date_format)

BOOST_AUTO_TEST_CASE(patterns_of_simple_date_format) {
    const Zone zone("UTC0");
    const std::pair<const char*, const char*> rows[] = {
        {"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2025-01-02T15:04:05.006+0000"},
        {"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2025-01-02T15:04:05.006Z"},
        {"EEE, d MMM yyyy", "Thu, 2 Jan 2025"},
        {"EEEE MMMM", "Thursday January"},
        {"yy M D u", "25 1 2 4"},
        {"h:mm a, K, k, hh", "3:04 PM, 3, 15, 03"},
        {"'it''s' ''", "it's '"},
        {"'open", "open"},
        {"G y", "AD 2025"},
        {"", ""},
    };
    for (const auto& [pattern, text] : rows) BOOST_TEST(formatDate(pattern, kMoment) == text);
}

BOOST_AUTO_TEST_CASE(offsets_follow_the_zone) {
    const Zone zone("XXX-05:30");
    BOOST_TEST(formatDate("HH:mm Z X XX XXX", kMoment) == "20:34 +0530 +05 +0530 +05:30");
}

BOOST_AUTO_TEST_CASE(times_before_the_epoch) {
    const Zone zone("UTC0");
    BOOST_TEST(formatDate("yyyy-MM-dd HH:mm:ss.SSS", -1) == "1969-12-31 23:59:59.999");
}

BOOST_AUTO_TEST_CASE(unknown_letters_are_a_fault) {
    BOOST_CHECK_THROW(formatDate("yyyy-QQ", kMoment), MediationFault);
}

BOOST_AUTO_TEST_SUITE_END()
