#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/balancer.hpp"
#include "endpoints/sessions/session_rules.hpp"
#include "engine/message/session_trail.hpp"

namespace myelin::endpoints {

/// Codes of a group whose messages belong to sessions (synapse-endpoints 5.4, 5.5).
namespace session_code {
constexpr int kNotReady = 309001;
constexpr int kFailed = 309003;
}  // namespace session_code

/// A load-balance group with session affinity: the messages of a session go to the child that got its first one. The
/// first message is balanced, and may fail over; later ones go to that child or fail, unless the rules say otherwise.
/// The outermost such group on a message's way owns the session; those below it only follow the trail. Children of
/// weight 0 keep the sessions that they have and get no new ones.
class SessionBalancer final : public Balancer {
public:
    /// `options.sessions` is not null.
    SessionBalancer(Options options, Children children, std::shared_ptr<Rotation> rotation);

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override;
    message::Bounds bounds() const noexcept override;

protected:
    std::size_t choose(const plugin::Candidates& candidates) const override;
    bool takesNew(std::size_t index) const noexcept override { return !draining_[index]; }
    message::SendOutcome sendTo(std::size_t index,
                                message::MessageContext& context,
                                http::ClientResponse& reply,
                                runtime::Deadline deadline) const override;
    /// As Synapse spells it.
    std::string_view kind() const noexcept override { return "SLALoadbalance endpoint"; }
    int nonRetryCode() const noexcept override { return session_code::kFailed; }

private:
    class Owner;
    message::SendOutcome own(message::MessageContext& context,
                             http::ClientResponse& reply,
                             runtime::Deadline deadline) const;
    message::SendOutcome follow(message::SessionTrail& trail,
                                message::MessageContext& context,
                                http::ClientResponse& reply,
                                runtime::Deadline deadline) const;
    message::SendOutcome sendBound(std::size_t index,
                                   message::SessionTrail& trail,
                                   message::MessageContext& context,
                                   http::ClientResponse& reply,
                                   runtime::Deadline deadline,
                                   bool& mayTryOthers) const;
    bool canTake(std::size_t index) const;
    message::SendOutcome notReady(std::size_t index) const;
    /// The child that a part of a path means; plugin::kNoCandidate when it is gone.
    std::size_t indexOf(std::string_view part) const noexcept;

    std::shared_ptr<const SessionRules> rules_;
    std::vector<std::string> ids_;  // of the children
    std::vector<std::string> tags_;
    std::vector<bool> draining_;
    bool anyDraining_ = false;
};

}  // namespace myelin::endpoints
