#include "engine/poco/request_handler_factory.hpp"
#include "engine/dispatch/bounds.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <sstream>

#include "endpoints/sessions/stores.hpp"
#include "endpoints/tls_client.hpp"
#include "engine/config/configuration.hpp"
#include "engine/http/client.hpp"
#include "engine/poco/exchange.hpp"

namespace myelin::poco {

namespace {

class Handler final : public Poco::Net::HTTPRequestHandler {
public:
    Handler(dispatch::Dispatcher& dispatcher, const http::Limits& limits) : dispatcher_(dispatcher), limits_(limits) {}

    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        auto* const own = dynamic_cast<Poco::Net::HTTPServerRequestImpl*>(&request);
        if (!own) throw Poco::InvalidArgumentException("Myelin serves requests of a Poco::Net::HTTPServer only");
        Exchange exchange(*own, response, limits_);
        if (const http::Refusal refusal = exchange.readHead())
            exchange.refuse(refusal);
        else
            dispatcher_.handle(exchange);
        exchange.finish();
    }

private:
    dispatch::Dispatcher& dispatcher_;
    const http::Limits& limits_;
};

std::unique_ptr<dispatch::Dispatcher> load(const std::string& path, const config::Settings& settings) {
    endpoints::configureTlsClient(settings.tlsClient);
    endpoints::configureSessions(settings);
    http::Client::configure(settings.upstream);
    config::Diagnostics diagnostics;
    config::StateStore states;
    auto configuration = config::Configuration::load(path, settings, states, diagnostics);
    std::shared_ptr<const dispatch::Router> router;
    if (configuration) {
        router = std::make_shared<const dispatch::Router>(std::move(configuration));
        dispatch::checkBounds(*router, settings, diagnostics);
    }
    if (diagnostics.hasErrors()) {
        std::ostringstream findings;
        diagnostics.print(findings);
        throw ConfigurationError(findings.str());
    }
    return std::make_unique<dispatch::Dispatcher>(std::move(router));
}

}  // namespace

RequestHandlerFactory::RequestHandlerFactory(dispatch::Dispatcher& dispatcher, const http::Limits& limits)
    : dispatcher_(dispatcher), limits_(limits) {}

RequestHandlerFactory::RequestHandlerFactory(const std::string& path, const config::Settings& settings)
    : own_(load(path, settings)), dispatcher_(*own_), limits_(settings.limits) {}

RequestHandlerFactory::~RequestHandlerFactory() = default;

Poco::Net::HTTPRequestHandler* RequestHandlerFactory::createRequestHandler(
    const Poco::Net::HTTPServerRequest& request) {
    // Poco would send 100 Continue before anybody has looked at the head, unless the status says otherwise.
    request.response().setStatus(Poco::Net::HTTPResponse::HTTP_CONTINUE);
    return new Handler(dispatcher_, limits_);
}

}  // namespace myelin::poco
