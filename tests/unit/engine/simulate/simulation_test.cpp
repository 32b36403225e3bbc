#include "engine/simulate/simulation.hpp"

#include <Poco/TemporaryFile.h>
#include <boost/test/unit_test.hpp>

#include <fstream>

#include "engine/config/configuration.hpp"
#include "engine/observe/log.hpp"
#include "engine/simulate/report.hpp"

using namespace myelin;
using namespace myelin::simulate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(simulations)

namespace {

/// Three addresses in a load-balance group on the route "main"; `inside` stands in each <address>.
std::string three(const std::string& group, const std::string& inside) {
    std::string text = R"(<definitions xmlns="http://ws.apache.org/ns/synapse"><endpoint name="all">)" + group;
    for (const char* name : {"a", "b", "c"}) {
        text += std::string("<endpoint name=\"") + name + "\"><address uri=\"http://" + name + ".example/s\">" +
                inside + "</address></endpoint>";
    }
    return text + R"(</loadbalance></endpoint><sequence name="main"><in><send><endpoint key="all"/></send></in>)" +
           "<out><send/></out></sequence></definitions>";
}

struct Played {
    Result result;
    std::string reports;
};

Played play(const std::string& configuration, const Script& script, std::uint64_t calls, bool straight = false) {
    observe::setLogLevel(observe::Level::Off);
    const Poco::TemporaryFile file;
    std::ofstream(file.path()) << configuration;
    Played played;
    Simulation simulation(script);
    config::StateStore states;
    config::Diagnostics diagnostics;
    config::Settings settings;
    auto loaded = config::Configuration::load(file.path(), settings, states, diagnostics);
    BOOST_REQUIRE(loaded);
    const dispatch::Router router(loaded);
    played.result = simulation.run(router, settings, calls, straight ? loaded->endpoint("all") : nullptr);
    played.reports =
        textReport(played.result, script) + jsonReport(played.result, script) + svgReport(played.result, script);
    return played;
}

const std::string kSuspend =
    "<suspendOnFailure><initialDuration>30000</initialDuration><progressionFactor>1</progressionFactor>"
    "</suspendOnFailure>";

}  // namespace

BOOST_AUTO_TEST_CASE(roundRobinIsExact) {
    const auto played = play(three("<loadbalance>", ""), {}, 3001);
    BOOST_REQUIRE_EQUAL(played.result.groups.size(), 1U);
    const auto& group = played.result.groups[0];
    BOOST_CHECK(played.result.verdicts[0].kind == Verdict::Kind::Exact);
    BOOST_CHECK_EQUAL(group.children[0].picks, 1001U);
    BOOST_CHECK_EQUAL(group.children[1].picks, 1000U);
    BOOST_CHECK_EQUAL(group.children[2].longestRun, 1U);
    BOOST_CHECK_EQUAL(played.result.statuses.at(200), 3001U);
    BOOST_CHECK_EQUAL(played.result.backends.at("a.example:80").answered, 1001U);
}

