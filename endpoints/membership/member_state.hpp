#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"
#include "engine/runtime/background.hpp"

namespace myelin::endpoints {

/// Whether one port of a member serves (synapse-endpoints 3.6). A failure takes it out of service; a TCP connection
/// that comes about brings it back. Probes begin 1 s after the failure, come every 500 ms, and exist only while the
/// port is out of service. Shared by all workers and by successive configurations. Any thread.
class MemberState : public std::enable_shared_from_this<MemberState> {
public:
    static constexpr base::Milliseconds kFirstProbe{1000};
    static constexpr base::Milliseconds kProbePeriod{500};
    static constexpr base::Milliseconds kProbeTimeout{10'000};

    MemberState(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

    bool active() const noexcept { return active_.load(std::memory_order_relaxed); }
    /// `cause` is kept for people who ask later.
    void deactivate(std::string_view cause, base::TimePoint now);
    /// Out of service until switchOn(), whatever a probe would say.
    void switchOff(base::TimePoint now);
    void switchOn();
    bool off() const;
    /// Why it is out of service, for people; empty when it is not.
    std::string condition(base::TimePoint now) const;

private:
    void probe();
    void activate();

    const std::string host_;
    const std::uint16_t port_;
    std::atomic<bool> active_{true};
    mutable std::mutex mutex_;  // guards all below, and changes of active_
    base::TimePoint since_;
    std::string cause_;
    bool off_ = false;
    std::unique_ptr<runtime::PeriodicTask> probes_;
};

}  // namespace myelin::endpoints
