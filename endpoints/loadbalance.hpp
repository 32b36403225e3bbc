#pragma once

#include <memory>
#include <string>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/group.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What a group's algorithm remembers; lives in the state store, so a reload goes on where it was.
struct Rotation {
    explicit Rotation(AlgorithmFactory factory) : algorithm(factory()) {}
    std::unique_ptr<Algorithm> algorithm;
};

/// What <loadbalance> and <dynamicLoadbalance> have in common: attributes, properties, the algorithm by its name.
struct Balancing {
    GroupEndpoint::Options options;
    std::string algorithm;

    /// Reports two algorithms, an unknown one and a session.
    static Balancing read(config::Element& endpoint,
                          config::Element& kind,
                          const config::EndpointPosition& position,
                          config::Build& build);
    /// What the algorithm remembers under that identity.
    std::shared_ptr<Rotation> rotation(const std::string& identity, config::Build& build) const;
};

/// A group that an algorithm chooses from. `children` is not empty.
std::unique_ptr<message::Endpoint> makeBalancer(GroupEndpoint::Options options,
                                                GroupEndpoint::Children children,
                                                std::shared_ptr<Rotation> rotation);

inline constexpr std::string_view kLoadBalanceKind = "Loadbalance endpoint";

}  // namespace myelin::endpoints
