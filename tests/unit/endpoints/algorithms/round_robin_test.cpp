#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/endpoints/algorithms/candidates.hpp"

namespace {

using namespace myelin;
using endpoints::test::picks;
using Children = endpoints::test::FakeCandidates;

std::unique_ptr<plugin::Algorithm> roundRobin() {
    return endpoints::test::makeAlgorithm("roundRobin", {1, 1, 1});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RoundRobin)

BOOST_AUTO_TEST_CASE(row69InTurn) {
    Children children(3);
    BOOST_CHECK_EQUAL(picks(*roundRobin(), children, 6), "ABCABC");
}

BOOST_AUTO_TEST_CASE(theJavaNameIsTheSame) {
    BOOST_CHECK(endpoints::algorithmRegistry().find("org.apache.synapse.endpoints.algorithms.RoundRobin") != nullptr);
}

BOOST_AUTO_TEST_CASE(row71TheNextChildTakesTheSlotOfADeadOne) {
    Children children(3);
    const auto algorithm = roundRobin();
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "ABC");
    children.up[0] = false;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 4), "BCBC");
    children.up[0] = true;
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 4), "ABCA");
}

BOOST_AUTO_TEST_CASE(row88AFailedTurnMovesTheCursorByOne) {
    Children children(3);
    const auto algorithm = roundRobin();
    children.up.assign(3, false);
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 4), "----");
    children.up.assign(3, true);
    BOOST_CHECK_EQUAL(picks(*algorithm, children, 3), "BCA");
}

BOOST_AUTO_TEST_CASE(fewerChildrenAfterAReload) {
    const auto before = roundRobin();
    BOOST_CHECK_EQUAL(picks(*before, Children(5), 4), "ABCD");
    const auto after = roundRobin();
    after->continueFrom(*before);
    BOOST_CHECK_EQUAL(picks(*after, Children(2), 3), "ABA");
    BOOST_CHECK_EQUAL(picks(*after, Children(0), 1), "-");
}

BOOST_AUTO_TEST_CASE(row70ThreadsGetEachChildOnce) {
    constexpr std::size_t kChildren = 10;
    for (int round = 0; round < 50; ++round) {
        const Children children(kChildren);
        const auto algorithm = roundRobin();
        std::vector<std::atomic<int>> counts(kChildren);
        std::atomic<bool> go{false};
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < kChildren; ++i) {
            threads.emplace_back([&] {
                while (!go.load()) std::this_thread::yield();
                counts[algorithm->pick(children)].fetch_add(1);
            });
        }
        go = true;
        for (auto& thread : threads) thread.join();
        for (const auto& count : counts) BOOST_REQUIRE_EQUAL(count.load(), 1);
    }
}

BOOST_AUTO_TEST_CASE(sharesAreExactUnderContention) {
    constexpr std::size_t kChildren = 3;
    constexpr int kEach = 30'000;
    const Children children(kChildren);
    const auto algorithm = roundRobin();
    std::vector<std::atomic<int>> counts(kChildren);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < kEach; ++n) counts[algorithm->pick(children)].fetch_add(1, std::memory_order_relaxed);
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& count : counts) BOOST_CHECK_EQUAL(count.load(), 4 * kEach / 3);
}

BOOST_AUTO_TEST_SUITE_END()
