#pragma once

#include <bitset>
#include <ctime>
#include <optional>
#include <string_view>

namespace myelin::endpoints {

/// A schedule as cron has it: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), in the local
/// time zone; with six fields the first is the second. A field is `*` or a list of numbers and ranges, each with
/// `/step` if need be. As in cron, a day has to fit only one of the two fields of days when both are restricted.
class Cron {
public:
    /// Nothing when the text is none, or names no time that ever comes (31 February).
    static std::optional<Cron> parse(std::string_view text);
    /// The first fitting second after `time`.
    std::time_t next(std::time_t time) const { return find(time).value_or(time + kFarAway); }

private:
    static constexpr std::time_t kFarAway = 366 * 24 * 3600;
    std::optional<std::time_t> find(std::time_t time) const;
    bool fitsDay(const std::tm& when) const;

    std::bitset<60> seconds_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool anyDay_ = false;
    bool anyWeekday_ = false;
};

}  // namespace myelin::endpoints
