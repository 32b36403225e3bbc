#pragma once

#include <memory>

#include "endpoints/sessions/keeper.hpp"
#include "endpoints/sessions/session_type.hpp"
#include "endpoints/sessions/store.hpp"

namespace myelin::endpoints {

/// Remembers sessions in a table. What is stored is the path, and behind it a mark as long as only the message that
/// has bound the session went along it: that message may take the session elsewhere, or let go of it, when its child
/// fails. Any other message takes the mark off before it leaves, and from then on the session stays. So whoever finds
/// another value than he expects knows that the session is in use, and follows.
class TableKeeper final : public SessionKeeper {
public:
    /// `sliding`: a session lives from its last message on instead of from its first.
    TableKeeper(std::unique_ptr<const SessionType> type, std::shared_ptr<SessionStore> store, bool sliding);

    void find(Session& session, message::MessageContext& context, runtime::Deadline deadline) const override;
    void withdraw(Session& session, message::MessageContext& context, runtime::Deadline deadline) const override;
    bool dispatching(Session& session,
                     std::string_view path,
                     base::Milliseconds lifetime,
                     runtime::Deadline deadline) const override;
    void follow(Session& session) const override;
    void answered(Session& session,
                  message::MessageContext& context,
                  http::ClientResponse& reply,
                  std::string_view path,
                  base::Milliseconds lifetime,
                  runtime::Deadline deadline) const override;
    void failed(Session& session, runtime::Deadline deadline) const override;

private:
    base::Milliseconds rest(const Session& session, base::Milliseconds lifetime) const;

    std::unique_ptr<const SessionType> type_;
    std::shared_ptr<SessionStore> store_;
    bool sliding_;
};

}  // namespace myelin::endpoints
