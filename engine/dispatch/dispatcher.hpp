#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/dispatch/router.hpp"
#include "engine/http/server_exchange.hpp"

namespace myelin::dispatch {

/// Takes every request of every transport through the current configuration. One object serves all workers.
///
/// Each thread keeps its own reference to the configuration (law 5) and notices a new one by a generation number, so
/// that a request costs no shared counter. A message in flight ends on the configuration on which it began.
class Dispatcher final : public http::RequestHandler {
public:
    explicit Dispatcher(std::shared_ptr<const Router> router);
    ~Dispatcher() override;

    void handle(http::ServerExchange& server) noexcept override;

    /// Any thread: requests that begin from now on take the new configuration.
    void replace(std::shared_ptr<const Router> router);
    /// Lets the calling thread drop its reference to an old configuration now, and not at its next request.
    void refreshThread();

private:
    struct Lease;
    struct ThreadView;
    ThreadView& view();

    std::mutex mutex_;
    std::shared_ptr<const Router> latest_;
    std::atomic<std::uint64_t> generation_;
};

}  // namespace myelin::dispatch
