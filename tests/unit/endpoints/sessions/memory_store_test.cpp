#include "endpoints/sessions/memory_store.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/observe/log.hpp"
#include "engine/runtime/loop.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace std::chrono_literals;

namespace {

// Sanitizers take their time, and memory of their own for each byte that is used.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

const auto kNever = runtime::Deadline::never();

struct Fixture {
    base::TimePoint now = runtime::now();
    MemoryStore store{MemoryStore::Limits{}};

    void bind(std::string_view id, std::string_view path, base::Milliseconds life = 1000ms) {
        store.bind({"group", id}, path, life, now, kNever);
    }
    std::string find(std::string_view id, std::string_view group = "group") {
        return store.find({group, id}, now, kNever).value_or("-");
    }
};

/// Lines that the store logs while it lives.
class Lines : public observe::LogSink {
public:
    Lines() : before_(observe::exchangeLogSink(this)) {}
    ~Lines() override { observe::exchangeLogSink(before_); }
    void write(observe::Level, std::string_view, std::string_view text) override { texts.emplace_back(text); }
    std::vector<std::string> texts;

private:
    observe::LogSink* before_;
};

std::size_t residentBytes() {
    std::size_t size = 0;
    std::size_t resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_store)

BOOST_FIXTURE_TEST_CASE(aSessionIsFoundUntilItEnds, Fixture) {
    BOOST_TEST(find("a") == "-");
    bind("a", "one\n");
    bind("b", "two\n", 500ms);
    BOOST_TEST(find("a") == "one\n");
    now += 499ms;
    BOOST_TEST(find("b") == "two\n");
    now += 1ms;
    BOOST_TEST(find("b") == "-");
    BOOST_TEST(find("a") == "one\n");
    now += 500ms;
    BOOST_TEST(find("a") == "-");
    BOOST_TEST(store.size() == 0U);
    const auto counters = store.counters();
    BOOST_TEST(counters.bound == 2U);
    BOOST_TEST(counters.expired == 2U);
    BOOST_TEST(counters.found == 3U);
    BOOST_TEST(counters.unknown == 3U);
    BOOST_TEST(counters.evicted == 0U);
}

BOOST_FIXTURE_TEST_CASE(aSessionBelongsToItsGroup, Fixture) {
    bind("a", "one\n");
    BOOST_TEST(find("a", "other") == "-");
    store.bind({"grou", "pa"}, "two\n", 1s, now, kNever);
    BOOST_TEST(find("a") == "one\n");
    BOOST_TEST(find("pa", "grou") == "two\n");
}

BOOST_FIXTURE_TEST_CASE(bindingAgainReplacesWayAndEnd, Fixture) {
    bind("a", "one\n", 10s);
    bind("a", "two\n", 100ms);
    BOOST_TEST(find("a") == "two\n");
    BOOST_TEST(store.size() == 1U);
    now += 100ms;
    BOOST_TEST(find("a") == "-");
}

BOOST_FIXTURE_TEST_CASE(whatIsClaimedGoesTheFirstWay, Fixture) {
    const auto claim = [&](std::string_view path) { return store.claim({"group", "a"}, path, 1000ms, now, kNever); };
    BOOST_TEST(claim("one\n") == "one\n");
    now += 900ms;
    BOOST_TEST(claim("two\n") == "one\n");
    now += 100ms;
    BOOST_TEST(claim("two\n") == "two\n");
    BOOST_TEST(find("a") == "two\n");
}

BOOST_FIXTURE_TEST_CASE(aWayIsReplacedByWhoKnowsIt, Fixture) {
    const auto replace = [&](std::string_view expected, std::string_view path) {
        return store.replace({"group", "a"}, expected, path, 1000ms, now, kNever);
    };
    BOOST_TEST(replace("none\n", "one\n") == "one\n");
    now += 900ms;
    BOOST_TEST(replace("one\n", "two\n") == "two\n");
    now += 900ms;
    BOOST_TEST(replace("one\n", "three\n") == "two\n");
    BOOST_TEST(find("a") == "two\n");
    now += 100ms;
    BOOST_TEST(replace("one\n", "three\n") == "three\n");
    BOOST_TEST(find("a") == "three\n");
    BOOST_TEST(store.counters().bound == 2U);
}

BOOST_FIXTURE_TEST_CASE(aSessionIsReleasedOnlyByWhoBoundItAndUntilAnotherComesUponIt, Fixture) {
    const SessionKey key{"group", "a"};
    const auto claim = [&] { return store.claim(key, "one\n", 1000ms, now, kNever); };
    const auto replace = [&](std::string_view expected, std::string_view path) {
        return store.replace(key, expected, path, 1000ms, now, kNever);
    };
    const auto stays = [&](std::string_view path) {
        store.release(key, path, now, kNever);
        const bool known = store.size() == 1U;
        store.unbind(key, now, kNever);
        return known;
    };
    claim();
    BOOST_TEST(!stays("one\n"));
    BOOST_TEST(!stays("one\n"));
    claim();
    BOOST_TEST(stays("two\n"));
    claim();
    find("a");
    BOOST_TEST(stays("one\n"));
    claim();
    claim();
    BOOST_TEST(stays("one\n"));
    // The next way is this message's alone again, until it is found.
    claim();
    find("a");
    replace("one\n", "two\n");
    BOOST_TEST(!stays("two\n"));
    claim();
    replace("one\n", "two\n");
    replace("one\n", "three\n");
    BOOST_TEST(stays("two\n"));
    claim();
    replace("one\n", "one\n");
    BOOST_TEST(!stays("one\n"));
}

BOOST_FIXTURE_TEST_CASE(renewingMovesTheEndOfWhatIsKnown, Fixture) {
    bind("a", "one\n", 1000ms);
    for (int i = 0; i < 1000; ++i) {
        now += 999ms;
        BOOST_REQUIRE(find("a") == "one\n");
        store.renew({"group", "a"}, 1000ms, now, kNever);
    }
    store.renew({"group", "a"}, 10ms, now, kNever);
    now += 10ms;
    BOOST_TEST(find("a") == "-");
    store.renew({"group", "a"}, 1000ms, now, kNever);
    BOOST_TEST(find("a") == "-");
}

BOOST_FIXTURE_TEST_CASE(whatIsUnboundIsUnknown, Fixture) {
    bind("a", "one\n");
    store.unbind({"group", "a"}, now, kNever);
    store.unbind({"group", "b"}, now, kNever);
    BOOST_TEST(find("a") == "-");
    BOOST_TEST(store.size() == 0U);
    BOOST_TEST(store.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(memoryOfTheExpiredComesBackWithoutAnybodyAskingForThem) {
    Fixture f;
    // Ends from now to some days, so that the wheel goes round more than once for most of them.
    constexpr int kCount = 20'000;
    for (int i = 0; i < kCount; ++i) f.bind(std::to_string(i), "one\n", base::Milliseconds(1 + i * 20'000LL));
    BOOST_TEST(f.store.size() == std::size_t{kCount});
    const auto begin = f.now;
    for (int hour = 1; hour <= 112; ++hour) {
        f.now = begin + std::chrono::hours(hour);
        for (int i = 0; i < 8000; ++i) f.find("ask " + std::to_string(i));
        const auto left = static_cast<std::size_t>(std::max(0, kCount - hour * 180));
        BOOST_REQUIRE_LE(f.store.size(), left + 1);
        BOOST_REQUIRE_GE(f.store.size() + 1, left);
    }
    BOOST_TEST(f.store.size() == 0U);
    BOOST_TEST(f.store.counters().expired == std::uint64_t{kCount});
}

BOOST_AUTO_TEST_CASE(aFullStoreLetsGoOfTheOldestFirst) {
    Fixture f;
    MemoryStore small({3, 1 << 20});
    const auto bind = [&](const std::string& id) { small.bind({"g", id}, "way\n", 1h, f.now, kNever); };
    const auto knows = [&](const std::string& id) { return small.look({"g", id}, f.now).has_value(); };
    for (const char* id : {"a", "b", "c", "d", "e"}) bind(id);
    BOOST_TEST(small.size() == 3U);
    BOOST_TEST(small.counters().evicted == 2U);
    BOOST_TEST(!knows("a"));
    BOOST_TEST(!knows("b"));
    // Found again, they are protected, but never more than their share: c goes back on probation.
    BOOST_TEST(knows("c"));
    BOOST_TEST(knows("d"));
    BOOST_TEST(knows("e"));
    bind("f");
    BOOST_TEST(!knows("c"));
    BOOST_TEST(knows("d"));
    BOOST_TEST(knows("e"));
}

BOOST_AUTO_TEST_CASE(aStoreForOneHoldsTheLast) {
    Fixture f;
    MemoryStore one({1, 1 << 20});
    for (const char* id : {"a", "b", "c"}) {
        one.bind({"g", id}, "way\n", 1h, f.now, kNever);
        BOOST_TEST(one.find({"g", id}, f.now, kNever).has_value());
        BOOST_TEST(one.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(bytesAreBoundedToo) {
    Fixture f;
    MemoryStore small({1'000'000, 1 << 20});
    const std::string path(100, 'p');
    for (int i = 0; i < 50'000; ++i) {
        // Each its own way, which is not how a tree of endpoints is, but must not grow either.
        small.bind({"g", std::to_string(i)}, path + std::to_string(i), 1h, f.now, kNever);
        BOOST_REQUIRE_LE(small.bytes(), std::size_t{1} << 20);
    }
    BOOST_TEST(small.size() > 3000U);
    BOOST_TEST(small.find({"g", "49999"}, f.now, kNever).value() == path + "49999");
}

BOOST_AUTO_TEST_CASE(thatItIsFullIsSaidOnceAMinute) {
    Fixture f;
    MemoryStore small({10, 1 << 20});
    Lines lines;
    int id = 0;
    const auto bind = [&](int count) {
        for (; count > 0; --count) small.bind({"g", std::to_string(id++)}, "way\n", 1h, f.now, kNever);
    };
    bind(10);
    BOOST_TEST(lines.texts.empty());
    bind(100);
    BOOST_REQUIRE(lines.texts.size() == 1U);
    BOOST_TEST(lines.texts[0].find("full with 10 sessions") == 0U);
    BOOST_TEST(lines.texts[0].find(": 1 was let go of") != std::string::npos);
    f.now += 60s;
    bind(1);
    BOOST_REQUIRE(lines.texts.size() == 2U);
    BOOST_TEST(lines.texts[1].find(": 100 were let go of") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sessionsInUseSurviveAFloodOfInventedIds) {
    Fixture f;
    constexpr int kReal = 100'000;
    constexpr int kInvented = kSanitized ? 500'000 : 10'000'000;
    MemoryStore store({250'000, 64 << 20});
    const auto real = [](int i) { return "client-" + std::to_string(i); };
    for (int i = 0; i < kReal; ++i) store.bind({"g", real(i)}, "way\n", 1h, f.now, kNever);
    for (int i = 0; i < kReal; ++i) BOOST_REQUIRE(store.find({"g", real(i)}, f.now, kNever).has_value());
    const auto begin = base::Clock::now();
    std::string invented = "invented-00000000";
    for (int i = 0; i < kInvented; ++i) {
        std::size_t digit = invented.size() - 1;
        while (++invented[digit] > '9') invented[digit--] = '0';
        store.bind({"g", invented}, "way\n", 1h, f.now, kNever);
    }
    const std::chrono::duration<double> took = base::Clock::now() - begin;
    int lost = 0;
    for (int i = 0; i < kReal; ++i) lost += store.find({"g", real(i)}, f.now, kNever) ? 0 : 1;
    BOOST_TEST_MESSAGE("a flood of " << kInvented << " ids took " << took.count() << " s; " << lost << " of " << kReal
                                     << " sessions were lost");
    BOOST_TEST(lost == 0);
    BOOST_TEST(store.size() <= 250'000U);
    BOOST_TEST(store.find({"g", invented}, f.now, kNever).has_value());
}

BOOST_AUTO_TEST_CASE(aMillionSessionsTakeLessThan200BytesEach) {
    constexpr std::size_t kCount = 1'000'000;
    Fixture f;
    const std::size_t before = residentBytes();
    for (std::size_t i = 0; i < kCount; ++i) {
        f.bind(
            "0123456789abcdef0123456789abcdef-" + std::to_string(i), "loadbalance/" + std::to_string(i % 3) + "\n", 1h);
    }
    const double each = static_cast<double>(residentBytes() - before) / static_cast<double>(kCount);
    BOOST_TEST_MESSAGE(kCount << " sessions take " << each << " bytes each of resident memory, "
                              << static_cast<double>(f.store.bytes()) / static_cast<double>(kCount)
                              << " by the store's own account");
    BOOST_TEST(f.store.size() == kCount);
    BOOST_TEST(f.store.counters().evicted == 0U);
    BOOST_TEST(f.store.bytes() < 70 * kCount);
    if (!kSanitized) BOOST_TEST(each < 200);
}

BOOST_AUTO_TEST_CASE(threadsShareIt) {
    Fixture f;
    MemoryStore store({20'000, 8 << 20});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 20'000; ++i) {
                const std::string id = std::to_string((i * 7 + thread) % 15'000);
                const SessionKey key{"g", id};
                const auto at = f.now + base::Milliseconds(i);
                if (!store.find(key, at, kNever)) store.bind(key, "way\n", 3s, at, kNever);
                if (i % 3 == 0) store.renew(key, 5s, at, kNever);
                if (i % 5 == 0) store.unbind(key, at, kNever);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(store.size() <= 20'000U);
    const auto counters = store.counters();
    BOOST_TEST(counters.found + counters.unknown == 80'000U);
}

BOOST_AUTO_TEST_SUITE_END()
