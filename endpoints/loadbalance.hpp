#pragma once

#include <memory>
#include <string>

#include "endpoints/group.hpp"
#include "endpoints/rotation.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// What <loadbalance> and <dynamicLoadbalance> have in common: attributes, properties, the algorithm by its name.
struct Balancing {
    GroupEndpoint::Options options;
    RotationRecipe algorithm;
    /// Which attribute names the algorithm, for what is wrong with it; empty when none does.
    std::string_view attribute;
    /// False after an error about the algorithm, in whose place the default one stands.
    bool known = true;

    /// Reports two algorithms and an unknown one.
    static Balancing read(config::Element& endpoint,
                          config::Element& kind,
                          const config::EndpointPosition& position,
                          config::Build& build);
};

/// Reports options of the endpoint that the algorithm, which has been made, has not asked for: they are misspelt, or
/// meant for another one.
void reportUnusedOptions(const config::Element& endpoint, const RotationRecipe& recipe);

/// For groups whose children are not known yet: makes the algorithm for two that it cannot object to, and reports what
/// it has against its options, and those that it has not asked for.
void tryAlgorithm(const Balancing& balancing, const config::Element& endpoint, const config::Element& kind);

/// Round robin.
RotationRecipe defaultAlgorithm();

/// A group that an algorithm chooses from. `children` is not empty, and those that `rotation` was made for.
std::unique_ptr<message::Endpoint> makeBalancer(GroupEndpoint::Options options,
                                                GroupEndpoint::Children children,
                                                std::shared_ptr<Rotation> rotation);

inline constexpr std::string_view kLoadBalanceKind = "Loadbalance endpoint";

}  // namespace myelin::endpoints
