#include "engine/cli/gateway.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SocketAddress.h>

#include <cerrno>
#include <stdexcept>

#include "engine/cli/arguments.hpp"
#include "engine/cli/native_gateway.hpp"
#include "engine/cli/poco_gateway.hpp"
#include "engine/http/server.hpp"

namespace myelin::cli {

Transport transportNamed(const std::string& name) {
    if (name == "native") return Transport::Native;
    if (name == "poco") return Transport::Poco;
    throw UsageError("--transport takes native or poco, not \"" + name + "\"");
}

namespace {

std::string hint(int error) {
    if (error == EADDRINUSE) return "; is another program using the port?";
    if (error == EACCES) return "; ports below 1024 need CAP_NET_BIND_SERVICE";
    return "";
}

}  // namespace

std::unique_ptr<Gateway> makeGateway(Transport transport,
                                     const config::Settings& settings,
                                     dispatch::Dispatcher& dispatcher) {
    if (transport == Transport::Poco) return std::make_unique<PocoGateway>(settings, dispatcher);
    return std::make_unique<NativeGateway>(settings, dispatcher);
}

std::vector<Poco::Net::ServerSocket> openListening(const config::ListenerSettings& listener, std::size_t count) {
    const Poco::Net::SocketAddress address(listener.address, listener.port);
    try {
        return http::openListeners(address, count);
    } catch (const Poco::Exception& problem) {
        throw std::runtime_error("cannot listen on " + address.toString() + ": " + problem.displayText() +
                                 hint(problem.code()));
    }
}

}  // namespace myelin::cli
