#include "endpoints/health/group_health.hpp"

#include <Poco/Logger.h>

#include <algorithm>

#include "endpoints/duration_text.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "engine/base/random.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kAll = 100;
/// How long a judgement about panic holds.
constexpr base::Milliseconds kJudgementHolds{20};

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.health");
    return instance;
}

/// From 0 up to 1, another one for each child.
double chanceOf(std::uint64_t chance, std::size_t index) noexcept {
    return base::shareOf(base::mixed(chance + index * base::kMixedStep));
}

}  // namespace

GroupHealth::GroupHealth(Options options, std::vector<Child> children)
    : options_(std::move(options)), children_(std::move(children)) {
    for (const auto& child : children_) anySecondary_ = anySecondary_ || child.secondary;
}

bool GroupHealth::inService(const Child& child, base::TimePoint now) const noexcept {
    if (child.outliers && child.outliers->out(now)) return false;
    const auto& monitors = child.monitors;
    return monitors.empty() ||
           std::any_of(monitors.begin(), monitors.end(), [](const auto& one) { return one->ready(); });
}

/// Whether a judgement has become too old; then it is made anew.
bool GroupHealth::judgeAgain(base::TimePoint now) const noexcept {
    const auto ticks = now.time_since_epoch().count();
    const auto judged = judgedAt_.load(std::memory_order_relaxed);
    if (judged != 0 && ticks - judged < base::Duration(kJudgementHolds).count()) return false;
    judgedAt_.store(ticks, std::memory_order_relaxed);
    return true;
}

bool GroupHealth::belowMinimum(const Endpoints& endpoints, base::TimePoint now) const noexcept {
    if (!judgeAgain(now)) return below_.load(std::memory_order_relaxed);
    std::uint64_t all = 0;
    std::uint64_t available = 0;
    // One that has enough to do is in service.
    const BeyondLimits look;
    for (std::size_t index = 0; index < children_.size(); ++index) {
        const auto& child = children_[index];
        all += child.weight;
        if (inService(child, now) && endpoints[index]->ready(now)) available += child.weight;
    }
    const bool below = available * kAll < all * options_.minimum;
    if (below_.exchange(below, std::memory_order_relaxed) == below) return below;
    const std::string state = "group " + options_.name + ": " + std::to_string(available) + " of " +
                              std::to_string(all) + " of the weight is available";
    if (below)
        logger().warning(state + ", less than " + std::to_string(options_.minimum) + " %, so it takes no messages");
    else
        logger().information(state + ", which is enough again");
    return below;
}

bool GroupHealth::inPanic(base::TimePoint now) const noexcept {
    auto& flag = *options_.panic;
    if (!judgeAgain(now)) return flag.load(std::memory_order_relaxed);
    std::size_t serving = 0;
    for (const auto& child : children_) serving += inService(child, now) ? 1 : 0;
    const bool panic = serving * kAll < children_.size() * options_.policy->panic;
    if (flag.exchange(panic, std::memory_order_relaxed) == panic) return panic;
    const std::string state = "group " + options_.name + ": " + std::to_string(serving) + " of " +
                              std::to_string(children_.size()) + " children are healthy";
    const bool refuse = options_.policy->whenPanic == OutlierPolicy::WhenPanic::Refuse;
    if (panic)
        logger().warning(state + (refuse ? ", so it takes no messages" : ", so health is ignored"));
    else
        logger().information(state + ", which is enough again");
    return panic;
}

bool GroupHealth::available(std::size_t index, const Endpoints& endpoints, base::TimePoint now) const noexcept {
    const auto& child = children_[index];
    const auto& endpoint = *endpoints[index];
    if (options_.minimum != 0 && belowMinimum(endpoints, now)) return false;
    const bool out = child.outliers && child.outliers->out(now);
    if (!options_.panic) return !out && endpoint.ready(now);
    const bool refuse = options_.policy->whenPanic == OutlierPolicy::WhenPanic::Refuse;
    if (refuse) return !inPanic(now) && !out && endpoint.ready(now);
    // While it is on, the children say that they are ready.
    if (options_.panic->load(std::memory_order_relaxed) && inPanic(now)) return endpoint.ready(now);
    if (!out && endpoint.ready(now)) return true;
    return inPanic(now) && endpoint.ready(now);
}

bool GroupHealth::admits(std::size_t index, std::uint64_t chance, base::TimePoint now) const noexcept {
    return chanceOf(chance, index) < startShare(index, now);
}

