#include "endpoints/sessions/redis_store.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/engine/redis/fake_server.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace std::chrono_literals;

namespace {

const auto kNever = runtime::Deadline::never();

constexpr base::Milliseconds kWait = 400ms;

/// A store of one node; time is what the test says, except Redis's own.
struct Node {
    RedisStore store;
    base::TimePoint now = runtime::now();

    explicit Node(const redis::test::FakeServer& server, base::Milliseconds trust = 1000ms)
        : store(options(server, trust)) {}
    static RedisStore::Options options(const redis::test::FakeServer& server, base::Milliseconds trust) {
        RedisStore::Options options;
        options.client.server.address = server.address();
        options.client.probePeriod = 10ms;
        options.client.wait = kWait;
        options.trust = trust;
        return options;
    }
    void bind(std::string_view id, std::string_view path, base::Milliseconds life = 60s) {
        store.bind({"group", id}, path, life, now, kNever);
    }
    std::string find(std::string_view id) { return store.find({"group", id}, now, kNever).value_or("-"); }
    std::string claim(std::string_view id, std::string_view path) {
        return store.claim({"group", id}, path, 60s, now, kNever);
    }
    std::string replace(std::string_view id, std::string_view expected, std::string_view path) {
        return store.replace({"group", id}, expected, path, 60s, now, kNever);
    }
    void release(std::string_view id, std::string_view path) { store.release({"group", id}, path, now, kNever); }
    void renew(std::string_view id, base::Milliseconds life = 60s) { store.renew({"group", id}, life, now, kNever); }
    void unbind(std::string_view id) { store.unbind({"group", id}, now, kNever); }
    bool sharesAgain() {
        for (int i = 0; i < 5000 && !store.shared(); ++i) std::this_thread::sleep_for(1ms);
        // Later than what happened while it was away, as seen by who asks.
        now = std::max(now, runtime::now()) + 100ms;
        return store.shared();
    }
};

struct Fixture {
    redis::test::FakeServer server;
    Node one{server};
    Node two{server};

