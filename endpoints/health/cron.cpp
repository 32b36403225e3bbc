#include "endpoints/health/cron.hpp"

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

template <std::size_t Size>
bool readPart(std::string_view part, std::size_t least, std::bitset<Size>& field) {
    std::size_t step = 1;
    const auto slash = part.find('/');
    if (slash != std::string_view::npos) {
        const auto number = base::parseNumber<std::size_t>(part.substr(slash + 1));
        if (!number || *number == 0) return false;
        step = *number;
    }
    const auto range = part.substr(0, slash);
    std::size_t first = least;
    std::size_t last = Size - 1;
    if (range != "*") {
        const auto dash = range.find('-');
        const auto from = base::parseNumber<std::size_t>(range.substr(0, dash));
        if (!from) return false;
        first = *from;
        if (dash != std::string_view::npos) {
            const auto to = base::parseNumber<std::size_t>(range.substr(dash + 1));
            if (!to) return false;
            last = *to;
        } else if (slash == std::string_view::npos) {
            last = first;
        }
    }
    if (first < least || last >= Size || first > last) return false;
    for (std::size_t value = first; value <= last; value += step) field.set(value);
    return true;
}

template <std::size_t Size>
bool readField(std::string_view text, std::size_t least, std::bitset<Size>& field) {
    const auto parts = base::split(text, ",");
    for (const auto part : parts) {
        if (!readPart(part, least, field)) return false;
    }
    return !parts.empty();
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text) {
    constexpr std::size_t kFields = 5;
    auto fields = base::split(text, " \t\r\n");
    Cron cron;
    if (fields.size() == kFields + 1) {
        if (!readField(fields.front(), 0, cron.seconds_)) return std::nullopt;
        fields.erase(fields.begin());
    } else {
        cron.seconds_.set(0);
    }
    if (fields.size() != kFields) return std::nullopt;
    // "?" is how some dialects write a "*" for days.
    for (const std::size_t day : {std::size_t{2}, std::size_t{4}}) {
        if (fields[day] == "?") fields[day] = "*";
    }
    const bool read = readField(fields[0], 0, cron.minutes_) && readField(fields[1], 0, cron.hours_) &&
                      readField(fields[2], 1, cron.days_) && readField(fields[3], 1, cron.months_) &&
                      readField(fields[4], 0, cron.weekdays_);
    if (!read) return std::nullopt;
    if (cron.weekdays_.test(7)) cron.weekdays_.set(0);
    cron.anyDay_ = fields[2].starts_with('*');
    cron.anyWeekday_ = fields[4].starts_with('*');
    if (!cron.find(std::time(nullptr))) return std::nullopt;
    return cron;
}

bool Cron::fitsDay(const std::tm& when) const {
    if (!months_.test(static_cast<std::size_t>(when.tm_mon) + 1)) return false;
    const bool day = days_.test(static_cast<std::size_t>(when.tm_mday));
    const bool weekday = weekdays_.test(static_cast<std::size_t>(when.tm_wday));
    return anyDay_ || anyWeekday_ ? day && weekday : day || weekday;
}

std::optional<std::time_t> Cron::find(std::time_t time) const {
    // 29 February comes once in eight years at worst, when a century has no leap day.
    constexpr int kMostDays = 8 * 366 + 1;
    std::tm when{};
    std::time_t at = time + 1;
    localtime_r(&at, &when);
    for (int day = 0; day < kMostDays; ++day) {
        if (fitsDay(when)) {
            for (; when.tm_hour < 24; ++when.tm_hour, when.tm_min = 0, when.tm_sec = 0) {
                if (!hours_.test(static_cast<std::size_t>(when.tm_hour))) continue;
                for (; when.tm_min < 60; ++when.tm_min, when.tm_sec = 0) {
                    if (!minutes_.test(static_cast<std::size_t>(when.tm_min))) continue;
                    for (; when.tm_sec < 60; ++when.tm_sec) {
                        if (!seconds_.test(static_cast<std::size_t>(when.tm_sec))) continue;
                        std::tm copy = when;
                        copy.tm_isdst = -1;
                        const auto found = std::mktime(&copy);
                        // An hour that a change of the clocks leaves out, or gives twice.
                        if (found > time) return found;
                    }
                }
            }
        }
        std::tm tomorrow{};
        tomorrow.tm_year = when.tm_year;
        tomorrow.tm_mon = when.tm_mon;
        tomorrow.tm_mday = when.tm_mday + 1;
        tomorrow.tm_isdst = -1;
        std::mktime(&tomorrow);
        tomorrow.tm_hour = tomorrow.tm_min = tomorrow.tm_sec = 0;
        when = tomorrow;
    }
    return std::nullopt;
}

}  // namespace myelin::endpoints
