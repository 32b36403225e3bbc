#include "endpoints/limits/defaults.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "engine/message/fault.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/loaded.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::LimitedEndpoint;
using endpoints::Limits;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::send;
using endpoints::test::Setup;
namespace codes = message::error_code;

std::string leaf(const std::string& inside = {}, const std::string& attributes = {}, const std::string& url = {}) {
    return "<endpoint " + attributes + "><address uri='" + (url.empty() ? "http://127.0.0.1:1/" : url) + "'>" + inside +
           "</address></endpoint>";
}

std::string group(const std::string& defaults, const std::string& children, const std::string& attributes = {}) {
    return "<endpoint><loadbalance " + attributes + "><endpointDefaults>" + defaults + "</endpointDefaults>" +
           children + "</loadbalance></endpoint>";
}

/// The endpoints with limits, in order.
std::vector<Limits> limitsIn(const message::Endpoint& endpoint) {
    std::vector<Limits> found;
    endpoint.visit([&](const message::Endpoint& node) {
        if (const auto* limited = dynamic_cast<const LimitedEndpoint*>(&node)) found.push_back(limited->limits());
    });
    return found;
}

const std::string kFive = "<limit inFlight='5' queue='7' wait='30'/>";

/// "longest attempts" of the leaves, in order: what their time-outs come to.
std::vector<std::int64_t> timeouts(const message::Endpoint& endpoint) {
    std::vector<std::int64_t> found;
    endpoint.visit([&](const message::Endpoint& node) {
        bool leaf = true;
        node.visit([&](const message::Endpoint& below) { leaf = leaf && &below == &node; });
        if (leaf) found.push_back(node.bounds().waiting.count());
    });
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(InheritedOptions)

BOOST_AUTO_TEST_CASE(gv07AnEndpointHasWhatItsGroupSays) {
    Setup setup(group("<timeout><duration>1234</duration></timeout>" + kFive + "<rateLimit calls='3' per='100'/>",
                      leaf() + leaf("<timeout><duration>77</duration></timeout><limit inFlight='1'/>")));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_TEST(timeouts(*endpoint) == (std::vector<std::int64_t>{1234, 77}), boost::test_tools::per_element());
    const auto limits = limitsIn(*endpoint);
    BOOST_REQUIRE_EQUAL(limits.size(), 2U);
    BOOST_CHECK(limits[0].inFlight == (endpoints::InFlightLimit{5, 7, 30ms}));
    BOOST_CHECK(limits[1].inFlight == (endpoints::InFlightLimit{1, 0, 0ms}));
    for (const auto& one : limits) BOOST_CHECK(one.rate && one.rate->calls == 3 && one.rate->burst == 3);
}

BOOST_AUTO_TEST_CASE(gv07ReferencesAreWarnedOfHoweverDeep) {
    const auto findings = [](const std::string& xml) {
        config::StateStore states;
        return endpoints::test::Loaded(xml + leaf({}, "name='other'"), states).findings;
    };
    const std::string warning =
        "the <endpointDefaults> of the groups around do not reach the endpoint that this refers to\n";
    const auto tree = [](const std::string& defaults, const std::string& child) {
        return "<endpoint name='g'><loadbalance>" + defaults + "<endpoint><failover>" + leaf() + child +
               "</failover></endpoint></loadbalance></endpoint>";
    };
    const std::string defaults = "<endpointDefaults>" + kFive + "</endpointDefaults>";
    for (const std::string child :
         {"<endpoint key='other'/>", "<endpoint key-expression='//x'/>", "<endpoint key='{//x}'/>"}) {
        BOOST_CHECK_EQUAL(findings(tree(defaults, child)), warning);
        BOOST_CHECK_EQUAL(findings(tree({}, child)), "");
    }
    BOOST_CHECK_EQUAL(findings("<endpoint name='alone' key='other'/>"), "");
}

BOOST_AUTO_TEST_CASE(gv08OneEndpointMayWantNothingOfIt) {
    Setup setup(group("<timeout><duration>1234</duration></timeout>" + kFive, leaf() + leaf({}, "inherit='false'")));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_CHECK_EQUAL(limitsIn(*endpoint).size(), 1U);
    const auto found = timeouts(*endpoint);
    BOOST_REQUIRE_EQUAL(found.size(), 2U);
    BOOST_CHECK(found[0] == 1234 && found[1] != 1234);
}

BOOST_AUTO_TEST_CASE(theNearestGroupCountsForEachOption) {
    Setup setup(
        group("<timeout><duration>1000</duration></timeout>" + kFive,
              group("<limit inFlight='2'/>", leaf()) + group("<timeout><duration>5</duration></timeout>", leaf())));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_TEST(timeouts(*endpoint) == (std::vector<std::int64_t>{1000, 5}), boost::test_tools::per_element());
    const auto limits = limitsIn(*endpoint);
    BOOST_REQUIRE_EQUAL(limits.size(), 2U);
    BOOST_CHECK(limits[0].inFlight->most == 2 && limits[1].inFlight->most == 5);
}

BOOST_AUTO_TEST_CASE(suspensionIsInheritedValueByValueAndListsAreReplaced) {
    Setup setup(
        group("<suspendOnFailure><errorCodes>101500,101503</errorCodes><initialDuration>50</initialDuration></"
              "suspendOnFailure>",
              leaf("<suspendOnFailure><errorCodes>101500</errorCodes></suspendOnFailure>", {}, deadUrl()),
              "failover='false'"));
    const auto own = setup.endpoint();
    // 101503 is in the group's list and not in the endpoint's own.
    for (int i = 0; i < 3; ++i) BOOST_CHECK_EQUAL(send(*own).code, codes::kConnectionFailed);
    Setup other(
        group("<suspendOnFailure><errorCodes>101503</errorCodes></suspendOnFailure>",
              leaf("<suspendOnFailure><initialDuration>60000</initialDuration></suspendOnFailure>", {}, deadUrl())));
    const auto inheriting = other.endpoint();
    BOOST_CHECK_EQUAL(send(*inheriting).code, codes::kConnectionFailed);
    const auto second = send(*inheriting);
    BOOST_CHECK_EQUAL(second.code, codes::kGroupNoneReady);
    BOOST_CHECK(second.detail.find("for another 59") != std::string::npos ||
                second.detail.find("for another 60000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(membersHaveTheTimeoutAndTheLimits) {
    Setup setup(group("<timeout><duration>333</duration></timeout>" + kFive,
                      "<member hostName='127.0.0.1' httpPort='1'/><member hostName='127.0.0.1' httpPort='2'/>"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_CHECK_EQUAL(limitsIn(*endpoint).size(), 2U);
    // Both, with the wait in the queue.
    BOOST_CHECK(endpoint->bounds() == (message::Bounds{2, 726ms}));
    Setup suspending(group("<suspendOnFailure><initialDuration>1</initialDuration></suspendOnFailure>",
                           "<member hostName='127.0.0.1' httpPort='1'/>"));
    BOOST_CHECK(suspending.endpoint());
    BOOST_CHECK(suspending.found("<suspendOnFailure> has no effect on members"));
}

BOOST_AUTO_TEST_CASE(aRefusedMessageGoesToAnotherChildAndBlamesNobody) {
    Backend backend(endpoints::test::answer("200 OK"));
    const auto url = backend.url();
    Setup setup("<endpoint><failover><endpoint name='one'><address uri='" + url +
                "'><rateLimit calls='1' per='3600000'/></address></endpoint><endpoint name='two'><address uri='" + url +
                "'><rateLimit calls='2' per='100000' burst='1'/></address></endpoint></failover></endpoint>");
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_CHECK(send(*endpoint).answered);
    BOOST_CHECK(send(*endpoint).answered);
    const auto refused = send(*endpoint);
    BOOST_CHECK_EQUAL(refused.code, codes::kRateExceeded);
    BOOST_CHECK_EQUAL(refused.retryAfter, 50U);  // the one that ends first
    BOOST_CHECK(!refused.conclusive);
    BOOST_CHECK_EQUAL(backend.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(aFailureIsToldThoughTheOthersAreAtTheirLimit) {
    Setup setup("<endpoint><failover>" + leaf({}, {}, deadUrl()) +
                leaf("<rateLimit calls='1' per='3600000'/>", {}, deadUrl()) + "</failover></endpoint>");
    const auto endpoint = setup.endpoint();
    BOOST_CHECK_EQUAL(send(*endpoint).code, codes::kConnectionFailed);  // the second is used up, and suspended
    Setup fresh("<endpoint><failover>" +
                leaf("<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>", {}, deadUrl()) +
                leaf("<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>"
                     "<rateLimit calls='1' per='3600000'/>",
                     {},
                     deadUrl()) +
                "</failover></endpoint>");
    const auto both = fresh.endpoint();
    BOOST_CHECK_EQUAL(send(*both).code, codes::kConnectionFailed);
    const auto second = send(*both);
    BOOST_CHECK_EQUAL(second.code, codes::kConnectionFailed);
    BOOST_CHECK(second.detail.find("after 1 attempt") != std::string::npos);
    BOOST_CHECK(second.detail.find("gets no more than 1 message") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(gv17MaxAttemptsAreInTheBounds) {
    const std::string three = leaf("<timeout><duration>10</duration></timeout>") +
                              leaf("<timeout><duration>20</duration></timeout>") +
                              leaf("<timeout><duration>30</duration></timeout>");
    Setup setup("<endpoint><loadbalance maxAttempts='2'>" + three + "</loadbalance></endpoint>");
    BOOST_CHECK(setup.endpoint()->bounds() == (message::Bounds{2, 60ms}));
    Setup many("<endpoint><loadbalance maxAttempts='9'>" + three + "</loadbalance></endpoint>");
    BOOST_CHECK(many.endpoint()->bounds() == (message::Bounds{3, 60ms}));
}

BOOST_AUTO_TEST_SUITE_END()
