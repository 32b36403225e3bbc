#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/membership/member.hpp"
#include "engine/config/build.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

/// Properties whose names begin so are the group's own affair: they configure balancing and are not set on messages.
inline constexpr std::string_view kBalancingPrefix = "loadbalance.";
inline constexpr std::string_view kWeightProperty = "loadbalance.weight";
inline constexpr std::uint32_t kGreatestWeight = 65'535;

/// The <property> children of an <endpoint> that have a fixed value, by name.
std::map<std::string, std::string> fixedProperties(const config::Element& endpoint);

/// The <endpoint> children of a group that are used (config::forTenant).
std::vector<config::Element> usedChildren(const config::Element& group, config::Build& build);

/// The <endpoint> children of `group` as algorithms see them, in order. Weights and properties that a child has not
/// come from `endpoint`, the <endpoint> around the group (synapse-endpoints 1.2). Reports weights that are no whole
/// numbers from 0 to kGreatestWeight.
std::vector<plugin::Child> describeChildren(const config::Element& endpoint,
                                            const config::Element& group,
                                            config::Build& build);
/// The same of those members that have a port for the scheme.
std::vector<plugin::Child> describeMembers(const Members& members,
                                           bool secure,
                                           const std::map<std::string, std::string>& inherited);

/// Warns of each weight at the group and its children, for algorithms that do not look at them. `zeroCounts`: a weight
/// of 0 has an effect all the same.
void warnOfWeights(const config::Element& endpoint,
                   const config::Element& group,
                   const std::string& algorithm,
                   bool zeroCounts,
                   config::Build& build);

}  // namespace myelin::endpoints
