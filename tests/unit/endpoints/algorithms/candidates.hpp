#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "engine/base/random.hpp"
#include "engine/plugin/parameters.hpp"

namespace myelin::endpoints::test {

/// Children as a test wants them: up, busy and slow by index, at a time that only the test moves.
class FakeCandidates final : public plugin::Candidates {
public:
    explicit FakeCandidates(std::size_t count) : up(count, true), busy(count, 0), latencies(count, 0) {}

    std::size_t size() const noexcept override { return up.size(); }
    bool available(std::size_t index) const noexcept override { return up[index]; }
    std::uint32_t inFlight(std::size_t index) const noexcept override { return busy[index]; }
    std::int64_t latency(std::size_t index) const noexcept override { return latencies[index]; }
    const plugin::Message& message() const override {
        if (!about) throw std::logic_error("this test has no message");
        return *about;
    }
    std::string_view key() const override { return hashOn; }
    std::uint64_t random() const noexcept override { return base::random64(); }
    std::int64_t now() const noexcept override { return time; }

    std::vector<bool> up;
    std::vector<std::uint32_t> busy;
    std::vector<std::int64_t> latencies;
    const plugin::Message* about = nullptr;
    std::int64_t time = 0;
    std::string hashOn;  ///< the message's key
};

/// An algorithm that comes with Myelin, for children "A", "B", ... with these weights.
inline std::unique_ptr<plugin::Algorithm> makeAlgorithm(const std::string& name,
                                                        const std::vector<std::uint32_t>& weights,
                                                        const plugin::Parameters& options = {}) {
    const auto* kind = algorithmRegistry().find(name);
    if (!kind) throw std::logic_error("no algorithm " + name);
    std::vector<plugin::Child> children;
    for (const auto weight : weights) {
        children.push_back({std::string(1, static_cast<char>('A' + children.size())), weight, {}});
    }
    return kind->make(options, children);
}

/// The next picks as letters, '-' for none.
inline std::string picks(plugin::Algorithm& algorithm, const plugin::Candidates& candidates, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const auto index = algorithm.pick(candidates);
        text += index == plugin::kNoCandidate ? '-' : static_cast<char>('A' + index);
    }
    return text;
}

}  // namespace myelin::endpoints::test
