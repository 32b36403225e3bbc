#include "engine/cli/worker.hpp"

#include "engine/http/client.hpp"

namespace myelin::cli {

Worker::Worker(dispatch::Dispatcher& dispatcher,
               const http::Limits& limits,
               std::size_t maximumConnections,
               runtime::Loop::Options options)
    : dispatcher_(dispatcher), loop_(options), server_(loop_, dispatcher, limits, maximumConnections) {}

Worker::~Worker() = default;

void Worker::listen(Poco::Net::ServerSocket socket, std::shared_ptr<runtime::TlsContext> tls) {
    server_.listen(std::move(socket), std::move(tls));
}

void Worker::start() {
    thread_ = std::thread([this] {
        loop_.run();
        // Pooled connections are registered with the loop: they go before it does.
        http::Client::current().closeIdle();
    });
}

void Worker::refresh() {
    loop_.post([this] { dispatcher_.refreshThread(); });
}

void Worker::drain() {
    loop_.post([this] { server_.drain(); });
}

void Worker::poll() {
    loop_.post([this] {
        const std::size_t busy = server_.connections() + loop_.fibersRunning();
        connections_.store(busy, std::memory_order_release);
    });
}

void Worker::stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace myelin::cli
