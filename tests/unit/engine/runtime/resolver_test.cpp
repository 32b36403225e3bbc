#include "engine/runtime/resolver.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>

#include "engine/runtime/offload.hpp"
#include "engine/runtime/sync.hpp"
#include "tests/unit/engine/runtime/support.hpp"

using namespace myelin::runtime;
using namespace std::chrono_literals;
using test::inLoop;

namespace {

/// A resolver whose name server is in the test's hands.
struct Scripted {
    std::mutex mutex;
    Resolver::Answer answer{{Poco::Net::IPAddress("192.0.2.1")}, {}};  // guarded by mutex
    std::atomic<int> asked{0};
    Event gate;
    BlockingPool pool{2, 4};  // ends, and with it the look-ups, before what they use
    Resolver resolver{pool, [this](const std::string&) {
                          ++asked;
                          gate.wait(test::soon());
                          const std::lock_guard lock(mutex);
                          return answer;
                      }};
    TimePoint now = TimePoint(1000s);

    Scripted() { gate.set(); }
    void setAnswer(Resolver::Answer next) {
        const std::lock_guard lock(mutex);
        answer = std::move(next);
    }
    ResolveResult ask(const std::string& host = "a.example", Deadline deadline = test::soon()) {
        return resolver.resolve(host, 80, deadline, now);
    }
    void waitUntilAsked(int times) {
        while (asked < times) sleepFor(1ms);
    }
};

const Resolver::Answer kFailure{{}, "the server is down"};
const Resolver::Answer kOther{{Poco::Net::IPAddress("192.0.2.2")}, {}};

std::string firstOf(const ResolveResult& result) {
    return result.addresses.empty() ? result.error : result.addresses.front().toString();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(numeric_addresses_need_no_look_up) {
    Scripted s;
    BOOST_TEST(firstOf(s.ask("127.0.0.1")) == "127.0.0.1:80");
    BOOST_TEST(firstOf(s.ask("::1")) == "[::1]:80");
    BOOST_TEST(firstOf(s.ask("[::1]")) == "[::1]:80");
    BOOST_TEST(s.asked == 0);
    BOOST_TEST(s.ask("").addresses.empty());
}

BOOST_AUTO_TEST_CASE(the_real_resolver) {
    const auto body = [] {
        const ResolveResult local = resolve("localhost", 8280, test::soon());
        BOOST_REQUIRE(!local.addresses.empty());
        BOOST_TEST(local.addresses.front().port() == 8280);
        BOOST_TEST(local.addresses.front().host().isLoopback());
        const ResolveResult unknown = resolve("nonexistent.invalid", 80, test::soon());
        BOOST_TEST(unknown.addresses.empty());
        BOOST_TEST(unknown.error.find("nonexistent.invalid") != std::string::npos);
        BOOST_TEST(!unknown.timedOut);
    };
    body();
    inLoop(body);
}

BOOST_AUTO_TEST_CASE(answers_and_failures_are_kept_for_their_time) {
    Scripted s;
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.1:80");
    s.now += 29s;
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.1:80");
    BOOST_TEST(s.asked == 1);
    s.setAnswer(kFailure);
    BOOST_TEST(firstOf(s.ask("b.example")) == "cannot resolve host 'b.example': the server is down");
    BOOST_TEST(firstOf(s.ask("b.example")) == "cannot resolve host 'b.example': the server is down");
    BOOST_TEST(s.asked == 2);
    s.now += 2s;
    s.setAnswer(kOther);
    BOOST_TEST(firstOf(s.ask("b.example")) == "192.0.2.2:80");
}

BOOST_AUTO_TEST_CASE(an_old_answer_is_used_while_it_is_renewed) {
    Scripted s;
    s.ask();
    s.gate.reset();
    s.setAnswer(kOther);
    s.now += 60s;
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.1:80");  // at once, though the server does not answer
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.1:80");
    s.gate.set();
    const Deadline end = test::soon();
    while (firstOf(s.ask()) != "192.0.2.2:80" && !end.expired(Clock::now())) sleepFor(1ms);
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.2:80");
    BOOST_TEST(s.asked == 2);
}

BOOST_AUTO_TEST_CASE(a_very_old_answer_is_renewed_first_but_serves_when_that_fails) {
    Scripted s;
    s.ask();
    s.now += 1h;
    s.setAnswer(kOther);
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.2:80");
    s.now += 1h;
    s.setAnswer(kFailure);
    BOOST_TEST(firstOf(s.ask()) == "192.0.2.2:80");
    s.now += 10s;
    s.gate.reset();
    BOOST_TEST(firstOf(s.ask("a.example", Deadline::never())) == "192.0.2.2:80");  // failing: no wait at all
    s.gate.set();
}

BOOST_AUTO_TEST_CASE(look_ups_of_one_name_at_one_time_are_one) {
    Scripted s;
    s.gate.reset();
    int answered = 0;
    inLoop([&] {
        for (int i = 0; i < 20; ++i) {
            Loop::current()->spawn([&] {
                if (firstOf(s.ask()) == "192.0.2.1:80") ++answered;
            });
        }
        sleepFor(2ms);
        s.gate.set();
    });
    BOOST_TEST(answered == 20);
    BOOST_TEST(s.asked == 1);
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_wait_but_not_the_look_up) {
    Scripted s;
    s.gate.reset();
    inLoop([&] {
        const ResolveResult result = s.ask("a.example", Deadline::after(3ms, Clock::now()));
        BOOST_TEST(result.timedOut);
        BOOST_TEST(result.addresses.empty());
        s.gate.set();
        BOOST_TEST(firstOf(s.ask()) == "192.0.2.1:80");
    });
    BOOST_TEST(s.asked == 1);
}

BOOST_AUTO_TEST_CASE(a_full_pool_is_a_failed_look_up) {
    Scripted s;
    s.gate.reset();
    const Deadline now = Deadline::at(Clock::now());
    for (int i = 0; i < 2; ++i) s.ask("running" + std::to_string(i), now);
    s.waitUntilAsked(2);
    for (int i = 0; i < 4; ++i) s.ask("queued" + std::to_string(i), now);
    const ResolveResult refused = s.ask("one.too.many", test::soon());
    BOOST_TEST(refused.error.find("full") != std::string::npos, refused.error);
    s.gate.set();
}

BOOST_AUTO_TEST_SUITE_END()
