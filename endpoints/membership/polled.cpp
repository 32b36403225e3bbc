#include "endpoints/membership/polled.hpp"

#include <Poco/Logger.h>

#include "engine/base/scope_exit.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

constexpr base::Milliseconds kPatience{1000};

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.endpoints");
    return instance;
}

std::string listed(const Members& members) {
    std::string text;
    for (const Member& member : members) {
        text += (text.empty() ? "" : ", ") + authorityOf(member.host, member.port(member.httpPort == 0));
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::shared_ptr<const Members> PolledMembership::current() const {
    const std::lock_guard lock(mutex_);
    return members_;
}

void PolledMembership::await(runtime::Deadline deadline) {
    if (known_.load(std::memory_order_acquire) || !asking_.lockUntil(deadline)) return;
    const base::ScopeExit unlock([this] { asking_.unlock(); });
    {
        const std::lock_guard lock(mutex_);
        if (!members_->empty() || (task_ && runtime::now() - asked_ < kPatience)) return;
        if (!task_) {
            task_ = std::make_unique<runtime::PeriodicTask>(period_, [weak = weak_from_this()] {
                const auto self = weak.lock();
                if (!self || !self->asking_.tryLock()) return;
                const base::ScopeExit done([&] { self->asking_.unlock(); });
                self->refresh();
            });
        }
    }
    refresh();
}

void PolledMembership::refresh() {
    auto found = lookUp();
    std::string change;
    {
        const std::lock_guard lock(mutex_);
        asked_ = runtime::now();
        error_ = found.error;
        // Better some than none; but who is missing in an incomplete answer need not be gone.
        const bool usable = found.error.empty() || members_->empty();
        if (usable && found.members != *members_) {
            members_ = std::make_shared<const Members>(std::move(found.members));
            change = listed(*members_);
        }
        known_.store(!members_->empty(), std::memory_order_release);
    }
    if (!found.error.empty()) logger().warning(subject() + ": " + found.error);
    if (!change.empty()) logger().information("members of " + subject() + " are now: " + change);
}

std::string PolledMembership::condition() const {
    const std::lock_guard lock(mutex_);
    if (!error_.empty()) return subject() + ": " + error_;
    return subject() + (members_->empty() ? ": no members" : "");
}

}  // namespace myelin::endpoints
