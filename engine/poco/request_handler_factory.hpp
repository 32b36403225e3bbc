#pragma once

#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "engine/config/settings.hpp"
#include "engine/dispatch/dispatcher.hpp"
#include "engine/http/limits.hpp"

namespace myelin::poco {

/// A configuration that cannot be taken; what() has every finding as `myelin check` prints it.
class ConfigurationError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Mounts a mediation configuration in a Poco::Net::HTTPServer:
///
///     Poco::Net::HTTPServer server(new myelin::poco::RequestHandlerFactory("synapse.xml", {}), socket, parameters);
///
/// A request takes a thread of the server until it is answered; every wait blocks. The answer is written to the
/// connection itself: response.sent() stays false, and fields set in Poco's response before are not sent. Works behind
/// secure sockets as well. Any thread.
class RequestHandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    /// For an application that reads and replaces configurations itself. The dispatcher outlives the server.
    explicit RequestHandlerFactory(dispatch::Dispatcher& dispatcher, const http::Limits& limits = {});
    /// Reads a configuration: a file or a split directory. The time-outs, pools and TLS options for backends in the
    /// settings are the process's: set by the last one to do so. Throws ConfigurationError.
    RequestHandlerFactory(const std::string& path, const config::Settings& settings);
    ~RequestHandlerFactory() override;

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

private:
    std::unique_ptr<dispatch::Dispatcher> own_;
    dispatch::Dispatcher& dispatcher_;
    http::Limits limits_;
};

}  // namespace myelin::poco
