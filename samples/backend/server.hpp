#pragma once

#include <atomic>

#include <Poco/Event.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>

#include "samples/backend/options.hpp"

namespace samples {

/// What all connections of the program share.
struct Shared {
    explicit Shared(Options chosen) : options(std::move(chosen)) {}

    Options options;
    Poco::Event stopping{Poco::Event::EVENT_MANUALRESET};
    std::atomic<unsigned> requests{0};
    std::atomic<unsigned> sessions{0};
};

/// Answers every path of the backend.
class HandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    explicit HandlerFactory(Shared& shared) : shared_(shared) {}

    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

private:
    Shared& shared_;
};

}  // namespace samples
