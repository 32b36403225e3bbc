#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/http/server.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::cli {

/// One thread with its loop, its server and its pools of upstream connections. Made, told what to do and destroyed by
/// the main thread.
class Worker {
public:
    Worker(dispatch::Dispatcher& dispatcher,
           const http::Limits& limits,
           std::size_t maximumConnections,
           runtime::Loop::Options options);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// stop() must have been called.
    ~Worker();

    void listen(Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls);
    void start();

    /// Lets go of a configuration that was replaced.
    void refresh();
    /// See http::Server::drain(). Drained when idle() says so.
    void drain();
    /// Asks the worker for its number of connections; the answer shows in connections() later.
    void poll();
    /// As of the last poll(); unknown (the maximum) before the first one.
    std::size_t connections() const noexcept { return connections_.load(std::memory_order_acquire); }
    /// Ends the loop and the thread. Only when no fiber is left.
    void stop();

private:
    dispatch::Dispatcher& dispatcher_;
    runtime::Loop loop_;
    http::Server server_;
    std::atomic<std::size_t> connections_{static_cast<std::size_t>(-1)};
    std::thread thread_;
};

}  // namespace myelin::cli
