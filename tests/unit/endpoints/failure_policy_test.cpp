#include "endpoints/failure_policy.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

#include "tests/unit/endpoints/support.hpp"

namespace {

using myelin::endpoints::FailurePolicy;
using myelin::endpoints::test::Setup;

/// The policy of an element with that content, and what was found wrong in it.
struct Read {
    explicit Read(const std::string& content) : setup("<address>" + content + "</address>") {
        auto element = setup.root();
        policy = FailurePolicy::read(element);
        element.finish();
    }
    Setup setup;
    FailurePolicy policy;
};

std::string codes(const std::vector<std::int32_t>& list) {
    std::string text;
    for (const auto code : list) text += (text.empty() ? "" : " ") + std::to_string(code);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(FailurePolicyReading)

BOOST_AUTO_TEST_CASE(everythingGiven) {
    const Read read(
        "<timeout><duration>5000</duration><responseAction>fault</responseAction></timeout>"
        "<markForSuspension><errorCodes>101507</errorCodes><retriesBeforeSuspension>3</retriesBeforeSuspension>"
        "<retryDelay>10</retryDelay></markForSuspension>"
        "<suspendOnFailure><errorCodes>101503,101505</errorCodes><initialDuration>1000</initialDuration>"
        "<progressionFactor>1.5</progressionFactor><maximumDuration>60000</maximumDuration></suspendOnFailure>"
        "<retryConfig><disabledErrorCodes>1</disabledErrorCodes><enabledErrorCodes>2</enabledErrorCodes></"
        "retryConfig>");
    BOOST_CHECK_EQUAL(read.setup.findings(), "");
    BOOST_CHECK_EQUAL(read.policy.timeoutDuration, 5000);
    BOOST_CHECK(read.policy.timeoutAction == FailurePolicy::TimeoutAction::Fault);
    BOOST_CHECK_EQUAL(codes(read.policy.markCodes), "101507");
    BOOST_CHECK_EQUAL(read.policy.retriesBeforeSuspension, 3);
    BOOST_CHECK_EQUAL(read.policy.retryDelay, 10);
    BOOST_CHECK_EQUAL(codes(read.policy.suspendCodes), "101503 101505");
    BOOST_CHECK_EQUAL(read.policy.initialDuration, 1000);
    BOOST_CHECK_EQUAL(read.policy.factor, 1.5F);
    BOOST_CHECK_EQUAL(read.policy.maximumDuration, 60'000);
    BOOST_CHECK_EQUAL(codes(read.policy.retryDisabledCodes), "1");
    BOOST_CHECK_EQUAL(codes(read.policy.retryEnabledCodes), "2");
}

BOOST_AUTO_TEST_CASE(rows7And8ResponseAction) {
    const Read never("<timeout><responseAction>never</responseAction></timeout>");
    BOOST_CHECK(never.setup.found("error: 1: \"never\" is not a timeout action"));
    const Read blanks("<timeout><responseAction> Fault </responseAction></timeout>");
    BOOST_CHECK_EQUAL(blanks.setup.findings(), "");
    BOOST_CHECK(blanks.policy.timeoutAction == FailurePolicy::TimeoutAction::Fault);
}

BOOST_AUTO_TEST_CASE(row9DurationWithUnit) {
    const Read read("<timeout><duration>10s</duration></timeout>");
    BOOST_CHECK(read.setup.found("error: 1: the text of <duration> must be a whole number"));
}

BOOST_AUTO_TEST_CASE(row10ActionWithoutDurationLeavesTheGlobalTimeout) {
    const Read read("<timeout><responseAction>fault</responseAction></timeout>");
    BOOST_CHECK_EQUAL(read.policy.timeoutDuration, 0);
}

BOOST_AUTO_TEST_CASE(row11LegacyActionIsNotRead) {
    const Read read("<timeout><duration>5000</duration><action>fault</action></timeout>");
    BOOST_CHECK_EQUAL(read.policy.timeoutDuration, 5000);
    BOOST_CHECK(read.policy.timeoutAction == FailurePolicy::TimeoutAction::None);
    BOOST_CHECK(!read.setup.found("error:"));
    BOOST_CHECK(read.setup.found("warning: 1: <action> has no effect"));
}

BOOST_AUTO_TEST_CASE(rows12To14CodeLists) {
    const Read spaced("<suspendOnFailure><errorCodes> 101504, 101505 ,,101508 </errorCodes></suspendOnFailure>");
    BOOST_CHECK_EQUAL(spaced.setup.findings(), "");
    BOOST_CHECK_EQUAL(codes(spaced.policy.suspendCodes), "101504 101505 101508");
    const Read broken("<suspendOnFailure><errorCodes>101504,\n101505</errorCodes></suspendOnFailure>");
    BOOST_CHECK(broken.setup.found("\"101505\" in the list of error codes is not a number"));
    const Read never("<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>");
    BOOST_CHECK_EQUAL(never.setup.findings(), "");
    BOOST_CHECK(never.policy.classify(101503) == FailurePolicy::Class::Ignore);
}

BOOST_AUTO_TEST_CASE(rows15And16Bounds) {
    const Read initial("<suspendOnFailure><initialDuration>3000000000</initialDuration></suspendOnFailure>");
    BOOST_CHECK(initial.setup.found("error: 1: the text of <initialDuration>"));
    const Read maximum("<suspendOnFailure><maximumDuration>3000000000</maximumDuration></suspendOnFailure>");
    BOOST_CHECK_EQUAL(maximum.setup.findings(), "");
    BOOST_CHECK_EQUAL(maximum.policy.maximumDuration, 3'000'000'000);
}

BOOST_AUTO_TEST_CASE(rows17And18LegacySuspension) {
    const Read legacy("<suspendDurationOnFailure>60</suspendDurationOnFailure>");
    BOOST_CHECK_EQUAL(legacy.policy.initialDuration, 60'000);
    BOOST_CHECK_EQUAL(legacy.policy.factor, 1.0F);
    BOOST_CHECK(legacy.setup.found("warning: 1: <suspendDurationOnFailure> is deprecated"));
    const Read both(
        "<suspendDurationOnFailure>60</suspendDurationOnFailure>"
        "<suspendOnFailure><initialDuration>5000</initialDuration></suspendOnFailure>");
    BOOST_CHECK_EQUAL(both.policy.initialDuration, 5000);
}

BOOST_AUTO_TEST_CASE(emptyElementsMeanNotGiven) {
    const Read read(
        "<markForSuspension><errorCodes/><retriesBeforeSuspension/></markForSuspension>"
        "<suspendOnFailure><errorCodes> </errorCodes><initialDuration/></suspendOnFailure>");
    BOOST_CHECK_EQUAL(read.setup.findings(), "");
    BOOST_CHECK(read.policy.classify(101504) == FailurePolicy::Class::Timeout);
    BOOST_CHECK(read.policy.classify(0) == FailurePolicy::Class::Suspend);
    BOOST_CHECK_EQUAL(read.policy.initialDuration, -1);
}

BOOST_AUTO_TEST_CASE(aMisspeltElementIsReported) {
    const Read read("<suspendOnFailure><initialDuraton>5</initialDuraton></suspendOnFailure>");
    BOOST_CHECK(read.setup.found("initialDuration"));
}

BOOST_AUTO_TEST_SUITE_END()
