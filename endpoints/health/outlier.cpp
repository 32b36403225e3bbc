#include "endpoints/health/outlier.hpp"

#include <algorithm>

#include "endpoints/soap_fault_answer.hpp"
#include "engine/message/fault.hpp"

namespace myelin::endpoints {

namespace {

constexpr base::Milliseconds kLeastTime{1};
constexpr base::Milliseconds kMostTime{24 * 3600 * 1000};
constexpr std::uint32_t kMostCounted = 1000;
constexpr std::uint32_t kAll = 100;
constexpr int kServerError = 500;

bool isBadCode(int code) noexcept {
    namespace codes = message::error_code;
    return code == codes::kSenderIoSending || code == codes::kSenderIoReceiving || code == codes::kConnectionFailed ||
           code == codes::kConnectionTimeout || code == codes::kConnectionClosed || code == codes::kProtocolViolation ||
           code == codes::kConnectTimeout;
}

/// A fault that the caller has to answer for proves that the server works.
Sign signOfFault(const OutlierPolicy& policy, const SeenFault& fault, bool listedStatus) noexcept {
    if (fault.side != FaultSide::Server) return Sign::Good;
    return policy.serverFaults || listedStatus ? Sign::Bad : Sign::Good;
}

}  // namespace

OutlierPolicy OutlierPolicy::read(config::Element& element) {
    OutlierPolicy policy;
    policy.consecutive = element.integer<std::uint32_t>("consecutive", 0, kMostCounted, policy.consecutive);
    policy.window = element.milliseconds("window", kLeastTime, kMostTime, policy.window);
    policy.share = element.integer<std::uint32_t>("share", 0, kAll, policy.share);
    policy.minimumCalls = element.integer<std::uint32_t>("minimumCalls", 1, 1'000'000, policy.minimumCalls);
    policy.baseEjection = element.milliseconds("baseEjection", kLeastTime, kMostTime, policy.baseEjection);
    policy.maxEjection = element.milliseconds("maxEjection", kLeastTime, kMostTime, policy.maxEjection);
    policy.maxEjected = element.integer<std::uint32_t>("maxEjected", 0, kAll, policy.maxEjected);
    policy.panic = element.integer<std::uint32_t>("panic", 0, kAll, policy.panic);
    policy.whenPanic = element.choice<WhenPanic>(
        "whenPanic", {{"ignore", WhenPanic::Ignore}, {"refuse", WhenPanic::Refuse}}, WhenPanic::Ignore);
    const std::string statuses = element.attribute("statuses", "502,503,504");
    if (const auto parsed = Statuses::parse(statuses)) {
        policy.statuses = *parsed;
    } else if (!base::trim(statuses).empty()) {
        element.errorAt("statuses",
                        "\"" + statuses + "\" is no list of statuses",
                        "write numbers and ranges from 100 to 599, like 502,503,504");
    }
    policy.serverFaults = element.choice("soapFaults", {"server", "ignore"}, "ignore") == "server";
    if (policy.consecutive == 0 && policy.share == 0) {
        element.warning("nothing is ever ejected: consecutive and share are both 0");
    }
    if (policy.maxEjection < policy.baseEjection) {
        element.errorAt("maxEjection", "the longest ejection is shorter than the first one");
    }
    return policy;
}

Sign signOf(const OutlierPolicy& policy,
            const message::SendOutcome& outcome,
            http::ClientResponse& reply,
            runtime::Deadline deadline) {
    if (outcome.callerFault || outcome.scattered) return Sign::Nothing;
    if (!outcome.answered) {
        if (outcome.code != message::error_code::kEndpointCustom) {
            return isBadCode(outcome.code) ? Sign::Bad : Sign::Nothing;
        }
        const auto fault = soapFaultIn(reply, deadline);
        return fault ? signOfFault(policy, *fault, false) : Sign::Nothing;
    }
    const int status = reply.head.status;
    const bool listed = policy.statuses.contain(status);
    // The fault says more than the status, which in SOAP 1.1 is 500 whoever is to blame.
    if (policy.serverFaults || listed || status >= kServerError) {
        if (const auto fault = soapFaultIn(reply, deadline)) return signOfFault(policy, *fault, listed);
    }
    if (listed) return Sign::Bad;
    return status >= kServerError ? Sign::Poor : Sign::Good;
}

OutlierState::Turn OutlierState::enter(base::TimePoint now) noexcept {
    const auto until = until_.load(std::memory_order_relaxed);
    // Before that time it gets messages in a panic only.
    if (until == 0 || ticks(now) < until) return Turn::Ordinary;
    return trial_.exchange(true, std::memory_order_relaxed) ? Turn::Refused : Turn::Trial;
}

OutlierState::Verdict OutlierState::leave(Turn turn, Sign sign, const OutlierPolicy& policy, base::TimePoint now) {
    if (turn == Turn::Refused) return Verdict::Nothing;
    if (turn == Turn::Ordinary) {
        if (sign == Sign::Nothing || (sign == Sign::Good && !counting_.load(std::memory_order_relaxed))) {
            return Verdict::Nothing;
        }
        const std::lock_guard lock(mutex_);
        // What was under way when it was ejected tells nothing new.
        if (ejected()) return Verdict::Nothing;
        return count(sign, policy, now) ? Verdict::ShouldBeEjected : Verdict::Nothing;
    }
    const std::lock_guard lock(mutex_);
    auto verdict = Verdict::Nothing;
    if (sign == Sign::Good) {
        until_.store(0, std::memory_order_relaxed);
        recoveredAt_.store(ticks(now), std::memory_order_relaxed);
        verdict = Verdict::TakenBack;
    } else if (sign != Sign::Nothing) {
        reason_ = "the trial failed";
        ejectLocked(policy, now);
        verdict = Verdict::EjectedAgain;
    }
    trial_.store(false, std::memory_order_relaxed);
    return verdict;
}

bool OutlierState::count(Sign sign, const OutlierPolicy& policy, base::TimePoint now) {
    if (calls_ != 0 && now - openedAt_ >= policy.window) calls_ = failures_ = 0;
    if (calls_ == 0) openedAt_ = now;
    std::erase_if(row_, [&](base::TimePoint one) { return now - one >= policy.window; });
    if (sign == Sign::Good && row_.empty() && failures_ == 0) {
        calls_ = 0;
        counting_.store(false, std::memory_order_relaxed);
        return false;
    }
    counting_.store(true, std::memory_order_relaxed);
    ++calls_;
    if (sign == Sign::Good) {
        row_.clear();
    } else {
        ++failures_;
    }
    if (sign == Sign::Bad && row_.size() < kMostCounted) row_.push_back(now);
    if (policy.consecutive != 0 && row_.size() >= policy.consecutive) {
        reason_ = std::to_string(row_.size()) + " failures in a row";
        return true;
    }
    if (policy.share == 0 || sign == Sign::Good || calls_ < policy.minimumCalls) return false;
    if (failures_ * kAll < calls_ * policy.share) return false;
    reason_ = std::to_string(failures_) + " failures in " + std::to_string(calls_) + " calls";
    return true;
}

base::Milliseconds OutlierState::eject(const OutlierPolicy& policy, base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto recovered = recoveredAt();
    const auto longAgo = base::Duration(policy.maxEjection).count();
    if (recovered != 0 && ticks(now) - recovered > longAgo) ejections_ = 0;
    return ejectLocked(policy, now);
}

base::Milliseconds OutlierState::ejectLocked(const OutlierPolicy& policy, base::TimePoint now) {
    auto duration = policy.baseEjection;
    for (std::uint32_t i = 0; i < ejections_ && duration < policy.maxEjection; ++i) duration *= 2;
    duration = std::min(duration, policy.maxEjection);
    ++ejections_;
    calls_ = failures_ = 0;
    row_.clear();
    counting_.store(false, std::memory_order_relaxed);
    until_.store(ticks(now + duration), std::memory_order_relaxed);
    return duration;
}

std::string OutlierState::reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
}

base::Duration OutlierState::remaining(base::TimePoint now) const noexcept {
    const auto until = until_.load(std::memory_order_relaxed);
    return base::Duration(until == 0 ? 0 : std::max<std::int64_t>(until - ticks(now), 0));
}

}  // namespace myelin::endpoints
