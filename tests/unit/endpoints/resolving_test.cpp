#include "endpoints/resolving.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "engine/message/fault.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::Setup;
using message::error_code::kIndirectNotReady;
using message::error_code::kLeafNotReady;

const std::string kByContext = "<endpoint key-expression='$ctx:where'/>";

std::string failover(const std::string& children) {
    return "<endpoint name='fo'><failover>" + children + "</failover></endpoint>";
}

std::string scripted(const std::string& id, const std::string& policy = {}) {
    return "<endpoint><scripted id='" + id + "'>" + policy + "</scripted></endpoint>";
}

message::SendOutcome sendTo(const message::Endpoint& endpoint, std::string_view where) {
    Message message;
    message.context().setProperty(message::Scope::Default, "where", where);
    return message.send(endpoint);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Resolving)

BOOST_AUTO_TEST_CASE(rows150And151WhatIsMissingIsFoundOnceItIsThere) {
    for (const std::string& xml : {kByContext, std::string("<endpoint key='{$ctx:where}'/>")}) {
        Script::reset();
        Setup setup(xml);
        const auto endpoint = setup.endpoint();
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
        const auto missing = sendTo(*endpoint, " a ");
        BOOST_CHECK_EQUAL(missing.code, kIndirectNotReady);
        BOOST_CHECK_EQUAL(missing.text, "Couldn't find the endpoint with the key : a");
        Setup other(scripted("A"));
        const auto real = other.endpoint();
        setup.named()["a"] = real.get();
        BOOST_CHECK(sendTo(*endpoint, " a ").answered);
        BOOST_CHECK_EQUAL(Script::instance().taken(), "A");
    }
}

BOOST_AUTO_TEST_CASE(row114AGroupGoesOnWhenTheKeyNamesNothing) {
    Script::reset();
    Setup setup(failover(kByContext + scripted("B")));
    const auto group = setup.endpoint();
    BOOST_CHECK(sendTo(*group, "nobody").answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "B");
}

BOOST_AUTO_TEST_CASE(row152WhatIsSuspendedForOneGroupIsSoForTheOther) {
    Script::reset({{"A", 101503}});
    Setup target(scripted("A"));
    const auto real = target.endpoint();
    Setup one(failover("<endpoint key='a'/>" + scripted("B")));
    Setup two(failover("<endpoint key='a'/>" + scripted("C")));
    one.named()["a"] = two.named()["a"] = real.get();
    const auto first = one.endpoint();
    const auto second = two.endpoint();
    endpoints::test::send(*first);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B");
    endpoints::test::send(*second);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "C");
}

BOOST_AUTO_TEST_CASE(row153ASuspendedTargetIsPassedOver) {
    Script::reset();
    Setup target("<endpoint><address uri='" + endpoints::test::deadUrl() + "'/></endpoint>");
    const auto real = target.endpoint();
    Setup setup(failover(kByContext + scripted("B")));
    setup.named()["a"] = real.get();
    const auto group = setup.endpoint();
    for (int i = 0; i < 3; ++i) {
        BOOST_CHECK(sendTo(*group, "a").answered);
        BOOST_CHECK_EQUAL(Script::instance().taken(), "B");
    }
    Setup alone(kByContext);
    alone.named()["a"] = real.get();
    BOOST_CHECK_EQUAL(sendTo(*alone.endpoint(), "a").code, kLeafNotReady);
}

BOOST_AUTO_TEST_CASE(circlesEndAndTheirBoundIsKept) {
    Script::reset({{"A", 101503}, {"B", 101503}});
    const std::string noSuspension = "<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>";
    Setup setup(failover(scripted("A", noSuspension) + kByContext + scripted("B", noSuspension)));
    const auto group = setup.endpoint();
    setup.named()["self"] = group.get();
    const auto bounds = group->bounds();
    BOOST_CHECK_EQUAL(bounds.attempts, 2U * (endpoints::kMaximumResolved + 1));
    BOOST_CHECK(!sendTo(*group, "self").answered);
    BOOST_CHECK_EQUAL(Script::instance().attempts.size(), bounds.attempts);
    std::size_t seen = 0;
    group->visit([&](const message::Endpoint&) { ++seen; });
    BOOST_CHECK_LT(seen, 20U);
}

BOOST_AUTO_TEST_CASE(theBoundIsThatOfTheDearestEndpoint) {
    Script::reset({{"A", 101504}});
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>2</retriesBeforeSuspension></markForSuspension>";
    Setup leaf(scripted("A", retries));
    Setup pair(failover(scripted("X") + scripted("Y")));
    const auto a = leaf.endpoint();
    const auto xy = pair.endpoint();
    Setup setup(failover(kByContext));
    setup.named() = {{"a", a.get()}, {"xy", xy.get()}};
    const auto group = setup.endpoint();
    BOOST_CHECK_EQUAL(group->bounds().attempts, 6U);
    BOOST_CHECK(!sendTo(*group, "a").answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A A A");
}

BOOST_AUTO_TEST_CASE(mistakes) {
    Setup setup("<endpoint key-expression='a['/>");
    BOOST_CHECK(!setup.endpoint());
    BOOST_CHECK_MESSAGE(setup.found("cannot be compiled"), setup.findings());
    Setup computed("<endpoint key='{a[}'/>");
    BOOST_CHECK(!computed.endpoint());
    BOOST_CHECK_EQUAL(computed.diagnostics().errorCount(), 1U);
    Setup empty("<endpoint key=' '/>");
    BOOST_CHECK(!empty.endpoint());
    BOOST_CHECK_MESSAGE(empty.found("attribute \"key\" of <endpoint> is empty"), empty.findings());
}

BOOST_AUTO_TEST_SUITE_END()
