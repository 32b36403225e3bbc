#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "endpoints/algorithms/registry.hpp"

namespace {

using namespace myelin::endpoints;

class Children final : public Candidates {
public:
    explicit Children(std::size_t count) : up(count, true) {}
    std::size_t size() const noexcept override { return up.size(); }
    bool available(std::size_t index) const noexcept override { return up[index]; }
    std::vector<bool> up;
};

std::unique_ptr<Algorithm> roundRobin() {
    return (*algorithmRegistry().find("roundRobin"))();
}

/// The next picks as letters, '-' for none.
std::string picks(Algorithm& algorithm, const Candidates& children, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const auto index = algorithm.pick(children);
        text += index == kNoCandidate ? '-' : static_cast<char>('A' + index);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RoundRobin)

BOOST_AUTO_TEST_CASE(row69InTurn) {
    Children children(3);
    BOOST_CHECK_EQUAL(picks(*roundRobin(), children, 6), "ABCABC");
}

BOOST_AUTO_TEST_CASE(theJavaNameIsTheSame) {
    BOOST_CHECK(algorithmRegistry().find("org.apache.synapse.endpoints.algorithms.RoundRobin") != nullptr);
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
    const auto algorithm = roundRobin();
    Children many(5);
    BOOST_CHECK_EQUAL(picks(*algorithm, many, 4), "ABCD");
    Children few(2);
    BOOST_CHECK_EQUAL(picks(*algorithm, few, 3), "ABA");
    Children none(0);
    BOOST_CHECK_EQUAL(picks(*algorithm, none, 1), "-");
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
