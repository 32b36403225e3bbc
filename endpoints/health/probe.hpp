#pragma once

#include <memory>
#include <string>

#include "endpoints/health/check.hpp"
#include "endpoints/health/health_state.hpp"
#include "engine/http/client.hpp"

namespace myelin::endpoints {

/// What is probed: a server, and for HTTP the path there with its query.
struct ProbeTarget {
    std::shared_ptr<const http::Origin> origin;
    std::string path;

    /// "http://host:port/path".
    std::string text() const;
};

/// Probes the server once, over a connection of its own. Is over by the check's time-out, whatever the server does;
/// never throws. In a fiber of any loop, or outside one.
ProbeResult probe(const HealthCheck& check, const ProbeTarget& target);

}  // namespace myelin::endpoints
