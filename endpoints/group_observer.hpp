#pragma once

#include <cstddef>

#include "engine/http/client.hpp"
#include "engine/message/endpoint.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

class GroupEndpoint;

/// Sees what groups do with their messages; see GroupEndpoint::observe(). For simulations.
class GroupObserver {
public:
    virtual ~GroupObserver() = default;
    /// Stands between a group and its choice: returns what group.pick() says, to these candidates or to others that
    /// stand for them. `failed` counts the tries that have failed for this message.
    virtual std::size_t choose(const GroupEndpoint& group,
                               const plugin::Candidates& candidates,
                               std::size_t failed) = 0;
    /// The message for which choose() has just found nobody is kept from its children by limits alone. It waits for a
    /// place, if there is a queue; then choose() is asked again, or the message is refused.
    virtual void limited(const GroupEndpoint& group, std::size_t failed) = 0;
    /// What came of giving the message to that child.
    virtual void sent(const GroupEndpoint& group,
                      std::size_t index,
                      const message::SendOutcome& outcome,
                      const http::ClientResponse& reply) = 0;
};

}  // namespace myelin::endpoints
