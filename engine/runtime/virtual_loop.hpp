#pragma once

#include <Poco/Net/SocketAddress.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/runtime/loop.hpp"
#include "engine/runtime/resolver.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::runtime {

/// What fibers in virtual time have instead of name servers and TCP.
class SimulatedNetwork {
public:
    virtual ~SimulatedNetwork() = default;
    /// As runtime::resolve() and runtime::connectTcp(), which ask it; waits in virtual time.
    virtual ResolveResult resolve(const std::string& host, std::uint16_t port, Deadline deadline) = 0;
    virtual ConnectResult connect(const Poco::Net::SocketAddress& address, Deadline deadline) = 0;
};

/// A loop on which time is virtual: it stands still while any fiber runs, and when all of them wait it jumps to the
/// next timer. So a day passes in the time that it takes to compute it, and the same work gives the same result each
/// time. runtime::now(), sleeps, deadlines and waits of its fibers are in virtual time, with ticks of a millisecond;
/// periodic tasks that the thread makes while this exists are its fibers. One a thread.
class VirtualLoop {
public:
    /// When time begins: later than any time that this thread has seen on the real clock, which counts from the start
    /// of the machine. What was made before has been there for ages.
    static constexpr TimePoint kStart{std::chrono::hours(24 * 3650)};

    explicit VirtualLoop(SimulatedNetwork& network);
    VirtualLoop(const VirtualLoop&) = delete;
    VirtualLoop& operator=(const VirtualLoop&) = delete;
    ~VirtualLoop();

    /// Runs `main` in a fiber, and whatever it starts, until `main` returns. May be called again; time goes on.
    void run(Task main);
    /// Lets the fibers that are left end, for an hour at most. Periodic tasks have to be destroyed before.
    void finish();

    Loop& loop() noexcept { return loop_; }
    /// Since the beginning.
    Duration elapsed() const noexcept { return loop_.now() - kStart; }

    /// The loop for periodic tasks of the calling thread; null when it has no virtual one.
    static Loop* ofThread() noexcept;

private:
    Loop loop_;
};

}  // namespace myelin::runtime
