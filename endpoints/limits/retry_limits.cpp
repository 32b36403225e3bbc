#include "endpoints/limits/retry_limits.hpp"

#include <chrono>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::uint32_t kAll = 100;
constexpr std::uint32_t kUsualMinimum = 1;
constexpr std::uint32_t kMostMinimum = 1'000'000;
constexpr std::size_t kMostAttempts = 1000;

std::int64_t secondOf(base::TimePoint now) noexcept {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

/// "20%" or "20".
std::optional<std::uint32_t> readBudget(const config::Element& group) {
    const auto text = group.attribute("retryBudget");
    if (!text) return std::nullopt;
    std::string_view number = base::trim(*text);
    if (number.ends_with('%')) number = base::trim(number.substr(0, number.size() - 1));
    const auto percent = base::parseNumber<std::uint32_t>(number);
    if (percent && *percent <= kAll) {
        group.resolved("retryBudget", std::to_string(*percent) + "%");
        return percent;
    }
    group.errorAt("retryBudget",
                  "\"" + *text + "\" is no share of the messages",
                  "write a whole number of hundredths from 0% to 100%, like retryBudget=\"20%\"");
    return std::nullopt;
}

}  // namespace

RetryCount::Second& RetryCount::at(std::int64_t second) noexcept {
    return seconds_[static_cast<std::size_t>(second % kSeconds)];
}

void RetryCount::message(base::TimePoint now) noexcept {
    const auto second = secondOf(now);
    auto& slot = at(second);
    // Who comes first in a second takes the slot over from ten seconds ago.
    if (slot.which.load(std::memory_order_relaxed) != second) {
        const std::lock_guard lock(mutex_);
        if (slot.which.load(std::memory_order_relaxed) < second) {
            slot.messages.store(0, std::memory_order_relaxed);
            slot.again = 0;
            slot.which.store(second, std::memory_order_relaxed);
        }
    }
    slot.messages.fetch_add(1, std::memory_order_relaxed);
}

bool RetryCount::spend(std::uint32_t percent, std::uint32_t minimum, base::TimePoint now) noexcept {
    const auto second = secondOf(now);
    const std::lock_guard lock(mutex_);
    std::uint64_t messages = 0;
    std::uint64_t again = 0;
    for (const auto& slot : seconds_) {
        if (slot.which.load(std::memory_order_relaxed) <= second - kSeconds) continue;
        messages += slot.messages.load(std::memory_order_relaxed);
        again += slot.again;
    }
    if (again >= messages * percent / kAll + static_cast<std::uint64_t>(minimum) * kSeconds) return false;
    auto& slot = at(second);
    if (slot.which.load(std::memory_order_relaxed) < second) {
        slot.messages.store(0, std::memory_order_relaxed);
        slot.again = 0;
        slot.which.store(second, std::memory_order_relaxed);
    }
    ++slot.again;
    return true;
}

std::shared_ptr<const RetryLimits> RetryLimits::read(const config::Element& group,
                                                     const std::string& identity,
                                                     config::Build& build) {
    Options options;
    if (group.has("maxAttempts")) options.maxAttempts = group.integer<std::size_t>("maxAttempts", 1, kMostAttempts, 1);
    const bool budget = group.has("retryBudget");
    options.budget = readBudget(group);
    if (budget) {
        options.minimum = group.integer<std::uint32_t>("retryMinimum", 0, kMostMinimum, kUsualMinimum);
    } else if (group.has("retryMinimum")) {
        group.errorAt("retryMinimum", "retryMinimum has no meaning without retryBudget", "give a retryBudget, too");
    }
    for (const std::string_view attribute : {"maxAttempts", "retryBudget", "retryMinimum"}) {
        group.beyondSynapse(attribute);
    }
    if (options.maxAttempts == 0 && !options.budget) return nullptr;
    auto count = options.budget ? build.states().get<RetryCount>(identity) : nullptr;
    return std::make_shared<const RetryLimits>(options, std::move(count));
}

std::optional<RetryLimits::Refusal> RetryLimits::refuse(std::size_t attempts) const {
    if (options_.maxAttempts != 0 && attempts >= options_.maxAttempts) {
        return Refusal{"that is as often as maxAttempts allows", false};
    }
    return std::nullopt;
}

std::optional<RetryLimits::Refusal> RetryLimits::spend(base::TimePoint now) const {
    if (options_.budget && !count_->spend(*options_.budget, options_.minimum, now)) {
        return Refusal{
            "not sent again: the retry budget of " + std::to_string(*options_.budget) + "% of the messages is used up",
            true};
    }
    return std::nullopt;
}

}  // namespace myelin::endpoints
