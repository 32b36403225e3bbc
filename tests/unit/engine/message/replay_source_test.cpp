#include "engine/message/replay_source.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using message::test::drain;
using message::test::FakeBodySource;

namespace {

constexpr std::string_view kText = "0123456789";

/// The text cut at every position in turn, so that pieces end at every byte.
std::vector<std::vector<std::string>> cuts() {
    std::vector<std::vector<std::string>> all{{std::string(kText)}};
    for (std::size_t i = 1; i < kText.size(); ++i) {
        for (std::size_t j = i; j < kText.size(); ++j) {
            std::vector<std::string> pieces{std::string(kText.substr(0, i))};
            if (j > i) pieces.emplace_back(kText.substr(i, j - i));
            pieces.emplace_back(kText.substr(j));
            all.push_back(pieces);
        }
    }
    return all;
}

std::string read(http::BodySource& source, std::size_t calls) {
    std::string out;
    for (std::size_t i = 0; i < calls; ++i) out.append(source.next(http::Deadline::never()).bytes);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_source)

BOOST_AUTO_TEST_CASE(starts_again_after_any_number_of_pieces) {
    for (const auto& pieces : cuts()) {
        for (std::size_t stop = 0; stop <= pieces.size() + 1; ++stop) {
            for (std::size_t second = 0; second <= pieces.size() + 1; ++second) {
                FakeBodySource source(pieces);
                ReplaySource replay(source, kText.size());
                read(replay, stop);
                BOOST_REQUIRE(replay.restart());
                read(replay, second);
                BOOST_REQUIRE(replay.restart());
                const auto all = drain(http::OutgoingBody::relay(replay));
                BOOST_REQUIRE(all.text == kText);
                BOOST_REQUIRE((all.status == http::BodyStatus::End));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_it_goes_on_but_not_back) {
    for (std::size_t limit = 0; limit < kText.size(); ++limit) {
        for (const auto& pieces : cuts()) {
            FakeBodySource source(pieces);
            ReplaySource replay(source, limit);
            BOOST_REQUIRE(replay.restartable());
            // What was kept so far is all that went by, or going back is refused.
            std::size_t gone = 0;
            for (const auto& piece : pieces) {
                gone += piece.size();
                BOOST_REQUIRE(replay.next(http::Deadline::never()).bytes == piece);
                BOOST_REQUIRE(replay.restartable() == (gone <= limit));
            }
            BOOST_REQUIRE((replay.next(http::Deadline::never()).status == http::BodyStatus::End));
            BOOST_REQUIRE(!replay.restart());
        }
    }
}

BOOST_AUTO_TEST_CASE(going_back_and_overflowing_later_loses_nothing) {
    FakeBodySource source(std::vector<std::string>{"ab", "cd", "ef"});
    ReplaySource replay(source, 4);
    BOOST_TEST(read(replay, 2) == "abcd");
    BOOST_TEST(replay.restart());
    BOOST_TEST(drain(http::OutgoingBody::relay(replay)).text == "abcdef");
    BOOST_TEST(!replay.restart());
}

BOOST_AUTO_TEST_CASE(an_untouched_source_can_start_without_a_limit) {
    FakeBodySource source(std::string("x"));
    source.whole = true;
    ReplaySource replay(source, 0);
    BOOST_TEST(replay.restart());
    BOOST_TEST(replay.wholeIfBuffered().value_or("") == "x");
    replay.next(http::Deadline::never());
    BOOST_TEST(!replay.restart());
    BOOST_TEST(!replay.wholeIfBuffered());
}

BOOST_AUTO_TEST_CASE(all_kept_is_whole) {
    FakeBodySource source(std::vector<std::string>{"ab", "cd"});
    ReplaySource replay(source, 10);
    BOOST_TEST(!replay.wholeIfBuffered());
    drain(http::OutgoingBody::relay(replay));
    BOOST_TEST(!replay.wholeIfBuffered());
    replay.restart();
    BOOST_TEST(replay.wholeIfBuffered().value_or("") == "abcd");
}

BOOST_AUTO_TEST_CASE(ends_are_repeated_and_waits_are_not) {
    for (const auto status : {http::BodyStatus::Truncated, http::BodyStatus::Malformed, http::BodyStatus::TooLarge}) {
        FakeBodySource source({"ab"}, status);
        ReplaySource replay(source, 10);
        BOOST_TEST((drain(http::OutgoingBody::relay(replay)).status == status));
        const unsigned calls = source.calls;
        BOOST_TEST(replay.restart());
        const auto again = drain(http::OutgoingBody::relay(replay));
        BOOST_TEST(again.text == "ab");
        BOOST_TEST((again.status == status));
        BOOST_TEST(source.calls == calls);
        BOOST_TEST((replay.wholeIfBuffered() == std::nullopt));
    }
    FakeBodySource slow({"ab"}, http::BodyStatus::TimedOut);
    ReplaySource replay(slow, 10);
    drain(http::OutgoingBody::relay(replay));
    const unsigned calls = slow.calls;
    replay.restart();
    drain(http::OutgoingBody::relay(replay));
    BOOST_TEST(slow.calls == calls + 1);
}

BOOST_AUTO_TEST_SUITE_END()
