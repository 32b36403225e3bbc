#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/config/configuration.hpp"

namespace myelin::endpoints {

/// What operators get to see of one endpoint.
struct EndpointStatus {
    std::string id;         ///< what off() and on() take; the same across reloads
    std::string name;       ///< as the configuration has it; empty without one
    std::string kind;       ///< "address", "loadbalance", "key", ...; "member"
    std::size_t depth = 0;  ///< in its tree
    /// Of a leaf ACTIVE, TIMEOUT, SUSPENDED or OFF, of a group ACTIVE or OFF (when all that is in it is); EJECTED,
    /// DOWN or NOT_READY when something else keeps messages away.
    std::string state;
    std::string health;     ///< of its check: UP, TRANSITIONALLY_DOWN, DOWN, TRANSITIONALLY_UP; empty without one
    std::string condition;  ///< why it gets no messages; empty when it does
    /// In a group whose algorithm looks at weights.
    std::optional<std::uint32_t> weight;
    /// In a group: its weight, or 1, as it counts now: 0 while it gets no messages, less while it starts slowly.
    std::optional<double> effectiveWeight;
    bool secondary = false;
    /// Messages under way, where something counts them, and how many there may be.
    std::optional<std::uint32_t> underWay;
    std::optional<std::uint32_t> mostUnderWay;
};

/// One endpoint a line, and as a JSON array.
std::string toText(const std::vector<EndpointStatus>& endpoints);
std::string toJson(const std::vector<EndpointStatus>& endpoints);

/// What operators do with the endpoints of a running Myelin, however they reach it. What they switch off stays off
/// until they switch it on, also across reloads; a restart forgets it. Any thread.
class Operations {
public:
    explicit Operations(std::shared_ptr<const config::Configuration> configuration)
        : configuration_(std::move(configuration)) {}
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    /// To be called before a new configuration gets messages: switches off in it what is switched off.
    void replace(std::shared_ptr<const config::Configuration> configuration, base::TimePoint now);

    /// All endpoints, a group before what is in it.
    std::vector<EndpointStatus> list(base::TimePoint now) const;

    struct Result {
        bool done = false;
        std::string text;  ///< what was done, or why not, for people
    };
    /// An endpoint by its id, or by a name that only one has; a group with all that is in it.
    Result off(std::string_view name, base::TimePoint now);
    Result on(std::string_view name, base::TimePoint now);

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const config::Configuration> configuration_;
    std::set<std::string, std::less<>> off_;  // ids
};

}  // namespace myelin::endpoints
