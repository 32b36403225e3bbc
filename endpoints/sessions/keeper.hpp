#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"
#include "engine/http/client.hpp"
#include "engine/message/message_context.hpp"
#include "engine/runtime/deadline.hpp"

namespace myelin::endpoints {

/// What is known of the session of one message while it is being sent.
struct Session {
    std::string_view group;  ///< stable identity of the group that the session belongs to
    std::string id;          ///< what it is called; empty when the message names none
    bool known = false;      ///< its messages go along `path` (message::SessionTrail)
    std::string path;
    std::string stored;          ///< what a table has of it, as far as this message knows; empty: nothing
    bool written = false;        ///< `stored` is what this message has written
    base::TimePoint touched{};   ///< when this message has last prolonged its life
    base::Milliseconds left{0};  ///< how long it lives yet, where the keeper can tell
    /// The header fields as they were before something was taken out for the server; put back after the send.
    std::optional<http::Headers> former;

    void keepHeaders(message::MessageContext& context) {
        if (!former) former.emplace(context.headers());
    }
};

/// Tells the session of a message and remembers where its messages go: in a table, or at the client. Immutable, one
/// object for all workers. `path` is always the whole one, from the group that owns the session down.
class SessionKeeper {
public:
    virtual ~SessionKeeper() = default;

    /// Whether paths are to be of tags (path_tag.hpp), because clients can see them.
    virtual bool tagged() const noexcept { return false; }

    /// Fills in what the request says and what is known of that. May wait, and leaves the body as it was.
    virtual void find(Session& session, message::MessageContext& context, runtime::Deadline deadline) const = 0;
    /// The session is not known: no server shall be asked for it.
    virtual void withdraw(Session& session, message::MessageContext& context, runtime::Deadline deadline) const {
        (void)session, (void)context, (void)deadline;
    }
    /// The message is about to go along `path`. False when it must not, because another message of the session has
    /// bound it meanwhile: then it is to be followed, see follow().
    virtual bool dispatching(Session& session,
                             std::string_view path,
                             base::Milliseconds lifetime,
                             runtime::Deadline deadline) const {
        (void)session, (void)path, (void)lifetime, (void)deadline;
        return true;
    }
    /// The session's messages go where the table says by now.
    virtual void follow(Session& session) const { (void)session; }
    /// An answer came along `path`; its head may still be changed.
    virtual void answered(Session& session,
                          message::MessageContext& context,
                          http::ClientResponse& reply,
                          std::string_view path,
                          base::Milliseconds lifetime,
                          runtime::Deadline deadline) const {
        (void)session, (void)context, (void)reply, (void)path, (void)lifetime, (void)deadline;
    }
    /// Nobody answered the first message.
    virtual void failed(Session& session, runtime::Deadline deadline) const { (void)session, (void)deadline; }
};

}  // namespace myelin::endpoints
