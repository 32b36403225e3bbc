#pragma once

#include <string>
#include <vector>

#include "engine/config/diagnostics.hpp"
#include "engine/config/settings.hpp"
#include "engine/dispatch/router.hpp"
#include "engine/message/flow_bounds.hpp"

namespace myelin::dispatch {

/// What one message on a route can cost at most, with every server dead: its in flow, its out flows and what may run
/// for faults.
struct RouteBounds {
    std::string route;  ///< "main", "proxy Quotes", "API Orders GET /orders/{id}"
    config::Place place;
    message::Bounds bounds;         ///< of all flows, without regard to the global timeout
    base::Milliseconds waiting{0};  ///< what of it the global timeout leaves
    std::string dearest;            ///< the dearest endpoint ("endpoint quotes at main.xml:3"); empty without one
    message::Bounds ofDearest;      ///< what one send to it can cost
};

/// Of every route, in the order: main, proxies, resources of APIs, handlers of API mismatches.
std::vector<RouteBounds> boundsOf(const Router& router);

/// Reports the routes that can take more than the settings allow.
void checkBounds(const Router& router, const config::Settings& settings, config::Diagnostics& diagnostics);

/// "12 s", "0.25 s".
std::string seconds(base::Milliseconds time);

}  // namespace myelin::dispatch
