#include "engine/dispatch/bounds.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <string>

#include "tests/unit/engine/config/temporary_folder.hpp"

using namespace myelin;

namespace {

/// `count` leaves that take 100 ms each, tried one after the other.
std::string failover(const std::string& name, unsigned count, const std::string& onError = {}) {
    std::string xml = "<endpoint name='" + name + "'><failover>";
    for (unsigned i = 0; i < count; ++i) {
        xml += "<endpoint" + (onError.empty() ? "" : " onError='" + onError + "'") +
               "><address uri='http://127.0.0.1:1/" + std::to_string(i) +
               "'><timeout><duration>100</duration></timeout></address></endpoint>";
    }
    return xml + "</failover></endpoint>";
}

std::string send(unsigned count) {
    return "<send>" + failover("inner" + std::to_string(count), count) + "</send>";
}

std::string sequence(const std::string& name, const std::string& content, const std::string& attributes = {}) {
    return "<sequence name='" + name + "' " + attributes + ">" + content + "</sequence>";
}

struct Loaded {
    explicit Loaded(const std::string& artifacts, const config::Settings& settings = {}) {
        const config::test::TemporaryFolder folder;
        folder.write("synapse.xml",
                     "<definitions xmlns='http://ws.apache.org/ns/synapse'>\n" + artifacts + "</definitions>");
        auto configuration = config::Configuration::load(folder.path("synapse.xml"), settings, states, diagnostics);
        for (const auto& finding : diagnostics.sorted()) BOOST_TEST_MESSAGE(finding.what);
        BOOST_REQUIRE(configuration);
        router = std::make_unique<dispatch::Router>(std::move(configuration));
        for (auto& route : dispatch::boundsOf(*router)) routes.emplace(route.route, route);
        dispatch::checkBounds(*router, settings, diagnostics);
    }
    std::size_t attempts(const std::string& route) const {
        BOOST_REQUIRE_MESSAGE(routes.count(route) == 1, "no route " + route);
        return routes.at(route).bounds.attempts;
    }

