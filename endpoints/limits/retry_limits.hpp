#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/config/build.hpp"

namespace myelin::endpoints {

/// The messages of one group and what it has sent again for them, over the last ten seconds. Shared by all workers and
/// by successive configurations. Any thread.
class RetryCount {
public:
    static constexpr std::int64_t kSeconds = 10;

    /// A message has come.
    void message(base::TimePoint now) noexcept;
    /// Counts one more that is sent again, unless that would be more than `percent` of the messages and `minimum` for
    /// each of the seconds.
    bool spend(std::uint32_t percent, std::uint32_t minimum, base::TimePoint now) noexcept;

private:
    struct Second {
        std::atomic<std::int64_t> which{-1};
        std::atomic<std::uint64_t> messages{0};
        std::uint64_t again = 0;  // guarded by the mutex
    };
    Second& at(std::int64_t second) noexcept;

    std::array<Second, kSeconds> seconds_;
    std::mutex mutex_;
};

/// How much a group may send again beyond what its children's failures call for: maxAttempts, retryBudget and
/// retryMinimum.
class RetryLimits {
public:
    /// Null when the group says nothing of it.
    static std::shared_ptr<const RetryLimits> read(const config::Element& group,
                                                   const std::string& identity,
                                                   config::Build& build);

    struct Options {
        std::size_t maxAttempts = 0;  ///< children, or tries on them, that one message is given to; 0: any number
        std::optional<std::uint32_t> budget;  ///< in hundredths of the messages
        std::uint32_t minimum = 0;            ///< for each second
    };
    RetryLimits(Options options, std::shared_ptr<RetryCount> count) : options_(options), count_(std::move(count)) {}

    std::size_t maxAttempts() const noexcept { return options_.maxAttempts; }
    /// A message has come to the group.
    void message(base::TimePoint now) const noexcept {
        if (options_.budget) count_->message(now);
    }
    struct Refusal {
        std::string why;
        bool conclusive = false;  ///< for the groups further out, too
    };
    /// Why a message that has failed `attempts` times is not sent again; nothing when it may be.
    std::optional<Refusal> refuse(std::size_t attempts) const;
    /// For a message that is about to be sent again, to a child that could take it: counts it, or says why it is not.
    std::optional<Refusal> spend(base::TimePoint now) const;

private:
    Options options_;
    std::shared_ptr<RetryCount> count_;
};

}  // namespace myelin::endpoints
