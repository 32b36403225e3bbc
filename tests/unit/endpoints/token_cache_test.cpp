#include "endpoints/token_cache.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>
#include <vector>

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::TokenCache;
using endpoints::TokenCaches;

std::atomic<base::Duration::rep> elapsed{0};

/// Starts at some time, and goes on only when a test says so.
base::TimePoint fakeNow() {
    return base::TimePoint(std::chrono::hours(1000) + base::Duration(elapsed.load()));
}
void pass(base::Duration time) {
    elapsed += time.count();
}

/// A token server: counts how often it is asked, and answers with numbered tokens.
struct Server {
    std::atomic<int> asked{0};
    base::Duration lifetime = 1h;
    std::string error;
    std::string gives;    // refresh token
    std::string wasTold;  // refresh token

    TokenCache::Fetch fetch() {
        return [this](std::string_view refreshToken) {
            wasTold = refreshToken;
            TokenCache::Fetched fetched;
            fetched.error = error;
            const int number = ++asked;
            if (!error.empty()) return fetched;
            fetched.authorization = "Bearer " + std::to_string(number);
            fetched.lifetime = lifetime;
            fetched.refreshToken = gives;
            return fetched;
        };
    }
};

struct Fixture {
    TokenCache cache{&fakeNow};
    Server server;
    std::string get() {
        const auto result = cache.get(server.fetch(), runtime::Deadline::never());
        return result.authorization ? *result.authorization : "error: " + result.error;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(TokenCacheSuite, Fixture)

BOOST_AUTO_TEST_CASE(aTokenIsFetchedOnceAndRenewedBeforeItExpires) {
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    pass(1h - TokenCache::kMargin - 1s);
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    pass(2s);
    BOOST_CHECK_EQUAL(get(), "Bearer 2");
    BOOST_CHECK_EQUAL(server.asked, 2);
}

BOOST_AUTO_TEST_CASE(aShortLifeHasAShortMargin) {
    server.lifetime = 1s;
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    pass(800ms);
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    pass(150ms);
    BOOST_CHECK_EQUAL(get(), "Bearer 2");
}

BOOST_AUTO_TEST_CASE(aTokenThatStillHoldsOutlivesAFailedRenewal) {
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    server.error = "down";
    pass(1h - 5s);
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    BOOST_CHECK_EQUAL(server.asked, 2);
    pass(5s);
    BOOST_CHECK_EQUAL(get(), "error: down");
}

BOOST_AUTO_TEST_CASE(aRefusedTokenIsNotGivenAgain) {
    BOOST_CHECK_EQUAL(get(), "Bearer 1");
    cache.refuse("Bearer 1");
    BOOST_CHECK_EQUAL(get(), "Bearer 2");
    cache.refuse("Bearer 1");
    BOOST_CHECK_EQUAL(get(), "Bearer 2");
}

BOOST_AUTO_TEST_CASE(aFailureIsNotKept) {
    server.error = "down";
    BOOST_CHECK_EQUAL(get(), "error: down");
    server.error.clear();
    BOOST_CHECK_EQUAL(get(), "Bearer 2");
}

BOOST_AUTO_TEST_CASE(aNewRefreshTokenReplacesTheConfiguredOneUntilItFails) {
    server.gives = "rotated";
    get();
    BOOST_CHECK_EQUAL(server.wasTold, "");
    cache.refuse("Bearer 1");
    get();
    BOOST_CHECK_EQUAL(server.wasTold, "rotated");
    cache.refuse("Bearer 2");
    server.error = "invalid_grant";
    get();
    BOOST_CHECK_EQUAL(server.wasTold, "rotated");
    get();
    BOOST_CHECK_EQUAL(server.wasTold, "");
}

BOOST_AUTO_TEST_CASE(whoeverWaitedForAFailureSharesIt) {
    constexpr int kWaiters = 4;
    std::atomic<int> coming{0};
    std::atomic<int> asked{0};
    std::vector<std::string> errors(kWaiters);
    const TokenCache::Fetch slow = [&](std::string_view) {
        ++asked;
        while (coming < kWaiters) std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(200ms);
        TokenCache::Fetched fetched;
        fetched.error = "down";
        return fetched;
    };
    std::vector<std::thread> threads;
    for (auto& error : errors) {
        threads.emplace_back([&] {
            ++coming;
            error = cache.get(slow, runtime::Deadline::never()).error;
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& error : errors) BOOST_CHECK_EQUAL(error, "down");
    BOOST_CHECK_EQUAL(asked, 1);
}

BOOST_AUTO_TEST_CASE(whoeverWaitsTooLongIsToldSo) {
    std::atomic<bool> fetching{false};
    std::atomic<bool> done{false};
    std::thread holder([&] {
        cache.get(
            [&](std::string_view) {
                fetching = true;
                while (!done) std::this_thread::sleep_for(1ms);
                return TokenCache::Fetched{"Bearer late", 1h, {}, {}};
            },
            runtime::Deadline::never());
    });
    while (!fetching) std::this_thread::sleep_for(1ms);
    const auto result = cache.get(server.fetch(), runtime::Deadline::after(20ms, base::Clock::now()));
    done = true;
    holder.join();
    BOOST_CHECK(!result.authorization);
    BOOST_CHECK_EQUAL(result.error, "no access token came in time");
    BOOST_CHECK_EQUAL(server.asked, 0);
}

BOOST_AUTO_TEST_CASE(eachSetOfCredentialsHasItsCache) {
    TokenCaches caches;
    const auto first = caches.at("a");
    BOOST_CHECK(first == caches.at("a"));
    BOOST_CHECK(first != caches.at("b"));
    for (std::size_t i = 0; i < TokenCaches::kKept; ++i) caches.at("x" + std::to_string(i));
    BOOST_CHECK(first != caches.at("a"));
}

BOOST_AUTO_TEST_SUITE_END()
