#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/cli/worker.hpp"
#include "engine/config/settings.hpp"
#include "engine/dispatch/dispatcher.hpp"

namespace myelin::cli {

/// The listeners and workers of a running Myelin. Used by the main thread.
class Gateway {
public:
    struct Listening {
        bool secure = false;
        std::string address;  ///< ADDRESS:PORT as it turned out
    };

    /// Opens all listeners, then starts the workers. Throws std::runtime_error with the address that could not be
    /// opened, or with what is wrong with a certificate.
    Gateway(const config::Settings& settings, dispatch::Dispatcher& dispatcher);
    ~Gateway();

    const std::vector<Listening>& listening() const noexcept { return listening_; }
    std::size_t workers() const noexcept { return workers_.size(); }

    /// Every worker lets go of a replaced configuration.
    void refresh();
    void beginDrain();
    /// Whether every connection has ended; call it again after a moment.
    bool drained();
    /// After drained(): ends the threads.
    void stop();

private:
    std::vector<Listening> listening_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace myelin::cli