    config::Diagnostics diagnostics;
    config::StateStore states;
    std::unique_ptr<dispatch::Router> router;
    std::map<std::string, dispatch::RouteBounds> routes;
};

std::size_t attemptsOfMain(const std::string& artifacts) {
    return Loaded(artifacts).attempts("main");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounds_of_routes)

BOOST_AUTO_TEST_CASE(mediators_add_up_and_branches_take_the_larger_one) {
    BOOST_TEST(attemptsOfMain(sequence("main", "<log/><respond/>")) == 0U);
    BOOST_TEST(attemptsOfMain(sequence("main", "<in>" + send(3) + "</in><out><send/></out>")) == 3U);
    BOOST_TEST(attemptsOfMain(sequence("main", "<in>" + send(3) + send(4) + "</in>")) == 7U);
    BOOST_TEST(attemptsOfMain(sequence("main",
                                       "<in><filter xpath='true()'><then>" + send(2) + "</then><else>" + send(5) +
                                           "</else></filter></in>")) == 5U);
    BOOST_TEST(attemptsOfMain(sequence("main",
                                       "<in><switch source='1'><case regex='1'>" + send(2) + "</case><case regex='2'>" +
                                           send(6) + "</case><default>" + send(3) + "</default></switch></in>")) == 6U);
    BOOST_TEST(
        attemptsOfMain(failover("named", 4) + sequence("main", "<in><send><endpoint key='named'/></send></in>")) == 4U);
}

BOOST_AUTO_TEST_CASE(waiting_is_cut_by_the_global_timeout) {
    config::Settings settings;
    settings.globalTimeout = base::Milliseconds(250);
    const Loaded loaded(sequence("main", "<in>" + send(4) + "</in>"), settings);
    const auto& route = loaded.routes.at("main");
    // A leaf alone does not wait longer than the exchange either.
    BOOST_TEST(route.bounds.waiting.count() == 400);
    BOOST_TEST(route.waiting.count() == 250);
    BOOST_TEST(route.dearest.find("inner4") != std::string::npos);
    BOOST_TEST(dispatch::seconds(route.waiting) == "0.25 s");
    BOOST_TEST(dispatch::seconds(base::Milliseconds(12'000)) == "12 s");
    BOOST_TEST(dispatch::seconds(base::Milliseconds(1'020)) == "1.02 s");
}

BOOST_AUTO_TEST_CASE(an_out_flow_runs_once_for_each_answer) {
    const std::string twice = "<in>" + send(1) + send(2) + "</in>";
    // Two answers, each of which goes through the out sequence and its receiving-less send of five.
    BOOST_TEST(attemptsOfMain(sequence("main", twice) +
                              "<proxy name='p'><target inSequence='i' outSequence='o'/></proxy>" +
                              sequence("i", send(1) + send(2)) + sequence("o", "<log/>")) == 3U);
    const Loaded loaded("<proxy name='p'><target inSequence='i' outSequence='o'/></proxy>" +
                        sequence("i", send(1) + send(2)) +
                        sequence("o", "<filter xpath='false()'>" + send(5) + "</filter>"));
    // Every answer may be sent on again: 32 out flows are run and no more.
    BOOST_TEST(loaded.attempts("proxy p") == 3U + 32U * 5U);
}

BOOST_AUTO_TEST_CASE(a_receiving_sequence_takes_the_place_of_the_out_sequence) {
    const std::string in = "<send receive='r'>" + failover("first", 2) + "</send>";
    const Loaded loaded(sequence("r", send(3)) + sequence("out", "<send/>") + sequence("i", in) +
                        "<proxy name='p'><target inSequence='i' outSequence='out'/></proxy>");
    BOOST_TEST(loaded.attempts("proxy p") == 5U);
}

BOOST_AUTO_TEST_CASE(faults_are_handled_at_a_price) {
    BOOST_TEST(attemptsOfMain(sequence("handler", send(4)) +
                              sequence("main", "<in>" + send(2) + "</in>", "onError='handler'")) >= 6U);
    const Loaded loaded("<proxy name='p'><target inSequence='i' faultSequence='f'/></proxy>" + sequence("i", send(2)) +
                        sequence("f", "<filter xpath='false()'><then><drop/></then><else><log/></else></filter>"));
    BOOST_TEST(loaded.attempts("proxy p") == 2U);
    BOOST_TEST(
        Loaded(sequence("fault", send(4)) + "<proxy name='p'><target inSequence='i'/></proxy>" + sequence("i", send(2)))
            .attempts("proxy p") >= 6U);
    // One onError sequence for one send, whichever leaf fails last.
    BOOST_TEST(Loaded(sequence("handler", send(4)) +
                      "<proxy name='p'><target inSequence='i' outSequence='o'/></proxy>" + sequence("o", "<log/>") +
                      sequence("i", "<send>" + failover("guarded", 2, "handler") + "</send>"))
                   .attempts("proxy p") == 6U);
}

BOOST_AUTO_TEST_CASE(computed_names_could_be_any) {
    BOOST_TEST(attemptsOfMain(failover("small", 2) + failover("large", 7) +
                              sequence("main", "<in><send><endpoint key='{string(1)}'/></send></in>")) == 7U);
    // In itself, too, as deep as such calls may nest: "a" 32 times with its own two, then nothing.
    const Loaded loaded(sequence("a", send(2) + "<sequence key='{string(1)}'/>") + sequence("b", send(9)) +
                        "<proxy name='p'><target inSequence='i' outSequence='o'/></proxy>" + sequence("o", "<log/>") +
                        sequence("i", "<sequence key='{string(1)}'/>"));
    BOOST_TEST(loaded.attempts("proxy p") == 31U * 2U + 9U);
}

BOOST_AUTO_TEST_CASE(recipients_fail_each_for_itself) {
    // Three recipients of two tries each, and for each of them the fault sequence with its four.
    const std::string list = "<send><endpoint><recipientlist>" + failover("x", 2) + failover("y", 2) +
                             failover("z", 2) + "</recipientlist></endpoint></send>";
    const std::string proxy = "<proxy name='p'><target inSequence='i' outSequence='o' faultSequence='f'/></proxy>";
    const Loaded loaded(proxy + sequence("i", list) + sequence("o", "<log/>") + sequence("f", "<log/>"));
    BOOST_TEST(loaded.attempts("proxy p") == 6U);
    const Loaded handled(proxy + sequence("i", list, "onError='h'") + sequence("o", "<log/>") +
                         sequence("f", "<log/>") +
                         sequence("h", "<filter xpath='true()'><then>" + send(4) + "</then></filter>"));
    BOOST_TEST(handled.attempts("proxy p") >= 6U + 3U * 4U);
}

BOOST_AUTO_TEST_CASE(every_route_has_its_line) {
    const Loaded loaded(
        "<api name='a' context='/a'><resource methods='GET PUT' uri-template='/x/{id}'><inSequence>" + send(2) +
        "</inSequence></resource><resource><inSequence><respond/></inSequence></resource></api>" +
        "<proxy name='p'><target>" + failover("t", 3) + "</target></proxy>" + sequence("main", "<drop/>"));
    BOOST_TEST(loaded.routes.size() == 4U);
    BOOST_TEST(loaded.attempts("main") == 0U);
    BOOST_TEST(loaded.attempts("proxy p") == 3U);
    BOOST_TEST(loaded.attempts("API a GET,PUT /x/{id}") == 2U);
    BOOST_TEST(loaded.attempts("API a /*") == 0U);
}

BOOST_AUTO_TEST_CASE(a_limit_refuses_what_goes_beyond_it) {
    config::Settings settings;
    settings.maximumAttempts = 3;
    const std::string four = failover("four", 4) + sequence("main", "<in><send><endpoint key='four'/></send></in>");
    const Loaded refused(four, settings);
    BOOST_REQUIRE(refused.diagnostics.errorCount() == 1U);
    const auto finding = refused.diagnostics.sorted().front();
    BOOST_TEST(
        finding.what ==
        "one message on the route \"main\" can take 4 attempts and 0.4 s of waiting, which is beyond the limit of 3 "
        "attempts");
    BOOST_TEST(finding.help.find("the largest part is endpoint \"four\" at ") == 0U);
    BOOST_TEST(finding.place.line == 2U);

    settings.maximumAttempts = 4;
    BOOST_TEST(!Loaded(four, settings).diagnostics.hasErrors());
    settings.maximumWaiting = base::Milliseconds(399);
    BOOST_TEST(Loaded(four, settings).diagnostics.hasErrors());
    settings.maximumAttempts = 0;
    settings.maximumWaiting = base::Milliseconds(0);
    BOOST_TEST(!Loaded(four, settings).diagnostics.hasErrors());
}

BOOST_AUTO_TEST_SUITE_END()