double GroupHealth::startShare(std::size_t index, base::TimePoint now) const noexcept {
    constexpr double kWhole = 1.0;
    if (options_.slowStart.count() == 0) return kWhole;
    const auto& child = children_[index];
    std::int64_t recovered = child.outliers ? child.outliers->recoveredAt() : 0;
    // A group has its own slow start inside.
    if (child.monitors.size() == 1) recovered = std::max(recovered, child.monitors.front()->state().recoveredAt());
    if (recovered == 0) return kWhole;
    const auto passed = now.time_since_epoch().count() - recovered;
    const auto whole = base::Duration(options_.slowStart).count();
    if (passed >= whole) return kWhole;
    // With none at all it would never begin.
    constexpr double kLeast = 0.1;
    return std::max(kLeast, static_cast<double>(passed) / static_cast<double>(whole));
}

GroupHealth::Stay::Stay(const GroupHealth& group, std::size_t index, base::TimePoint now)
    : group_(&group), index_(index) {
    const auto& outliers = group.children_[index].outliers;
    if (outliers) turn_ = outliers->enter(now);
}

GroupHealth::Stay::~Stay() {
    if (!over_ && turn_ == OutlierState::Turn::Trial) group_->left(index_, turn_, Sign::Nothing, {});
}

void GroupHealth::Stay::report(const message::SendOutcome& outcome,
                               http::ClientResponse& reply,
                               runtime::Deadline deadline) {
    over_ = true;
    if (!group_->children_[index_].outliers) return;
    const Sign sign = signOf(*group_->options_.policy, outcome, reply, deadline);
    std::string what;
    if (sign == Sign::Bad || sign == Sign::Poor) {
        what = outcome.answered ? "it answered " + std::to_string(reply.head.status) : outcome.detail;
    }
    group_->left(index_, turn_, sign, what);
}

void GroupHealth::left(std::size_t index, OutlierState::Turn turn, Sign sign, const std::string& what) const {
    const auto& child = children_[index];
    const auto now = runtime::now();
    switch (child.outliers->leave(turn, sign, *options_.policy, now)) {
        case OutlierState::Verdict::Nothing:
            break;
        case OutlierState::Verdict::ShouldBeEjected:
            eject(index, what, now);
            break;
        case OutlierState::Verdict::EjectedAgain:
            logger().warning("group " + options_.name + ": the trial of " + child.name +
                             " failed, ejected for another " + milliseconds(child.outliers->remaining(now)) + ": " +
                             what);
            break;
        case OutlierState::Verdict::TakenBack:
            logger().information("group " + options_.name + ": the trial of " + child.name +
                                 " succeeded, it gets messages again");
            break;
    }
}

void GroupHealth::eject(std::size_t index, const std::string& what, base::TimePoint now) const {
    const auto& child = children_[index];
    std::string line;
    {
        const std::lock_guard lock(ejecting_);
        if (child.outliers->ejected()) return;
        std::size_t ejected = 0;
        for (const auto& one : children_) ejected += one.outliers->ejected() ? 1 : 0;
        if ((ejected + 1) * kAll > children_.size() * options_.policy->maxEjected) return;
        const auto duration = child.outliers->eject(*options_.policy, now);
        line = "group " + options_.name + " ejects " + child.name + " for " + milliseconds(duration) + " after " +
               child.outliers->reason() + ", the last one: " + what;
    }
    logger().warning(line);
}

std::string GroupHealth::condition(std::size_t index, base::TimePoint now) const {
    const auto& child = children_[index];
    if (child.outliers && child.outliers->out(now)) {
        const auto remaining = child.outliers->remaining(now);
        return child.name + " is ejected after " + child.outliers->reason() +
               (remaining.count() > 0 ? " for another " + milliseconds(remaining) : ", its trial is under way");
    }
    return {};
}

std::string GroupHealth::condition(base::TimePoint now) const {
    const std::string group = "group " + options_.name;
    if (below_.load(std::memory_order_relaxed)) {
        return group + " takes no messages while less than " + std::to_string(options_.minimum) +
               " % of its weight is available";
    }
    const bool refuse = options_.panic && options_.policy->whenPanic == OutlierPolicy::WhenPanic::Refuse;
    if (refuse && inPanic(now)) {
        return group + " takes no messages while fewer than " + std::to_string(options_.policy->panic) +
               " % of its children are healthy";
    }
    return {};
}

}  // namespace myelin::endpoints
