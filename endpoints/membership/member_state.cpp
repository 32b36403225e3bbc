#include "endpoints/membership/member_state.hpp"

#include <Poco/Logger.h>

#include "endpoints/membership/member.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/resolver.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::endpoints {

namespace {

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.endpoints");
    return instance;
}

}  // namespace

void MemberState::deactivate(std::string_view cause, base::TimePoint now) {
    {
        const std::lock_guard lock(mutex_);
        if (!active()) return;
        active_.store(false, std::memory_order_relaxed);
        since_ = now;
        cause_ = cause;
        probes_ = std::make_unique<runtime::PeriodicTask>(kProbePeriod, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->probe();
        });
    }
    logger().warning("member " + authorityOf(host_, port_) +
                     " is out of service until it takes connections again: " + std::string(cause));
}

void MemberState::switchOff(base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    active_.store(false, std::memory_order_relaxed);
    since_ = now;
    cause_ = "switched off by an operator";
    off_ = true;
    probes_.reset();
}

bool MemberState::off() const {
    const std::lock_guard lock(mutex_);
    return off_;
}

void MemberState::switchOn() {
    const std::lock_guard lock(mutex_);
    active_.store(true, std::memory_order_relaxed);
    off_ = false;
    probes_.reset();
}

void MemberState::probe() {
    {
        const std::lock_guard lock(mutex_);
        if (active() || runtime::now() - since_ < kFirstProbe) return;
    }
    const auto deadline = runtime::Deadline::after(kProbeTimeout, runtime::now());
    for (const auto& address : runtime::resolve(host_, port_, deadline).addresses) {
        if (runtime::connectTcp(address, deadline).stream) {
            activate();
            return;
        }
    }
}

void MemberState::activate() {
    {
        const std::lock_guard lock(mutex_);
        // An operator may have spoken while the probe was under way.
        if (!probes_) return;
        active_.store(true, std::memory_order_relaxed);
        probes_.reset();
    }
    logger().information("member " + authorityOf(host_, port_) + " is in service again");
}

std::string MemberState::condition(base::TimePoint now) const {
    const std::lock_guard lock(mutex_);
    if (active()) return {};
    const auto passed = std::chrono::duration_cast<base::Milliseconds>(now - since_).count();
    return "member " + authorityOf(host_, port_) + " is out of service for " + std::to_string(passed) + " ms (" +
           cause_ + ")";
}

}  // namespace myelin::endpoints
