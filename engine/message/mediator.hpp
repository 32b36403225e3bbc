#pragma once

#include <string_view>

#include "engine/message/flow_bounds.hpp"

namespace myelin::message {

class MessageContext;

/// Whether the enclosing lists go on after a mediator (Synapse: true or false).
enum class Flow { Continue, Stop };

/// One step of mediation. Immutable after the configuration is built; one object serves all workers at once.
class Mediator {
public:
    virtual ~Mediator() = default;
    /// May wait. Throws MediationFault when the step fails.
    virtual Flow mediate(MessageContext& context) const = 0;
    /// The element name, for logs and errors.
    virtual std::string_view name() const noexcept = 0;
    /// What one call can cost at most in requests to endpoints: nothing for those that send none. Asked once the
    /// configuration is linked. Those that hold or call other mediators ask them with the same `query`, and add up.
    virtual FlowBounds bounds(BoundsQuery& query) const {
        (void)query;
        return {};
    }
};

}  // namespace myelin::message
