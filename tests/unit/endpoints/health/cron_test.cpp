#include "endpoints/health/cron.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using myelin::endpoints::Cron;

std::time_t at(int year, int month, int day, int hour, int minute, int second = 0) {
    std::tm when{};
    when.tm_year = year - 1900;
    when.tm_mon = month - 1;
    when.tm_mday = day;
    when.tm_hour = hour;
    when.tm_min = minute;
    when.tm_sec = second;
    when.tm_isdst = -1;
    return std::mktime(&when);
}

/// "MM-DD hh:mm:ss" of the next time after noon of 15 June 2026, a Monday.
std::string next(std::string_view text) {
    const auto cron = Cron::parse(text);
    if (!cron) return "none";
    const std::time_t found = cron->next(at(2026, 6, 15, 12, 0));
    std::tm when{};
    localtime_r(&found, &when);
    char shown[32];
    std::strftime(shown, sizeof shown, "%m-%d %H:%M:%S", &when);
    return shown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(CronTimes)

BOOST_AUTO_TEST_CASE(rowGV14Schedules) {
    BOOST_CHECK_EQUAL(next("* * * * *"), "06-15 12:01:00");
    BOOST_CHECK_EQUAL(next("*/5 * * * *"), "06-15 12:05:00");
    BOOST_CHECK_EQUAL(next("3-59/10 * * * *"), "06-15 12:03:00");
    BOOST_CHECK_EQUAL(next("0 6 * * *"), "06-16 06:00:00");
    BOOST_CHECK_EQUAL(next("30 8-18 * * 1-5"), "06-15 12:30:00");
    BOOST_CHECK_EQUAL(next("0 0 * * 7"), "06-21 00:00:00");
    BOOST_CHECK_EQUAL(next("0 0 * * 0"), "06-21 00:00:00");
    BOOST_CHECK_EQUAL(next("0 0 1,20 * *"), "06-20 00:00:00");
    BOOST_CHECK_EQUAL(next("0 0 1 1 *"), "01-01 00:00:00");
    BOOST_CHECK_EQUAL(next("0 0 29 2 *"), "02-29 00:00:00");
    // A day of either field, when both are restricted.
    BOOST_CHECK_EQUAL(next("0 0 20 * 3"), "06-17 00:00:00");
    // With seconds, as Quartz and Spring have them.
    BOOST_CHECK_EQUAL(next("*/10 * * * * *"), "06-15 12:00:10");
    BOOST_CHECK_EQUAL(next("0 0 13 * * ?"), "06-15 13:00:00");
}

BOOST_AUTO_TEST_CASE(whatIsNone) {
    for (const char* text : {"",
                             "* * * *",
                             "* * * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "a * * * *",
                             "*/0 * * * *",
                             "5-1 * * * *",
                             ", * * * *",
                             "0 0 31 2 *"}) {
        BOOST_CHECK_EQUAL(next(text), "none");
    }
}

BOOST_AUTO_TEST_SUITE_END()
