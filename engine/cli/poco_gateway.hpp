#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/ThreadPool.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "engine/cli/gateway.hpp"

namespace myelin::cli {

/// A plain Poco::Net::HTTPServer for each listener, with the handler factory that any POCO application can mount. A
/// connection takes a thread as long as it lives, also while it idles; the setting maxConnections bounds them (256 when
/// it is 0), and the number of workers means nothing. Speaks no https.
class PocoGateway final : public Gateway {
public:
    PocoGateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher);
    ~PocoGateway() override;

    std::string crew() const override;
    /// Does nothing: each thread lets go of the old configuration at its next request.
    void refresh() override {}
    void beginDrain() override;
    bool drained() override;
    void stop() override;

private:
    Poco::ThreadPool threads_;
    std::vector<std::unique_ptr<Poco::Net::HTTPServer>> servers_;
    std::thread drainer_;
    std::atomic<bool> stopped_{false};
};

}  // namespace myelin::cli
