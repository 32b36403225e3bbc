#include "endpoints/health/health_state.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

// Rows XA, GV and IA are those of the checklists of other gateways.

namespace {

using namespace myelin;
using endpoints::Health;
using endpoints::HealthState;
using endpoints::ProbeResult;

/// A state that is fed with letters: g good, b bad, n neutral, one a second.
struct Fed {
    explicit Fed(std::uint32_t rise = 2, std::uint32_t fall = 3) : state(rise, fall) {}
    std::string feed(std::string_view letters) {
        std::string seen;
        for (const char letter : letters) {
            now += std::chrono::seconds(1);
            ProbeResult result;
            result.verdict = letter == 'g'   ? ProbeResult::Verdict::Good
                             : letter == 'b' ? ProbeResult::Verdict::Bad
                                             : ProbeResult::Verdict::Neutral;
            result.took = base::Milliseconds(letter == 'g' ? 10 : 30);
            result.request = "GET /health";
            result.text = std::string("result ") + letter;
            state.observe(result, now);
            const auto health = state.snapshot().health;
            const bool in = health == Health::Up || health == Health::TransitionallyDown;
            BOOST_CHECK_EQUAL(state.ready(), in);
            seen += health == Health::Up                   ? 'U'
                    : health == Health::TransitionallyDown ? 'd'
                    : health == Health::Down               ? 'D'
                                                           : 'u';
        }
        return seen;
    }
    HealthState state;
    base::TimePoint now{std::chrono::hours(1)};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(HealthStates)

BOOST_AUTO_TEST_CASE(rowGV15ThreeFailuresDownTwoSuccessesUp) {
    Fed fed;
    BOOST_CHECK(fed.state.ready());
    BOOST_CHECK_EQUAL(fed.feed("gbbb"), "UddD");
    BOOST_CHECK_EQUAL(fed.feed("bgbgg"), "DuDuU");
    BOOST_CHECK_EQUAL(Fed(1, 1).feed("bgbg"), "DUDU");
    BOOST_CHECK_EQUAL(Fed(3, 2).feed("bbgggb"), "dDuuUd");
}

BOOST_AUTO_TEST_CASE(rowGV16FlappingIsSeenAndNeverReachesDown) {
    Fed fed;
    BOOST_CHECK_EQUAL(fed.feed("gbgbgbbgbb"), "UdUdUddUdd");
    const auto seen = fed.state.snapshot();
    BOOST_CHECK_EQUAL(seen.changes.size(), 7U);
    BOOST_CHECK_EQUAL(seen.changes.back().reason, "result b");
}

BOOST_AUTO_TEST_CASE(rowIA11NeutralResultsAreCountedAndFreezeNothing) {
    Fed fed;
    BOOST_CHECK_EQUAL(fed.feed("nnnnnnnn"), "UUUUUUUU");
    // They end no row: bad ones with neutral ones between are still in a row.
    BOOST_CHECK_EQUAL(fed.feed("bnbnb"), "ddddD");
    // Five in a row (rise + fall), and nothing speaks against the server any more.
    BOOST_CHECK_EQUAL(fed.feed("nnnnn"), "DDDDU");
    BOOST_CHECK_EQUAL(fed.state.snapshot().neutral, 15U);
    BOOST_CHECK_EQUAL(fed.feed("bbbnnbnnnnn"), "ddDDDDDDDDU");
}

BOOST_AUTO_TEST_CASE(rowGV25WhatIsKeptForPeople) {
    Fed fed;
    fed.feed("ggbg");
    auto seen = fed.state.snapshot();
    BOOST_CHECK_EQUAL(seen.good, 3U);
    BOOST_CHECK_EQUAL(seen.bad, 1U);
    BOOST_CHECK(seen.averageProbe == base::Milliseconds(15));
    BOOST_CHECK_EQUAL(seen.lastBad.request, "GET /health");
    BOOST_CHECK(seen.lastBadAt == fed.now - std::chrono::seconds(1));
    BOOST_CHECK(seen.since == fed.now);
    for (int i = 0; i < 20; ++i) fed.feed("bg");
    BOOST_CHECK_EQUAL(fed.state.snapshot().changes.size(), 16U);
}

BOOST_AUTO_TEST_CASE(recoveryIsWhenItComesBackAndNotAtTheStart) {
    Fed fed;
    fed.feed("gbg");
    BOOST_CHECK_EQUAL(fed.state.recoveredAt(), 0);
    fed.feed("bbbgg");
    BOOST_CHECK_EQUAL(fed.state.recoveredAt(), fed.now.time_since_epoch().count());
}

BOOST_AUTO_TEST_SUITE_END()