BOOST_AUTO_TEST_CASE(aSuspendedChildGetsNothingForItsThirtySeconds) {
    Script script;
    script.rate = 10;
    Period outage;
    outage.from = 10s;
    outage.to = 60s;
    outage.trouble = Trouble::Refuse;
    script.backends["b.example:80"].periods.push_back(outage);
    const auto played = play(three("<loadbalance>", kSuspend), script, 1200);
    const auto& group = played.result.groups.at(0);
    BOOST_CHECK_EQUAL(played.result.statuses.at(200), 1200U);
    BOOST_CHECK_EQUAL(played.result.backends.at("b.example:80").refused, 2U);
    BOOST_REQUIRE_EQUAL(group.events.size(), 4U);
    // It is asked every 300 ms, and leaves within that time after 10 s.
    const auto left = group.events[0].at;
    BOOST_CHECK(left >= 10s && left <= 10'300ms);
    BOOST_CHECK(group.events[0].child == 1 && !group.events[0].available);
    BOOST_CHECK(group.events[1].available);
    // Ready again after exactly 30 s; the next message, within 100 ms, finds that out.
    BOOST_CHECK(group.events[1].at - left >= 30s && group.events[1].at - left <= 30'100ms);
    std::uint64_t meanwhile = 0;
    for (std::size_t slot = 0; slot < group.children[1].timeline.size(); ++slot) {
        const auto begin = played.result.bucket * static_cast<base::Duration::rep>(slot);
        if (begin > left && begin + played.result.bucket <= left + 30s) meanwhile += group.children[1].timeline[slot];
    }
    BOOST_CHECK_EQUAL(meanwhile, 0U);
    BOOST_CHECK(played.result.verdicts[0].kind == Verdict::Kind::Exact);
}

BOOST_AUTO_TEST_CASE(aHangEndsWithTheEndpointsTimeout) {
    Script script;
    script.rate = 1;
    Period hang;
    hang.trouble = Trouble::Hang;
    script.others.periods.push_back(hang);
    const auto played =
        play(three("<loadbalance failover=\"false\">",
                   "<timeout><duration>5000</duration><responseAction>fault</responseAction></timeout>"),
             script,
             2);
    BOOST_CHECK(played.result.quantile(0) == 5s);
    BOOST_CHECK_EQUAL(played.result.groups.at(0).codes.at(101504), 2U);
    BOOST_CHECK_EQUAL(played.result.backends.at("a.example:80").timedOut, 1U);
}

BOOST_AUTO_TEST_CASE(limitsHoldInVirtualTime) {
    Script script;
    script.rate = 100;
    script.others.latency = {100ms, 0ms};
    // Three servers with two places each: 60 calls a second, and 100 come.
    const auto limited =
        three("<loadbalance><endpointDefaults><limit inFlight='2' queue='12' wait='1000'/></endpointDefaults>", "");
    const auto played = play(limited, script, 6000, true);
    const auto& group = played.result.groups.at(0);
    const auto answered = played.result.statuses.at(200);
    BOOST_CHECK(answered >= 3570 && answered <= 3640);
    BOOST_CHECK_EQUAL(played.result.statuses.at(503), 6000 - answered);
    for (const auto& child : group.children) {
        BOOST_CHECK(child.answered >= 1180 && child.answered <= 1220);
        // Whoever is at a limit is not out of service.
        BOOST_CHECK(child.out.count() == 0);
    }
    BOOST_CHECK_EQUAL(group.nobody, 0U);
    BOOST_CHECK(group.limited >= 5900);
    // 36 can wait, 60 a second leave, and then comes the call itself.
    BOOST_CHECK_GE(played.result.quantile(1).count(), base::Duration(650ms).count());
    BOOST_CHECK_LE(played.result.quantile(1).count(), base::Duration(720ms).count());
    BOOST_CHECK(played.reports == play(limited, script, 6000, true).reports);

    const auto slow = three("<loadbalance><endpointDefaults><rateLimit calls='10' burst='1'/></endpointDefaults>", "");
    const auto rated = play(slow, script, 6000, true);
    BOOST_CHECK(rated.result.statuses.at(200) >= 1790 && rated.result.statuses.at(200) <= 1803);
}

BOOST_AUTO_TEST_CASE(twoRunsAreEqualByteForByte) {
    Script script;
    script.poisson = true;
    script.rate = 50;
    script.others.latency = {20ms, 10ms};
    script.others.failures = 0.01;
    const auto configuration = three("<loadbalance>", kSuspend);
    const auto first = play(configuration, script, 5000);
    BOOST_CHECK(first.reports == play(configuration, script, 5000).reports);
    script.seed = 2;
    BOOST_CHECK(first.reports != play(configuration, script, 5000).reports);
}

BOOST_AUTO_TEST_CASE(callsCanGoStraightToAnEndpoint) {
    const auto played = play(three("<loadbalance>", ""), {}, 30, true);
    BOOST_CHECK_EQUAL(played.result.statuses.at(200), 30U);
    BOOST_CHECK_EQUAL(played.result.groups.at(0).children[0].picks, 10U);
}

BOOST_AUTO_TEST_CASE(answersComeAfterTheirLatency) {
    Script script;
    script.others.latency = {40ms, 10ms};
    const auto played = play(three("<loadbalance>", ""), script, 500);
    BOOST_CHECK(played.result.quantile(0) >= 30ms);
    BOOST_CHECK(played.result.quantile(1) <= 51ms);
    BOOST_CHECK(played.result.quantile(0.5) >= 37ms && played.result.quantile(0.5) <= 43ms);
}

BOOST_AUTO_TEST_SUITE_END()
