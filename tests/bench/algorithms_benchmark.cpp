#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/state.hpp"
#include "engine/base/random.hpp"
#include "engine/plugin/parameters.hpp"

// What a choice costs: all children ready, and with every second one suspended. Weights go from 1 to 3; each message
// has a key of its own.

namespace {

using namespace myelin;
using namespace myelin::endpoints;

class Children final : public plugin::Candidates {
public:
    Children(std::size_t count, bool halfDown) : states_(std::make_unique<LeafState[]>(count)), count_(count) {
        const FailurePolicy policy;
        for (std::size_t i = 1; halfDown && i < count; i += 2) states_[i].onFailure(policy, 101503, "down", now_);
    }
    std::size_t size() const noexcept override { return count_; }
    bool available(std::size_t index) const noexcept override { return states_[index].ready(now_); }
    std::uint32_t inFlight(std::size_t index) const noexcept override { return static_cast<std::uint32_t>(index % 5); }
    std::int64_t latency(std::size_t index) const noexcept override {
        return 1'000'000 + 1'000 * static_cast<std::int64_t>(index);
    }
    const plugin::Message& message() const override { throw std::logic_error("there is no message"); }
    std::string_view key() const override {
        thread_local std::array<char, 16> key{"10.0.0.1"};
        ++key[7];
        return {key.data(), 8};
    }
    std::uint64_t random() const noexcept override { return base::random64(); }
    std::int64_t now() const noexcept override { return now_.time_since_epoch().count(); }

private:
    base::TimePoint now_ = base::Clock::now();
    std::unique_ptr<LeafState[]> states_;
    std::size_t count_;
};

/// Set up by one thread while the others wait for the loop to begin.
void pick(benchmark::State& state, const std::string& name) {
    static std::unique_ptr<plugin::Algorithm> algorithm;
    static std::unique_ptr<Children> children;
    if (state.thread_index() == 0) {
        const auto count = static_cast<std::size_t>(state.range(0));
        std::vector<plugin::Child> described;
        for (std::size_t i = 0; i < count; ++i) {
            described.push_back({"child " + std::to_string(i), static_cast<std::uint32_t>(1 + i % 3), {}});
        }
        algorithm = algorithmRegistry().find(name)->make(plugin::Parameters(), described);
        children = std::make_unique<Children>(count, state.range(1) != 0);
    }
    for (auto _ : state) benchmark::DoNotOptimize(algorithm->pick(*children));
}

void make(benchmark::State& state, const std::string& name) {
    std::vector<plugin::Child> described;
    for (int i = 0; i < state.range(0); ++i) described.push_back({"child " + std::to_string(i), 1, {}});
    const auto* kind = algorithmRegistry().find(name);
    for (auto _ : state) benchmark::DoNotOptimize(kind->make(plugin::Parameters(), described));
}

}  // namespace

int main(int argc, char** argv) {
    for (const std::string name : {"roundRobin",
                                   "smoothWeighted",
                                   "org.apache.synapse.endpoints.algorithms.WeightedRoundRobin",
                                   "org.apache.synapse.endpoints.algorithms.WeightedRRLCAlgorithm",
                                   "random",
                                   "weightedRandom",
                                   "leastConnections",
                                   "peakEwma",
                                   "maglev",
                                   "split"}) {
        const std::string shown = name.substr(name.rfind('.') + 1);
        benchmark::RegisterBenchmark(("pick/" + shown).c_str(), pick, name)
            ->ArgNames({"children", "halfDown"})
            ->ArgsProduct({{3, 30, 300}, {0, 1}})
            ->Threads(1)
            ->Threads(2)
            ->UseRealTime();
    }
    benchmark::RegisterBenchmark("make/maglev", make, "maglev")->ArgName("children")->Arg(3)->Arg(300);
    benchmark::RegisterBenchmark("make/smoothWeighted", make, "smoothWeighted")->ArgName("children")->Arg(300);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
