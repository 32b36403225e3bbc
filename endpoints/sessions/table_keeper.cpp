#include "endpoints/sessions/table_keeper.hpp"

#include <utility>

#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

TableKeeper::TableKeeper(std::unique_ptr<const SessionType> type, std::shared_ptr<SessionStore> store, bool sliding)
    : type_(std::move(type)), store_(std::move(store)), sliding_(sliding) {}

void TableKeeper::find(Session& session, message::MessageContext& context, runtime::Deadline deadline) const {
    auto ids = type_->idsIn(context, deadline);
    for (auto& id : ids) {
        auto path = store_->find({session.group, id}, runtime::now(), deadline);
        if (!path) continue;
        session.id = std::move(id);
        session.path = std::move(*path);
        session.known = true;
        return;
    }
    if (!ids.empty()) session.id = std::move(ids.front());
}

void TableKeeper::withdraw(Session& session, message::MessageContext& context, runtime::Deadline deadline) const {
    if (type_->clientNames() || session.id.empty()) return;
    session.keepHeaders(context);
    type_->withdraw(context, deadline);
}

bool TableKeeper::dispatching(Session& session,
                              std::string_view path,
                              base::Milliseconds lifetime,
                              runtime::Deadline deadline) const {
    if (session.id.empty()) return true;
    const SessionKey key{session.group, session.id};
    if (session.known && session.path.starts_with(path)) {
        // A part of it: the rest is chosen by a group below that nobody could see from here.
        if (sliding_ && session.path.size() == path.size()) store_->renew(key, lifetime, runtime::now(), deadline);
        return true;
    }
    if (!type_->clientNames()) return true;
    if (session.known || session.claimed) {
        store_->bind(key, path, lifetime, runtime::now(), deadline);
        session.claimed = true;
        return true;
    }
    auto counts = store_->claim(key, path, lifetime, runtime::now(), deadline);
    session.claimed = counts == path;
    if (session.claimed) return true;
    session.path = std::move(counts);
    session.known = true;
    return false;
}

void TableKeeper::answered(Session& session,
                           message::MessageContext&,
                           http::ClientResponse& reply,
                           std::string_view path,
                           base::Milliseconds lifetime,
                           runtime::Deadline deadline) const {
    if (session.known && !session.claimed && session.path != path) {
        store_->bind({session.group, session.id}, path, lifetime, runtime::now(), deadline);
    }
    if (type_->clientNames()) return;
    for (const auto& id : type_->idsIn(reply, deadline)) {
        // What it is called already has been renewed, or is not to be.
        if (session.known && session.id == id) continue;
        store_->bind({session.group, id}, path, lifetime, runtime::now(), deadline);
    }
}

void TableKeeper::failed(Session& session, runtime::Deadline deadline) const {
    if (session.claimed && !session.known) store_->unbind({session.group, session.id}, runtime::now(), deadline);
}

}  // namespace myelin::endpoints
