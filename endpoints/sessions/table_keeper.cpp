#include "endpoints/sessions/table_keeper.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/random.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

TableKeeper::TableKeeper(std::unique_ptr<const SessionType> type, std::shared_ptr<SessionStore> store, bool sliding)
    : type_(std::move(type)), store_(std::move(store)), sliding_(sliding) {}

namespace {

/// Two messages of one session have the same mark once in so many times.
constexpr std::string_view kMarks = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without the mark.
std::string_view pathIn(std::string_view stored) noexcept {
    return stored.substr(0, stored.rfind('\n') + 1);
}

bool isMarked(std::string_view stored) noexcept {
    return !stored.empty() && stored.back() != '\n';
}

}  // namespace

void TableKeeper::find(Session& session, message::MessageContext& context, runtime::Deadline deadline) const {
    auto ids = type_->idsIn(context, deadline);
    for (auto& id : ids) {
        auto stored = store_->find({session.group, id}, runtime::now(), deadline);
        if (!stored) continue;
        session.id = std::move(id);
        session.stored = std::move(*stored);
        follow(session);
        return;
    }
    if (!ids.empty()) session.id = std::move(ids.front());
}

void TableKeeper::follow(Session& session) const {
    session.path = pathIn(session.stored);
    session.known = true;
}

void TableKeeper::withdraw(Session& session, message::MessageContext& context, runtime::Deadline deadline) const {
    if (type_->clientNames() || session.id.empty()) return;
    session.keepHeaders(context);
    type_->withdraw(context, deadline);
}

/// How long the session is to live when what is stored of it changes.
base::Milliseconds TableKeeper::rest(const Session& session, base::Milliseconds lifetime) const {
    if (sliding_ || !session.known) return lifetime;
    return std::min(lifetime, store_->left({session.group, session.id}, runtime::now()).value_or(lifetime));
}

bool TableKeeper::dispatching(Session& session,
                              std::string_view path,
                              base::Milliseconds lifetime,
                              runtime::Deadline deadline) const {
    if (session.id.empty()) return true;
    const SessionKey key{session.group, session.id};
    // Not known: the server will give it a new name.
    if (!session.known && !type_->clientNames()) return true;
    for (;;) {
        const auto way = pathIn(session.stored);
        const bool there = way == path && (session.known || session.written);
        // A part of it: the rest is chosen by a group below.
        if (!there && session.known && way.starts_with(path)) return true;
        session.touched = runtime::now();
        if (there && (session.written || !isMarked(session.stored))) {
            if (sliding_) store_->renew(key, lifetime, session.touched, deadline);
            return true;
        }
        std::string wanted(path);
        if (!there) wanted += kMarks[base::random64() % kMarks.size()];
        const auto life = rest(session, lifetime);
        std::string counts;
        if (session.stored.empty()) counts = store_->claim(key, wanted, life, session.touched, deadline);
        // What is stored may be no path, and empty.
        if (counts.empty()) counts = store_->replace(key, session.stored, wanted, life, session.touched, deadline);
        session.written = counts == wanted;
        session.stored = std::move(counts);
        if (session.written) return true;
        if (pathIn(session.stored) != path) return false;
        // Another message has bound it to the same path.
        session.known = true;
    }
}

void TableKeeper::answered(Session& session,
                           message::MessageContext&,
                           http::ClientResponse& reply,
                           std::string_view path,
                           base::Milliseconds lifetime,
                           runtime::Deadline deadline) const {
    const auto now = runtime::now();
    if (session.known || session.written) {
        // A group that was announced has been passed by, or the answer took so long that the session has ended.
        const bool elsewhere = pathIn(session.stored) != path;
        if (elsewhere || (sliding_ && now - session.touched > lifetime / 2)) {
            const std::string wanted = elsewhere ? std::string(path) : session.stored;
            store_->replace(
                {session.group, session.id}, session.stored, wanted, rest(session, lifetime), now, deadline);
        }
    }
    if (type_->clientNames()) return;
    for (const auto& id : type_->idsIn(reply, deadline)) {
        // What it is called already has been renewed, or is not to be.
        if (session.known && session.id == id) continue;
        store_->bind({session.group, id}, path, lifetime, now, deadline);
    }
}

void TableKeeper::failed(Session& session, runtime::Deadline deadline) const {
    if (session.known || !session.written) return;
    store_->release({session.group, session.id}, session.stored, runtime::now(), deadline);
}

}  // namespace myelin::endpoints
