#include "engine/runtime/virtual_loop.hpp"

#include <utility>

#include "engine/base/assert.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/runtime/loop_core.hpp"

namespace myelin::runtime {

namespace {

constinit thread_local Loop* tVirtual = nullptr;
constexpr auto kLongestEnd = std::chrono::hours(1);

Loop::Options virtualTime() {
    Loop::Options options;
    options.virtualTime = true;
    return options;
}

}  // namespace

VirtualLoop::VirtualLoop(SimulatedNetwork& network) : loop_(virtualTime()) {
    MYELIN_ASSERT(tVirtual == nullptr, "two virtual loops on one thread");
    loop_.core_->network = &network;
    tVirtual = &loop_;
}

VirtualLoop::~VirtualLoop() {
    tVirtual = nullptr;
}

void VirtualLoop::run(Task main) {
    bool over = false;
    loop_.postFiber([this, &main, &over] {
        main();
        over = true;
        loop_.stop();
    });
    loop_.run();
    MYELIN_ASSERT(over, "all fibers wait for each other in virtual time");
}

void VirtualLoop::finish() {
    run([this] {
        const Deadline end = Deadline::after(kLongestEnd, now());
        while (loop_.fibersRunning() > 1 && !end.expired(now())) sleepFor(Milliseconds(100));
    });
}

Loop* VirtualLoop::ofThread() noexcept {
    return tVirtual;
}

}  // namespace myelin::runtime
