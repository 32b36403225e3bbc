#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "endpoints/health/monitor.hpp"
#include "endpoints/health/outlier.hpp"
#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// What a group knows of the health of its children beyond what they say themselves: ejections, secondary children,
/// slow start, panic. Groups that want none of that have none. All workers; immutable but for what is atomic or locked.
class GroupHealth {
public:
    struct Child {
        std::string name;
        bool secondary = false;
        std::vector<std::shared_ptr<HealthMonitor>> monitors;  ///< of the checked leaves in it
        std::shared_ptr<OutlierState> outliers;                ///< null without detection
        std::uint32_t weight = 1;
    };
    struct Options {
        std::string name;  ///< of the group, for people
        std::optional<OutlierPolicy> policy;
        base::Milliseconds slowStart{0};
        std::shared_ptr<LeafHealth::Flag> panic;  ///< with a policy
        std::uint32_t minimum = 0;                ///< percent of the weight that has to be available
    };
    GroupHealth(Options options, std::vector<Child> children);

    using Endpoints = std::vector<std::unique_ptr<message::Endpoint>>;
    /// Whether messages may be given to child `index` of these at all.
    bool available(std::size_t index, const Endpoints& endpoints, base::TimePoint now) const noexcept;
    bool anySecondary() const noexcept { return anySecondary_; }
    bool secondary(std::size_t index) const noexcept { return children_[index].secondary; }
    /// Whether it is starting slowly, so that admits() has to be asked.
    bool starting(std::size_t index, base::TimePoint now) const noexcept { return startShare(index, now) < 1.0; }
    /// Whether a child that has just recovered takes this message: a growing share of all. `chance` is a random number
    /// of the message.
    bool admits(std::size_t index, std::uint64_t chance, base::TimePoint now) const noexcept;
    /// The share of its messages that it takes; 1 but for some seconds after a recovery.
    double startShare(std::size_t index, base::TimePoint now) const noexcept;

    /// One message's stay at a child. Ends by report(), or unreported when an exception ends the message.
    class Stay {
    public:
        Stay(const GroupHealth& group, std::size_t index, base::TimePoint now);
        Stay(const Stay&) = delete;
        Stay& operator=(const Stay&) = delete;
        ~Stay();
        /// Another message has the one trial that the child gets.
        bool refused() const noexcept { return turn_ == OutlierState::Turn::Refused; }
        void report(const message::SendOutcome& outcome, http::ClientResponse& reply, runtime::Deadline deadline);

    private:
        const GroupHealth* group_;
        std::size_t index_;
        OutlierState::Turn turn_ = OutlierState::Turn::Ordinary;
        bool over_ = false;
    };

    /// Why child `index` gets no messages, as far as that is the group's doing; else empty.
    std::string condition(std::size_t index, base::TimePoint now) const;
    /// Why none of them gets any, as far as that is the group's doing; else empty.
    std::string condition(base::TimePoint now) const;
    /// Whether it is ejected or being tried.
    bool ejected(std::size_t index, base::TimePoint now) const noexcept {
        return children_[index].outliers && children_[index].outliers->out(now);
    }

private:
    bool inService(const Child& child, base::TimePoint now) const noexcept;
    bool judgeAgain(base::TimePoint now) const noexcept;
    bool inPanic(base::TimePoint now) const noexcept;
    bool belowMinimum(const Endpoints& endpoints, base::TimePoint now) const noexcept;
    void left(std::size_t index, OutlierState::Turn turn, Sign sign, const std::string& what) const;
    void eject(std::size_t index, const std::string& what, base::TimePoint now) const;

    Options options_;
    std::vector<Child> children_;
    bool anySecondary_ = false;
    mutable std::atomic<std::int64_t> judgedAt_{0};  // when panic or the minimum was last looked at: ticks of the clock
    mutable std::atomic<bool> below_{false};         // the minimum
    mutable std::mutex ejecting_;                    // so that no two ejections exceed the limit together
};

}  // namespace myelin::endpoints
