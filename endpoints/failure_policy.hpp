#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/config/element.hpp"

namespace myelin::endpoints {

/// What a leaf does about failures: the content of <timeout>, <markForSuspension>, <suspendOnFailure> and
/// <retryConfig>. Durations are milliseconds and codes are those of message::error_code. Immutable once read.
struct FailurePolicy {
    /// What a failure means for the health of the leaf.
    enum class Class { Ignore, Timeout, Suspend };
    enum class TimeoutAction { None, Discard, Fault };

    static constexpr std::int64_t kDefaultSuspension = 30'000;

    std::vector<std::int32_t> suspendCodes;  ///< empty: every code
    std::int64_t initialDuration = -1;       ///< -1: not given, 30000
    float factor = 1.0F;
    std::int64_t maximumDuration = std::numeric_limits<std::int64_t>::max();

    std::vector<std::int32_t> markCodes;  ///< empty: 101504 and 101505
    std::int32_t retriesBeforeSuspension = 0;
    std::int32_t retryDelay = 0;

    std::int64_t timeoutDuration = 0;  ///< 0: not given, only the global one applies
    TimeoutAction timeoutAction = TimeoutAction::None;

    std::vector<std::int32_t> retryDisabledCodes;
    std::vector<std::int32_t> retryEnabledCodes;  ///< empty: every code that is not disabled

    /// The mark test comes first: a code in both lists is a timeout (synapse-endpoints 2.3).
    Class classify(int code) const noexcept;
    /// Whether a group may try another child after this leaf failed with that code (synapse-endpoints 3.4).
    bool mayTryAnother(int code) const noexcept;
    /// The suspension that follows one of `last` milliseconds, or the first one when last <= 0. Computed with a 32 bit
    /// float and truncated, as Synapse does (synapse-endpoints 2.4).
    std::int64_t nextSuspension(std::int64_t last) const noexcept;
    /// Tries that one message may make before the mark path suspends the leaf.
    std::size_t tries() const noexcept {
        return retriesBeforeSuspension > 0 ? static_cast<std::size_t>(retriesBeforeSuspension) + 1 : 1;
    }

    /// Reads them out of the element that holds an endpoint's definition (address, default, ...). What is wrong is
    /// reported there and, as what is not given, keeps what it has in `defaults`.
    static FailurePolicy read(config::Element& definition, FailurePolicy defaults);
    static FailurePolicy read(config::Element& definition) { return read(definition, FailurePolicy()); }
};

}  // namespace myelin::endpoints
