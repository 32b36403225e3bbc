#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/message/endpoint.hpp"
#include "engine/message/mediator.hpp"
#include "engine/message/payload.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::message {

/// Engine settings that mediation needs.
struct MediationOptions {
    PayloadLimits payload;
    runtime::Milliseconds globalTimeout{180'000};   ///< no exchange lasts longer (synapse.global_timeout_interval)
    runtime::Milliseconds longestAttempt{180'000};  ///< of an endpoint that sets no timeout of its own
    bool repeatable = true;  ///< a group may repeat a request that a server may have seen, where nothing says otherwise
    std::int64_t suspendDuration = 30'000;  ///< of an endpoint without initialDuration, in milliseconds
    float progressionFactor = 1.0F;         ///< of an endpoint without progressionFactor
    bool preserveUserAgent = false;         ///< forward the client's User-Agent
    bool preserveServer = false;            ///< forward the backend's Server
    std::string serverHost;                 ///< SERVER_HOST of get-property
    std::string tenant;                     ///< children of groups for others are left out; empty: all are used
};

/// The named things of a configuration, for keys that are computed per message. The loader's configuration is one.
class Artifacts {
public:
    virtual ~Artifacts() = default;
    virtual const Mediator* sequence(std::string_view name) const noexcept = 0;
    virtual const Endpoint* endpoint(std::string_view name) const noexcept = 0;
    /// Text of a local entry, or null.
    virtual const std::string* localEntry(std::string_view name) const noexcept = 0;
    virtual const MediationOptions& options() const noexcept = 0;

    /// Every one of them, in the order of names: for what is computed per message and could be any. Nothing where there
    /// are no names to go through.
    virtual void visitSequences(const std::function<void(const std::string& name, const Mediator&)>& visitor) const {
        (void)visitor;
    }
    virtual void visitEndpoints(const std::function<void(const std::string& name, const Endpoint&)>& visitor) const {
        (void)visitor;
    }
};

}  // namespace myelin::message
