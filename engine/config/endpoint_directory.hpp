#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/message/endpoint.hpp"

namespace myelin::config {

/// An <endpoint> element of a loaded configuration, wherever it stands: for those who list, show and switch endpoints.
struct EndpointEntry {
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::string identity;                         ///< see EndpointPosition
    std::string name;                             ///< as it is written; empty without one
    std::string kind;                             ///< as it is registered: "address", "loadbalance", "key"
    std::size_t parent = kNone;                   ///< index of the group in which it stands
    bool switchedOff = false;                     ///< by state="off"
    const message::Endpoint* endpoint = nullptr;  ///< as the group or mediator around it knows it
    const message::Endpoint* made = nullptr;      ///< without what was put around it: the object of its kind
};

/// A group stands before what is in it.
using EndpointDirectory = std::vector<EndpointEntry>;

}  // namespace myelin::config
