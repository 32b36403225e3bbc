#include "engine/cli/gateway.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace myelin::cli {

namespace {

/// As many descriptors as we may have.
std::size_t raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

/// Clients may take what is left after a share for backends, files and the loops themselves.
std::size_t connectionLimit(const config::Settings& settings) {
    const std::size_t descriptors = raiseDescriptorLimit();
    const std::size_t reserve = 24 + descriptors / 4;
    const std::size_t possible = descriptors > reserve + 8 ? descriptors - reserve : 8;
    return settings.maxConnections == 0 ? possible : std::min(settings.maxConnections, possible);
}

std::vector<Poco::Net::ServerSocket> open(const config::ListenerSettings& listener, std::size_t count) {
    const Poco::Net::SocketAddress address(listener.address, listener.port);
    try {
        return http::openListeners(address, count);
    } catch (const Poco::Exception& problem) {
        throw std::runtime_error("cannot listen on " + address.toString() + ": " + problem.displayText() +
                                 (listener.port == 0 ? "" : "; is another program using the port?"));
    }
}

}  // namespace

Gateway::Gateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher) {
    const std::size_t count =
        settings.workers != 0 ? settings.workers : std::max(1U, std::thread::hardware_concurrency());
    const std::size_t share = std::max<std::size_t>(1, connectionLimit(settings) / count);
    runtime::Loop::Options options;
    options.busyPoll = std::chrono::microseconds(settings.busyPoll);
    for (std::size_t i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<Worker>(dispatcher, settings.limits, share, options));
    }
    for (const auto& listener : settings.listeners) {
        if (!listener.active()) continue;
        const auto tls = listener.secure ? runtime::TlsContext::server(listener.tls) : nullptr;
        auto sockets = open(listener, count);
        listening_.push_back({listener.secure, sockets.front().address().toString()});
        for (std::size_t i = 0; i < count; ++i) workers_[i]->listen(std::move(sockets[i]), tls);
    }
    for (auto& worker : workers_) worker->start();
}

Gateway::~Gateway() {
    stop();
}

void Gateway::refresh() {
    for (auto& worker : workers_) worker->refresh();
}

void Gateway::beginDrain() {
    for (auto& worker : workers_) worker->drain();
}

bool Gateway::drained() {
    bool idle = true;
    for (auto& worker : workers_) {
        worker->poll();
        idle = idle && worker->connections() == 0;
    }
    return idle;
}

void Gateway::stop() {
    for (auto& worker : workers_) worker->stop();
    workers_.clear();
}

}  // namespace myelin::cli
