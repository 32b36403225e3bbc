#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "endpoints/membership/handler.hpp"
#include "engine/base/clock.hpp"
#include "engine/runtime/background.hpp"
#include "engine/runtime/sync.hpp"

namespace myelin::endpoints {

/// A handler that asks somebody every now and then: for the first time when the first message comes, then in the
/// background. A look-up that fails changes nothing, and is logged. As long as no member is known, messages ask again,
/// once a second at most.
class PolledMembership : public MembershipHandler, public std::enable_shared_from_this<PolledMembership> {
public:
    struct Found {
        Members members;
        std::string error;  ///< why these are not all of them; empty when they are
    };

    explicit PolledMembership(base::Duration period) : period_(period) {}

    std::shared_ptr<const Members> current() const final;
    void await(runtime::Deadline deadline) final;
    std::string condition() const final;
    /// Asks now. Not to be called by two at a time.
    void refresh();

protected:
    /// May wait, for a few seconds. Must not throw.
    virtual Found lookUp() = 0;
    /// What is asked for, for people: "DNS names quotes.example:80".
    virtual std::string subject() const = 0;

private:
    const base::Duration period_;
    std::atomic<bool> known_{false};  // there are members
    runtime::Mutex asking_;           // one look-up at a time
    mutable std::mutex mutex_;        // guards all below
    std::shared_ptr<const Members> members_ = std::make_shared<const Members>();
    std::string error_;
    base::TimePoint asked_ = base::TimePoint::min();
    std::unique_ptr<runtime::PeriodicTask> task_;
};

}  // namespace myelin::endpoints
