#pragma once

#include <Poco/Net/ServerSocket.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/dispatch/dispatcher.hpp"

namespace myelin::cli {

/// The listeners and threads of a running Myelin. Used by the main thread.
class Gateway {
public:
    struct Listening {
        bool secure = false;
        std::string address;  ///< ADDRESS:PORT as it turned out
    };

    virtual ~Gateway() = default;

    const std::vector<Listening>& listening() const noexcept { return listening_; }
    /// "2 workers".
    virtual std::string crew() const = 0;

    /// Every worker lets go of a replaced configuration.
    virtual void refresh() = 0;
    virtual void beginDrain() = 0;
    /// Whether every connection has ended; call it again after a moment.
    virtual bool drained() = 0;
    /// After drained(): ends the threads.
    virtual void stop() = 0;

protected:
    std::vector<Listening> listening_;
};

enum class Transport { Native, Poco };

/// Throws UsageError.
Transport transportNamed(const std::string& name);

/// Opens all listeners, then serves. Throws std::runtime_error with the address that could not be opened, or with what
/// else is wrong with a listener.
std::unique_ptr<Gateway> makeGateway(Transport transport,
                                     const config::Settings& settings,
                                     dispatch::Dispatcher& dispatcher);

/// See http::openListeners(); throws std::runtime_error for people.
std::vector<Poco::Net::ServerSocket> openListening(const config::ListenerSettings& listener, std::size_t count);

}  // namespace myelin::cli
