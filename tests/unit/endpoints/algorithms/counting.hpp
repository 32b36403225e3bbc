#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/endpoints/algorithms/candidates.hpp"

namespace myelin::endpoints::test {

/// How often each child is picked in `count` picks; fails for a pick that chooses nobody.
inline std::vector<int> countsOf(plugin::Algorithm& algorithm, const FakeCandidates& children, int count) {
    std::vector<int> counts(children.size(), 0);
    for (int i = 0; i < count; ++i) ++counts.at(algorithm.pick(children));
    return counts;
}

/// The same by several threads at once.
inline std::vector<int> countsOfThreads(plugin::Algorithm& algorithm,
                                        const FakeCandidates& children,
                                        int threads,
                                        int each) {
    std::vector<std::atomic<int>> counts(children.size());
    std::atomic<bool> go{false};
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&] {
            while (!go.load()) std::this_thread::yield();
            for (int n = 0; n < each; ++n) counts[algorithm.pick(children)].fetch_add(1, std::memory_order_relaxed);
        });
    }
    go = true;
    for (auto& thread : running) thread.join();
    return {counts.begin(), counts.end()};
}

/// What an algorithm has against its children or options; empty when it is made.
inline std::string refusal(const std::string& name,
                           const std::vector<std::uint32_t>& weights,
                           const plugin::Parameters& options = {}) {
    try {
        makeAlgorithm(name, weights, options);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

inline plugin::Parameters option(const std::string& name, const std::string& value) {
    plugin::Parameters options;
    options.add(name, value);
    return options;
}

}  // namespace myelin::endpoints::test
