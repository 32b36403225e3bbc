#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/http/client.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// Sessions that one message is looked at for at most, and learned from one answer; and how long a name of one is.
inline constexpr std::size_t kMostSessions = 8;
inline constexpr std::size_t kLongestSessionId = 4096;

/// One way to tell what session a message belongs to. Immutable.
class SessionType {
public:
    virtual ~SessionType() = default;

    /// What the request calls its session, the likeliest first. Leaves the body as it was, and reads no more of it than
    /// the header block of an envelope.
    virtual std::vector<std::string> idsIn(message::MessageContext& context, runtime::Deadline deadline) const = 0;
    /// Whether the client gives the session its name: it is bound before its first message is sent. Otherwise the
    /// server does, in its answer.
    virtual bool clientNames() const noexcept = 0;
    /// How the answer calls the session. It can be relayed afterwards as if nobody had looked.
    virtual std::vector<std::string> idsIn(http::ClientResponse& reply, runtime::Deadline deadline) const {
        (void)reply, (void)deadline;
        return {};
    }
    /// Takes the session's name out of the request, and nothing else.
    virtual void withdraw(message::MessageContext& context, runtime::Deadline deadline) const {
        (void)context, (void)deadline;
    }
};

}  // namespace myelin::endpoints
