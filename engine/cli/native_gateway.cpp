#include "engine/cli/native_gateway.hpp"

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

}  // namespace

NativeGateway::NativeGateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher) {
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
        auto sockets = openListening(listener, count);
        listening_.push_back({listener.secure, sockets.front().address().toString()});
        for (std::size_t i = 0; i < count; ++i) workers_[i]->listen(std::move(sockets[i]), tls);
    }
    for (auto& worker : workers_) worker->start();
}

NativeGateway::~NativeGateway() {
    stop();
}

std::string NativeGateway::crew() const {
    return std::to_string(workers_.size()) + (workers_.size() == 1 ? " worker" : " workers");
}

void NativeGateway::refresh() {
    for (auto& worker : workers_) worker->refresh();
}

void NativeGateway::beginDrain() {
    for (auto& worker : workers_) worker->drain();
}

bool NativeGateway::drained() {
    bool idle = true;
    for (auto& worker : workers_) {
        worker->poll();
        idle = idle && worker->connections() == 0;
    }
    return idle;
}

void NativeGateway::stop() {
    for (auto& worker : workers_) worker->stop();
    workers_.clear();
}

}  // namespace myelin::cli