    void pass(base::Milliseconds time) {
        server.pass(time);
        one.now += time;
        two.now += time;
    }
};

class Lines : public observe::LogSink {
public:
    Lines() : before_(observe::exchangeLogSink(this)) {}
    ~Lines() override { observe::exchangeLogSink(before_); }
    void write(observe::Level level, std::string_view, std::string_view text) override {
        const std::lock_guard lock(mutex_);
        texts_.push_back((level == observe::Level::Warning ? "W " : "") + std::string(text));
    }
    std::vector<std::string> texts() {
        const std::lock_guard lock(mutex_);
        return texts_;
    }

private:
    observe::LogSink* before_;
    std::mutex mutex_;
    std::vector<std::string> texts_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(redis_store)

BOOST_FIXTURE_TEST_CASE(whatOneNodeBindsTheOtherFinds, Fixture) {
    BOOST_TEST(two.find("a") == "-");
    one.bind("a", "way\n");
    BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST(two.find("a") == "way\n");
    BOOST_TEST(two.store.find({"other", "a"}, two.now, kNever).has_value() == false);
    BOOST_TEST(one.store.counters().alone == 0U);
}

BOOST_FIXTURE_TEST_CASE(theIdIsNotToBeReadInRedis, Fixture) {
    one.bind("secret-id", "way\n");
    const auto values = server.values();
    BOOST_REQUIRE(values.size() == 1U);
    const std::string key = values.begin()->first;
    BOOST_TEST(key.find("myelin:") == 0U);
    BOOST_TEST(key.size() == 7U + 64U);
    BOOST_TEST(key.find("secret") == std::string::npos);
    BOOST_TEST(values.begin()->second == "way\n");
}

BOOST_FIXTURE_TEST_CASE(aSessionInUseAsksOnceInItsTrust, Fixture) {
    one.bind("a", "way\n");
    for (int i = 0; i < 1000; ++i) {
        pass(1ms);
        BOOST_REQUIRE(one.find("a") == "way\n");
    }
    BOOST_TEST(server.commandsNamed("GET") <= 1U);
    for (int i = 0; i < 3000; ++i) {
        pass(1ms);
        BOOST_REQUIRE(one.find("a") == "way\n");
    }
    BOOST_TEST(server.commandsNamed("GET") <= 5U);
    BOOST_TEST(server.commandsNamed("GET") >= 3U);
}

BOOST_FIXTURE_TEST_CASE(ofTwoNodesThatClaimASessionOneGetsIt, Fixture) {
    BOOST_TEST(one.claim("a", "way of one\n") == "way of one\n");
    BOOST_TEST(two.claim("a", "way of two\n") == "way of one\n");
    BOOST_TEST(two.find("a") == "way of one\n");
    BOOST_TEST(one.claim("a", "other way\n") == "way of one\n");
    // What another node has unbound is free again.
    one.unbind("a");
    two.now += 2s;
    BOOST_TEST(two.claim("a", "way of two\n") == "way of two\n");
    BOOST_TEST(one.find("a") == "way of two\n");
}

BOOST_FIXTURE_TEST_CASE(ofTwoNodesThatReplaceAWayOneGetsIt, Fixture) {
    one.bind("a", "way\n");
    BOOST_TEST(two.find("a") == "way\n");
    BOOST_TEST(one.replace("a", "way\n", "way of one\n") == "way of one\n");
    BOOST_TEST(two.replace("a", "way\n", "way of two\n") == "way of one\n");
    BOOST_TEST(two.find("a") == "way of one\n");
    BOOST_TEST(two.replace("a", "way of one\n", "way of two\n") == "way of two\n");
    BOOST_TEST(two.replace("b", "way\n", "way of two\n") == "way of two\n");
    BOOST_TEST(one.find("b") == "way of two\n");
    server.stop();
    BOOST_TEST(one.replace("b", "way\n", "way of one\n") == "way of two\n");
    BOOST_TEST(one.replace("b", "way of two\n", "way of one\n") == "way of one\n");
}

BOOST_FIXTURE_TEST_CASE(aSessionIsReleasedUntilAnotherComesUponIt, Fixture) {
    one.claim("a", "way\n");
    one.release("a", "way\n");
    BOOST_TEST(server.values().empty());
    BOOST_TEST(one.find("a") == "-");
    one.claim("a", "way\n");
    one.find("a");
    one.release("a", "way\n");
    BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST(server.values().size() == 1U);
    // Bound anew by another node.
    one.claim("b", "way\n");
    two.replace("b", "way\n", "way of two\n");
    one.release("b", "way\n");
    BOOST_TEST(one.find("b") == "way of two\n");
    // Lost to another node's claim: that one's to release.
    two.claim("c", "way\n");
    BOOST_TEST(one.claim("c", "way\n") == "way\n");
    one.release("c", "way\n");
    BOOST_TEST(two.find("c") == "way\n");
}

BOOST_FIXTURE_TEST_CASE(withoutRedisASessionIsClaimedFromMemoryAndToldLater, Fixture) {
    server.stop();
    BOOST_TEST(one.claim("a", "way\n") == "way\n");
    BOOST_TEST(one.claim("a", "other way\n") == "way\n");
    server.restart();
    BOOST_REQUIRE(one.sharesAgain());
    BOOST_TEST(one.claim("a", "third way\n") == "way\n");
    BOOST_TEST(one.store.counters().restored == 1U);
    BOOST_TEST(two.find("a") == "way\n");
}

BOOST_FIXTURE_TEST_CASE(anotherNodesChangeIsSeenWithinTheTrust, Fixture) {
    one.bind("a", "way\n");
    two.find("a");
    one.bind("a", "other way\n");
    two.now += 1001ms;
    BOOST_TEST(two.find("a") == "other way\n");
    one.unbind("a");
    BOOST_TEST(one.find("a") == "-");
    two.now += 1001ms;
    BOOST_TEST(two.find("a") == "-");
    BOOST_TEST(two.store.memory().size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(withoutTrustEachMessageAsks, Fixture) {
    Node strict(server, 0ms);
    strict.bind("a", "way\n");
    one.bind("a", "other way\n");
    BOOST_TEST(strict.find("a") == "other way\n");
    one.bind("a", "way\n");
    BOOST_TEST(strict.find("a") == "way\n");
}

BOOST_FIXTURE_TEST_CASE(aSessionEndsAtTheSameTimeEverywhere, Fixture) {
    one.bind("a", "way\n", 10s);
    pass(5s);
    BOOST_TEST(two.find("a") == "way\n");
    pass(4s);
    BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST(two.find("a") == "way\n");
    pass(1s);
    BOOST_TEST(one.find("a") == "-");
    BOOST_TEST(two.find("a") == "-");
    BOOST_TEST(server.values().empty());
}

BOOST_FIXTURE_TEST_CASE(renewingTellsRedisNowAndThenAndNeverEndsEarly, Fixture) {
    one.bind("a", "way\n", 10s);
    for (int i = 0; i < 5000; ++i) {
        pass(1ms);
        BOOST_REQUIRE(one.find("a") == "way\n");
        one.renew("a", 10s);
    }
    BOOST_TEST(server.commandsNamed("PEXPIRE") >= 4U);
    BOOST_TEST(server.commandsNamed("PEXPIRE") <= 6U);
    // It lives for ten seconds from its last use, for the other node as well, and not for two more.
    pass(9900ms);
    BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST(two.find("a") == "way\n");
    pass(1200ms);
    BOOST_TEST(one.find("a") == "-");
    BOOST_TEST(two.find("a") == "-");
}

BOOST_FIXTURE_TEST_CASE(withoutRedisEachNodeGoesOnAloneAndSaysSoOnce, Fixture) {
    Lines lines;
    one.bind("before", "way\n");
    two.find("before");
    server.stop();
    one.now += 2s;
    two.now += 2s;
    const auto begin = base::Clock::now();
    BOOST_TEST(one.find("before") == "way\n");
    BOOST_TEST(two.find("before") == "way\n");
    one.bind("during", "new way\n");
    BOOST_TEST(one.find("during") == "new way\n");
    BOOST_TEST(two.find("during") == "-");
    for (int i = 0; i < 1000; ++i) one.find(std::to_string(i));
    BOOST_TEST((base::Clock::now() - begin < 1s));
    BOOST_TEST(one.store.counters().alone >= 1003U);
    BOOST_TEST(one.store.counters().outages == 1U);
    BOOST_REQUIRE(lines.texts().size() == 2U);
    BOOST_TEST(lines.texts()[0].find("W redis://127.0.0.1:") == 0U);
    BOOST_TEST(lines.texts()[0].find(" is away (") != std::string::npos);

    server.restart();
    server.forget();  // it kept nothing
    BOOST_REQUIRE(one.sharesAgain());
    BOOST_REQUIRE(two.sharesAgain());
    BOOST_TEST(lines.texts().size() == 4U);
    BOOST_TEST(one.find("during") == "new way\n");
    BOOST_TEST(one.find("before") == "way\n");
    BOOST_TEST(two.find("during") == "new way\n");
    BOOST_TEST(one.store.counters().restored == 2U);
    BOOST_TEST(server.values().size() == 3U);  // and the probe's
}

BOOST_FIXTURE_TEST_CASE(aWayThatWasChangedWithoutRedisHoldsWhenItIsBack, Fixture) {
    for (const char* id : {"a", "b", "c", "d"}) {
        one.bind(id, "way\n");
        two.find(id);
    }
    server.stop();
    BOOST_TEST(one.replace("a", "way\n", "other way\n") == "other way\n");
    one.bind("b", "other way\n");
    BOOST_TEST(one.replace("c", "way\n", "other way\n") == "other way\n");
    BOOST_TEST(one.replace("d", "way\n", "way of one\n") == "way of one\n");
    BOOST_TEST(two.replace("d", "way\n", "way of two\n") == "way of two\n");
    server.restart();  // and knows the ways of before
    BOOST_REQUIRE(one.sharesAgain());
    BOOST_REQUIRE(two.sharesAgain());
    two.now += 2s;
    BOOST_TEST(one.find("a") == "other way\n");
    BOOST_TEST(one.claim("b", "third way\n") == "other way\n");
    BOOST_TEST(one.replace("c", "way\n", "third way\n") == "other way\n");
    BOOST_TEST(one.replace("c", "other way\n", "third way\n") == "third way\n");
    BOOST_TEST(two.find("a") == "other way\n");
    BOOST_TEST(two.find("b") == "other way\n");
    BOOST_TEST(two.find("c") == "third way\n");
    BOOST_TEST(one.store.counters().restored == 2U);
    // Of two that changed it the last one counts, for both, and once.
    BOOST_TEST(one.find("d") == "way of one\n");
    BOOST_TEST(two.find("d") == "way of two\n");
    one.now += 2s;
    BOOST_TEST(one.find("d") == "way of two\n");
    two.now += 2s;
    one.replace("d", "way of two\n", "way\n");
    BOOST_TEST(two.find("d") == "way\n");
}

BOOST_FIXTURE_TEST_CASE(whenBothBoundASessionMeanwhileTheFirstThatIsBackWins, Fixture) {
    one.bind("warm", "way\n");
    server.stop();
    one.bind("a", "way of one\n");
    two.bind("a", "way of two\n");
    server.restart();
    BOOST_REQUIRE(one.sharesAgain());
    BOOST_REQUIRE(two.sharesAgain());
    BOOST_TEST(two.find("a") == "way of two\n");
    BOOST_TEST(one.find("a") == "way of two\n");
}

BOOST_FIXTURE_TEST_CASE(aRedisThatForgotEverythingUnnoticedIsToldAgain, Fixture) {
    one.bind("a", "way\n");
    server.restart();
    server.forget();
    one.now = runtime::now() + 2s;
    BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST(one.store.counters().restored == 1U);
    BOOST_TEST(one.store.counters().outages == 0U);
    BOOST_TEST(two.find("a") == "way\n");
}

BOOST_FIXTURE_TEST_CASE(aRedisThatHasNoTimeIsNotAwayButSaidToBeLate, Fixture) {
    Lines lines;
    server.answers = [](const redis::test::Words&) -> std::optional<std::string> {
        std::this_thread::sleep_for(100ms);
        return std::nullopt;
    };
    for (int i = 0; i < 3; ++i) {
        const auto soon = runtime::Deadline::after(10ms, runtime::now());
        BOOST_TEST(!one.store.find({"group", "a"}, one.now, soon));
    }
    BOOST_TEST(one.store.counters().late == 3U);
    BOOST_TEST(one.store.counters().outages == 0U);
    BOOST_REQUIRE(lines.texts().size() == 1U);
    BOOST_TEST(lines.texts()[0].find(" is there, but does not answer all in time: 1 session was") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(aRedisThatHangsHoldsNobodyLongerThanItsWait, Fixture) {
    one.bind("a", "way\n");
    server.silent = true;
    one.now += 2s;
    const auto begin = base::Clock::now();
    BOOST_TEST(one.find("a") == "way\n");
    const auto first = base::Clock::now() - begin;
    BOOST_TEST((first >= kWait - 5ms && first < 3 * kWait));
    for (int i = 0; i < 100; ++i) BOOST_TEST(one.find("a") == "way\n");
    BOOST_TEST((base::Clock::now() - begin - first < kWait));
    server.silent = false;
}

BOOST_AUTO_TEST_SUITE_END()
