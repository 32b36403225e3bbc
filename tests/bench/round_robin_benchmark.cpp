#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/state.hpp"
#include "engine/base/random.hpp"
#include "engine/plugin/parameters.hpp"

// What a choice costs: all children ready, and with every second one suspended.

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
    std::uint32_t inFlight(std::size_t) const noexcept override { return 0; }
    std::int64_t latency(std::size_t) const noexcept override { return 0; }
    const plugin::Message& message() const override { throw std::logic_error("there is no message"); }
    std::string_view key() const override { return {}; }
    std::uint64_t random() const noexcept override { return base::random64(); }
    std::int64_t now() const noexcept override { return now_.time_since_epoch().count(); }

private:
    base::TimePoint now_ = base::Clock::now();
    std::unique_ptr<LeafState[]> states_;
    std::size_t count_;
};

void pick(benchmark::State& state) {
    static std::unique_ptr<plugin::Algorithm> algorithm;
    static std::unique_ptr<Children> children;
    if (state.thread_index() == 0) {
        algorithm = algorithmRegistry().find("roundRobin")->make(plugin::Parameters(), {});
        children = std::make_unique<Children>(static_cast<std::size_t>(state.range(0)), state.range(1) != 0);
    }
    for (auto _ : state) benchmark::DoNotOptimize(algorithm->pick(*children));
}

BENCHMARK(pick)->ArgNames({"children", "halfDown"})->ArgsProduct({{3, 30, 300}, {0, 1}})->Threads(1)->Threads(2);

}  // namespace

BENCHMARK_MAIN();
