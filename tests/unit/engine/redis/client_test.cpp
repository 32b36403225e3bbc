#include "engine/redis/client.hpp"

#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/scope_exit.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/engine/redis/fake_server.hpp"

using namespace myelin;
using namespace myelin::redis;
using namespace std::chrono_literals;

namespace {

const auto kNever = runtime::Deadline::never();

constexpr base::Milliseconds kWait = 400ms;

struct Changes {
    std::mutex mutex;
    std::vector<std::string> texts;
};

struct Fixture {
    test::FakeServer server;
    // A probe under way may outlive the client, and this.
    std::shared_ptr<Changes> changes = std::make_shared<Changes>();
    std::shared_ptr<Client> client = make({});

    std::shared_ptr<Client> make(const std::string& password, unsigned database = 0, base::Milliseconds wait = kWait) {
        Client::Options options;
        options.server.address = server.address();
        options.server.address.database = database;
        options.server.password = password;
        options.wait = wait;
        options.probeKey = "probe";
        options.probePeriod = 10ms;
        return std::make_shared<Client>(std::move(options), [to = changes](bool available, const std::string& why) {
            const std::lock_guard lock(to->mutex);
            to->texts.push_back(available ? "back" : "away: " + why);
        });
    }
    /// What it answered, or "-" when it is away.
    std::string get(const std::string& key, runtime::Deadline deadline = kNever) {
        const auto replies = client->call(command({"GET", key}), 1, deadline);
        if (replies.empty()) return "-";
        return replies[0].kind == Reply::Kind::Text ? replies[0].text : "nothing";
    }
    bool backWithin(base::Milliseconds limit) {
        const auto end = base::Clock::now() + limit;
        while (!client->available() && base::Clock::now() < end) std::this_thread::sleep_for(1ms);
        return client->available();
    }
    std::vector<std::string> seen() {
        const std::lock_guard lock(changes->mutex);
        return changes->texts;
    }
};

/// Runs in so many fibers of one loop at the same time.
void inFibers(int count, const std::function<void(int)>& body) {
    // A thread as workers have them, whose connections go when it ends.
    std::thread([&] {
        runtime::Loop loop;
        int left = count;
        for (int i = 0; i < count; ++i) {
            loop.spawn([&, i] {
                body(i);
                if (--left == 0) loop.stop();
            });
        }
        loop.run();
    }).join();
}

base::Milliseconds since(base::TimePoint begin) {
    return std::chrono::duration_cast<base::Milliseconds>(base::Clock::now() - begin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_FIXTURE_TEST_CASE(commandsAreAnsweredInAndOutsideOfFibers, Fixture) {
    const auto use = [&](int i) {
        const std::string key = "key" + std::to_string(i);
        BOOST_TEST(client->call(command({"SET", key, key, "PX", "60000"}), 1, kNever).size() == 1U);
        BOOST_TEST(get(key) == key);
        BOOST_TEST(get("no " + key) == "nothing");
        const auto both = client->call(command({"GET", key}) + command({"PTTL", key}), 2, kNever);
        BOOST_REQUIRE(both.size() == 2U);
        BOOST_TEST(both[0].text == key);
        BOOST_TEST(both[1].number > 50'000);
    };
    use(0);
    use(1);
    BOOST_TEST(server.connections() == 1);
    inFibers(50, use);
    // Those of the loop are its own, and few.
    BOOST_TEST(server.connections() == 5);
    BOOST_TEST(seen().empty());
}

BOOST_FIXTURE_TEST_CASE(aConnectionIsLoggedInOnItsDatabase, Fixture) {
    client = make("secret", 3);
    BOOST_TEST(get("a") == "nothing");
    BOOST_TEST(get("b") == "nothing");
    const auto commands = server.commands();
    BOOST_REQUIRE(commands.size() == 4U);
    BOOST_TEST((commands[0] == test::Words{"AUTH", "secret"}));
    BOOST_TEST((commands[1] == test::Words{"SELECT", "3"}));
}

BOOST_FIXTURE_TEST_CASE(aWrongPasswordIsToldWithoutThePassword, Fixture) {
    server.answers = [](const test::Words& words) -> std::optional<std::string> {
        if (words[0] == "AUTH") return "-WRONGPASS invalid username-password pair\r\n";
        return "-NOAUTH Authentication required.\r\n";
    };
    client = make("secret");
    BOOST_TEST(get("a") == "-");
    BOOST_REQUIRE(seen().size() == 1U);
    BOOST_TEST(seen()[0] == "away: it refused the login: WRONGPASS");
}

BOOST_FIXTURE_TEST_CASE(aServerThatRepeatsThePasswordDoesNotBringItIntoTheLog, Fixture) {
    for (const char* const before : {"ERR unknown command `AUTH`, with args beginning with: `", "", "E"}) {
        client = nullptr;
        server.stop();
        server.answers = [before](const test::Words& words) -> std::optional<std::string> {
            return '-' + std::string(before) + words.back() + "`\r\n";
        };
        server.restart();
        client = make("hunter2SECRET");
        BOOST_TEST(get("a") == "-");
        BOOST_TEST(seen().back().find("away: it refused the login: ") == 0U);
        BOOST_TEST(seen().back().find("hunter") == std::string::npos);
    }
    BOOST_TEST(seen()[0] == "away: it refused the login: ERR");
}

BOOST_FIXTURE_TEST_CASE(aBurstIsNotTheFaultOfAServerThatAnswers, Fixture) {
    client = make({}, 0, 250ms);
    server.answers = [](const test::Words&) -> std::optional<std::string> {
        std::this_thread::sleep_for(5ms);
        return std::nullopt;
    };
    std::atomic<int> right{0};
    inFibers(160, [&](int i) {
        const std::string key = std::to_string(i);
        const auto replies = client->call(command({"SET", key, key, "PX", "60000"}) + command({"GET", key}), 2, kNever);
        if (replies.size() == 2 && replies[1].text == key) ++right;
    });
    BOOST_TEST(right == 160);
    BOOST_TEST(seen().empty());
    BOOST_TEST(server.connections() == 4);
}

BOOST_FIXTURE_TEST_CASE(whoGetsNoTurnInTimeGivesUpAndTheServerStays, Fixture) {
    client = make({}, 0, 200ms);
    const auto slow = std::make_shared<std::atomic<bool>>(true);
    server.answers = [slow](const test::Words&) -> std::optional<std::string> {
        if (*slow) std::this_thread::sleep_for(60ms);
        return std::nullopt;
    };
    std::atomic<int> answered{0};
    const auto begin = base::Clock::now();
    inFibers(200, [&](int) { answered += get("a") == "nothing" ? 1 : 0; });
    BOOST_TEST(since(begin).count() < 5000);
    BOOST_TEST(answered > 0);
    BOOST_TEST(answered < 200);
    BOOST_TEST(seen().empty());
    // No call gets an answer that was for another one.
    *slow = false;
    BOOST_TEST(client->call(command({"SET", "a", "b", "PX", "60000"}), 1, kNever).size() == 1U);
    inFibers(50, [&](int) { BOOST_TEST(get("a") == "b"); });
}

BOOST_FIXTURE_TEST_CASE(aFailureEndsWhatWasSentTogether, Fixture) {
    const auto slow = std::make_shared<std::atomic<bool>>(true);
    server.answers = [slow](const test::Words& words) -> std::optional<std::string> {
        // The first ones take long enough for the rest to queue up.
        if (*slow) std::this_thread::sleep_for(20ms);
        if (words[1] == "bad") return "-ERR no\r\n";
        return std::nullopt;
    };
    std::atomic<int> answered{0};
    inFibers(30, [&](int i) { answered += get(i == 15 ? "bad" : "a") == "nothing" ? 1 : 0; });
    *slow = false;
    BOOST_TEST(answered >= 4);
    BOOST_TEST(answered < 30);
    BOOST_REQUIRE(seen().size() >= 1U);
    BOOST_TEST(seen()[0] == "away: it answered: ERR no");
}

BOOST_FIXTURE_TEST_CASE(aServerThatIsGoneCostsOneTry, Fixture) {
    BOOST_TEST(get("a") == "nothing");
    server.stop();
    const auto begin = base::Clock::now();
    for (int i = 0; i < 1000; ++i) BOOST_TEST(get("a") == "-");
    BOOST_TEST(since(begin).count() < 500);
    BOOST_TEST(!client->available());
    server.restart();
    BOOST_TEST(backWithin(5s));
    BOOST_TEST(get("a") == "nothing");
    const auto all = seen();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].find("away: ") == 0U);
    BOOST_TEST(all[1] == "back");
}

BOOST_FIXTURE_TEST_CASE(aServerThatHangsCostsEachWhoAskedItsWaitAndNobodyAfterwards, Fixture) {
    BOOST_TEST(get("a") == "nothing");
    server.silent = true;
    auto begin = base::Clock::now();
    inFibers(40, [&](int) { BOOST_TEST(get("a") == "-"); });
    const auto took = since(begin).count();
    BOOST_TEST_MESSAGE("40 calls at once to a server that hangs took " << took << " ms");
    BOOST_TEST(took >= 395);
    BOOST_TEST(took < 1500);
    begin = base::Clock::now();
    for (int i = 0; i < 1000; ++i) BOOST_TEST(get("a") == "-");
    BOOST_TEST(since(begin).count() < 395);
    BOOST_TEST(seen().size() == 1U);
    server.silent = false;
    BOOST_TEST(backWithin(5s));
    BOOST_TEST(get("a") == "nothing");
}

BOOST_FIXTURE_TEST_CASE(whoHasLessTimeSaysNothingOfTheServer, Fixture) {
    BOOST_TEST(get("a") == "nothing");
    server.silent = true;
    BOOST_TEST(get("a", runtime::Deadline::after(10ms, base::Clock::now())) == "-");
    BOOST_TEST(client->available());
    server.silent = false;
    BOOST_TEST(get("a") == "nothing");
    BOOST_TEST(seen().empty());
}

BOOST_FIXTURE_TEST_CASE(aServerThatStartedAgainIsNotAway, Fixture) {
    BOOST_TEST(get("a") == "nothing");
    const auto before = client->since();
    server.restart();
    BOOST_TEST(get("a") == "nothing");
    BOOST_TEST(server.connections() == 2);
    BOOST_TEST(seen().empty());
    BOOST_TEST((client->since() > before));
}

BOOST_FIXTURE_TEST_CASE(aServerThatTakesNothingIsAwayUntilItDoes, Fixture) {
    std::atomic<bool> full{true};
    server.answers = [&](const test::Words& words) -> std::optional<std::string> {
        if (full && words[0] == "SET") return "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
        return std::nullopt;
    };
    BOOST_TEST(client->call(command({"SET", "a", "b", "PX", "1000"}), 1, kNever).empty());
    BOOST_TEST(!backWithin(100ms));
    full = false;
    BOOST_TEST(backWithin(5s));
    BOOST_TEST(seen().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(aServerThatTakesNoScriptsIsAwayUntilItDoes, Fixture) {
    std::atomic<bool> refuses{true};
    server.answers = [&](const test::Words& words) -> std::optional<std::string> {
        if (refuses && words[0] == "EVAL") return "-NOPERM this user has no permissions to run the 'eval' command\r\n";
        return std::nullopt;
    };
    BOOST_TEST(client->call(command({"EVAL", "return 0", "0"}), 1, kNever).empty());
    BOOST_TEST(!backWithin(100ms));
    refuses = false;
    BOOST_TEST(backWithin(5s));
}

BOOST_FIXTURE_TEST_CASE(whatIsNoRedisServerIsAway, Fixture) {
    for (const char* const bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", "$100000\r\n", "*1\r\n+OK\r\n"}) {
        client = nullptr;
        server.stop();
        server.answers = [&](const test::Words&) { return std::optional<std::string>(bytes); };
        server.restart();
        client = make({});
        BOOST_TEST(get("a") == "-");
        BOOST_TEST(seen().back() == "away: what it says is not the Redis protocol");
    }
}

BOOST_FIXTURE_TEST_CASE(manyThreadsShareIt, Fixture) {
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                const std::string key = std::to_string(thread) + ' ' + std::to_string(i);
                client->call(command({"SET", key, key, "PX", "60000"}), 1, kNever);
                if (get(key) == key) ++answered;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(answered == 400);
    BOOST_TEST(server.connections() <= 4);
}

BOOST_AUTO_TEST_SUITE_END()
