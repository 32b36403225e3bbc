#include "endpoints/limits/retry_limits.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::RetryCount;
using endpoints::RetryLimits;

constexpr base::TimePoint kStart{std::chrono::hours(1000)};

int spendAll(RetryCount& count, std::uint32_t percent, std::uint32_t minimum, base::TimePoint now) {
    int spent = 0;
    while (count.spend(percent, minimum, now)) ++spent;
    return spent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RetryBudget)

BOOST_AUTO_TEST_CASE(f30AShareOfTheMessagesOfTheLastTenSeconds) {
    RetryCount count;
    for (int i = 0; i < 100; ++i) count.message(kStart);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 0, kStart), 20);
    // Nine seconds later they still count; then they, and what was spent, are forgotten.
    for (int i = 0; i < 50; ++i) count.message(kStart + 9s);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 0, kStart + 9s), 10);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 0, kStart + 10s), 0);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 0, kStart + 1h), 0);
    for (int i = 0; i < 10; ++i) count.message(kStart + 2h);
    BOOST_CHECK_EQUAL(spendAll(count, 50, 0, kStart + 2h), 5);
}

BOOST_AUTO_TEST_CASE(theMinimumIsForWhenThereIsLittleToDo) {
    RetryCount count;
    BOOST_CHECK_EQUAL(spendAll(count, 20, 2, kStart), 20);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 2, kStart + 5s), 0);
    BOOST_CHECK_EQUAL(spendAll(count, 20, 2, kStart + 10s), 20);
    BOOST_CHECK_EQUAL(spendAll(count, 0, 0, kStart + 100s), 0);
}

BOOST_AUTO_TEST_CASE(attemptsAreTheGroupsOwnAffairTheBudgetIsNot) {
    const auto count = std::make_shared<RetryCount>();
    RetryLimits::Options options;
    options.maxAttempts = 2;
    options.budget = 0;
    options.minimum = 1;
    const RetryLimits limits(options, count);
    BOOST_CHECK(!limits.refuse(1));
    const auto attempts = limits.refuse(2);
    BOOST_REQUIRE(attempts);
    BOOST_CHECK(!attempts->conclusive);
    for (int i = 0; i < 10; ++i) BOOST_CHECK(!limits.spend(kStart));
    const auto budget = limits.spend(kStart);
    BOOST_REQUIRE(budget);
    BOOST_CHECK(budget->conclusive);
}

BOOST_AUTO_TEST_SUITE_END()
