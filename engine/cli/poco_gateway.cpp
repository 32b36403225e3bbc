#include "engine/cli/poco_gateway.hpp"

#include <Poco/Net/HTTPServerParams.h>

#include <algorithm>
#include <stdexcept>

#include "engine/poco/request_handler_factory.hpp"

namespace myelin::cli {

namespace {

constexpr std::size_t kConnections = 256;
// A thread each: beyond this the process has other worries.
constexpr std::size_t kMostConnections = 4096;
constexpr int kThreadsKept = 2;

int connections(const config::Settings& settings) {
    const std::size_t wanted = settings.maxConnections == 0 ? kConnections : settings.maxConnections;
    return static_cast<int>(std::clamp<std::size_t>(wanted, kThreadsKept, kMostConnections));
}

Poco::Timespan timespan(base::Milliseconds time) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(time).count()};
}

}  // namespace

PocoGateway::PocoGateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher)
    : threads_(kThreadsKept, connections(settings)) {
    for (const auto& listener : settings.listeners) {
        if (!listener.active()) continue;
        if (listener.secure) {
            const std::string place = listener.place.text();
            throw std::runtime_error("--transport poco speaks no https: take the listener on " + listener.address +
                                     " port " + std::to_string(listener.port) + " out of the settings" +
                                     (place.empty() ? "" : " (" + place + ")") + ", or use the native transport");
        }
        auto socket = openListening(listener, 1).front();
        socket.setBlocking(true);
        listening_.push_back({false, socket.address().toString()});
        Poco::Net::HTTPServerParams::Ptr parameters = new Poco::Net::HTTPServerParams;
        parameters->setMaxThreads(threads_.capacity());
        parameters->setTimeout(timespan(settings.limits.headTime));
        parameters->setKeepAliveTimeout(timespan(settings.limits.idleTime));
        Poco::Net::HTTPRequestHandlerFactory::Ptr factory =
            new poco::RequestHandlerFactory(dispatcher, settings.limits);
        servers_.push_back(std::make_unique<Poco::Net::HTTPServer>(factory, threads_, socket, parameters));
    }
    for (auto& server : servers_) server->start();
}

PocoGateway::~PocoGateway() {
    if (!drainer_.joinable()) {
        for (auto& server : servers_) server->stopAll(true);
    }
    stop();
}

std::string PocoGateway::crew() const {
    return "transport of POCO, at most " + std::to_string(threads_.capacity()) + " connections";
}

void PocoGateway::beginDrain() {
    // Poco waits for the request that each connection is at.
    drainer_ = std::thread([this] {
        for (auto& server : servers_) server->stopAll(false);
        stopped_ = true;
    });
}

bool PocoGateway::drained() {
    if (!stopped_) return false;
    return std::all_of(
        servers_.begin(), servers_.end(), [](const auto& server) { return server->currentConnections() == 0; });
}

void PocoGateway::stop() {
    if (drainer_.joinable()) drainer_.join();
    threads_.joinAll();
    servers_.clear();
}

}  // namespace myelin::cli
