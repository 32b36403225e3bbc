#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "endpoints/health/expectations.hpp"
#include "engine/base/clock.hpp"
#include "engine/config/element.hpp"
#include "engine/http/client.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// What an <outlierDetection> says: by which failures of messages a child of a group is ejected, and for how long.
/// Immutable once read.
struct OutlierPolicy {
    enum class WhenPanic : std::uint8_t { Ignore, Refuse };

    std::uint32_t consecutive = 3;  ///< failures in a row within the window; 0: not counted
    base::Milliseconds window{10'000};
    std::uint32_t share = 50;  ///< percent of the calls in a window; 0: not looked at
    std::uint32_t minimumCalls = 20;
    base::Milliseconds baseEjection{5'000};
    base::Milliseconds maxEjection{60'000};
    std::uint32_t maxEjected = 50;  ///< percent of the children
    std::uint32_t panic = 50;       ///< percent of the children; 0: no panic
    WhenPanic whenPanic = WhenPanic::Ignore;
    Statuses statuses;
    bool serverFaults = false;  ///< whether SOAP faults of the server's making are failures

    static OutlierPolicy read(config::Element& element);
};

/// What the outcome of one message says about the child that it was given to.
enum class Sign : std::uint8_t {
    Nothing,
    Good,
    Poor,  ///< an answer that counts in the share of failures, but not in a row of them: a status of 500 or above
    Bad
};

/// May look into the answer, which can be relayed afterwards as if nobody had looked.
Sign signOf(const OutlierPolicy& policy,
            const message::SendOutcome& outcome,
            http::ClientResponse& reply,
            runtime::Deadline deadline);

/// Whether one child of a group is ejected, by what came of the messages given to it. Shared by all workers and by
/// successive configurations. Time is always passed in. A good message given to a child without failures in this window
/// costs two relaxed loads.
class OutlierState {
public:
    OutlierState() = default;
    OutlierState(const OutlierState&) = delete;
    OutlierState& operator=(const OutlierState&) = delete;

    /// Whether it gets no messages now: ejected, or its one trial after that is under way.
    bool out(base::TimePoint now) const noexcept {
        const auto until = until_.load(std::memory_order_relaxed);
        return until != 0 && (ticks(now) < until || trial_.load(std::memory_order_relaxed));
    }
    /// Ejected, or not tried since.
    bool ejected() const noexcept { return until_.load(std::memory_order_relaxed) != 0; }
    /// When it was last taken back, in ticks of the clock; 0: never.
    std::int64_t recoveredAt() const noexcept { return recoveredAt_.load(std::memory_order_relaxed); }

    enum class Turn : std::uint8_t { Ordinary, Trial, Refused };
    /// Before a message is given to it. Refused: another message has the trial.
    Turn enter(base::TimePoint now) noexcept;

    enum class Verdict : std::uint8_t { Nothing, ShouldBeEjected, EjectedAgain, TakenBack };
    /// After each message that entered. ShouldBeEjected leaves it to the group to call eject().
    Verdict leave(Turn turn, Sign sign, const OutlierPolicy& policy, base::TimePoint now);
    /// Gives for how long.
    base::Milliseconds eject(const OutlierPolicy& policy, base::TimePoint now);
    /// For people: why it should be, or is, ejected.
    std::string reason() const;
    base::Duration remaining(base::TimePoint now) const noexcept;

private:
    static std::int64_t ticks(base::TimePoint time) noexcept { return time.time_since_epoch().count(); }
    bool count(Sign sign, const OutlierPolicy& policy, base::TimePoint now);
    base::Milliseconds ejectLocked(const OutlierPolicy& policy, base::TimePoint now);

    /// 0 while it is in service; afterwards one message may try it.
    std::atomic<std::int64_t> until_{0};
    std::atomic<bool> trial_{false};
    std::atomic<bool> counting_{false};  ///< a window is open, which a failure does
    std::atomic<std::int64_t> recoveredAt_{0};
    mutable std::mutex mutex_;  // guards all below, and changes of until_ and counting_
    base::TimePoint openedAt_;
    std::uint64_t calls_ = 0;
    std::uint64_t failures_ = 0;
    std::vector<base::TimePoint> row_;  // of the bad ones since the last good one, no older than a window
    std::uint32_t ejections_ = 0;       // since it was last in service for long
    std::string reason_;
};

}  // namespace myelin::endpoints
