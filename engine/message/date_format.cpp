#include "engine/message/date_format.hpp"

#include <array>
#include <cstdlib>
#include <ctime>

#include "engine/message/fault.hpp"

namespace myelin::message {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",
                                                   "February",
                                                   "March",
                                                   "April",
                                                   "May",
                                                   "June",
                                                   "July",
                                                   "August",
                                                   "September",
                                                   "October",
                                                   "November",
                                                   "December"};
constexpr std::array<std::string_view, 7> kDays{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

void appendNumber(std::string& out, long value, std::size_t width) {
    const std::string digits = std::to_string(value);
    if (digits.size() < width) out.append(width - digits.size(), '0');
    out += digits;
}

void appendName(std::string& out, std::string_view name, std::size_t count) {
    out += count >= 4 ? name : name.substr(0, 3);
}

void appendOffset(std::string& out, long seconds, bool colon, bool minutes) {
    out += seconds < 0 ? '-' : '+';
    const long size = std::labs(seconds) / 60;
    appendNumber(out, size / 60, 2);
    if (!minutes) return;
    if (colon) out += ':';
    appendNumber(out, size % 60, 2);
}

void appendField(std::string& out, char letter, std::size_t count, const std::tm& time, long milliseconds) {
    switch (letter) {
        case 'G':
            out += "AD";
            return;
        case 'y': {
            const long year = time.tm_year + 1900L;
            appendNumber(out, count == 2 ? year % 100 : year, count);
            return;
        }
        case 'M': {
            const auto month = static_cast<std::size_t>(time.tm_mon);
            if (count >= 3) return appendName(out, kMonths.at(month), count);
            return appendNumber(out, time.tm_mon + 1L, count);
        }
        case 'd':
            return appendNumber(out, time.tm_mday, count);
        case 'D':
            return appendNumber(out, time.tm_yday + 1L, count);
        case 'E':
            return appendName(out, kDays.at(static_cast<std::size_t>(time.tm_wday)), count);
        case 'u':
            return appendNumber(out, time.tm_wday == 0 ? 7 : time.tm_wday, count);
        case 'H':
            return appendNumber(out, time.tm_hour, count);
        case 'k':
            return appendNumber(out, time.tm_hour == 0 ? 24 : time.tm_hour, count);
        case 'K':
            return appendNumber(out, time.tm_hour % 12, count);
        case 'h':
            return appendNumber(out, time.tm_hour % 12 == 0 ? 12 : time.tm_hour % 12, count);
        case 'm':
            return appendNumber(out, time.tm_min, count);
        case 's':
            return appendNumber(out, time.tm_sec, count);
        case 'S':
            return appendNumber(out, milliseconds, count);
        case 'a':
            out += time.tm_hour < 12 ? "AM" : "PM";
            return;
        case 'z':
            out += time.tm_zone ? time.tm_zone : "";
            return;
        case 'Z':
            return appendOffset(out, time.tm_gmtoff, false, true);
        case 'X':
            if (time.tm_gmtoff == 0) {
                out += 'Z';
                return;
            }
            return appendOffset(out, time.tm_gmtoff, count >= 3, count >= 2);
        default:
            break;
    }
    throw MediationFault(error_code::kMediation,
                         std::string("A date pattern has the letter \"") + letter + "\", which is not supported");
}

}  // namespace

std::string formatDate(std::string_view pattern, std::int64_t millisecondsSinceEpoch) {
    const std::int64_t remainder = ((millisecondsSinceEpoch % 1000) + 1000) % 1000;
    const auto seconds = static_cast<std::time_t>((millisecondsSinceEpoch - remainder) / 1000);
    std::tm time{};
    localtime_r(&seconds, &time);

    std::string out;
    std::size_t at = 0;
    while (at < pattern.size()) {
        const char letter = pattern[at];
        if (letter == '\'') {
            if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
                out += '\'';
                at += 2;
                continue;
            }
            for (++at; at < pattern.size(); ++at) {
                if (pattern[at] != '\'') {
                    out += pattern[at];
                } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
                    out += '\'';
                    ++at;
                } else {
                    break;
                }
            }
            ++at;
            continue;
        }
        const bool isLetter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        if (!isLetter) {
            out += letter;
            ++at;
            continue;
        }
        std::size_t count = 1;
        while (at + count < pattern.size() && pattern[at + count] == letter) ++count;
        appendField(out, letter, count, time, static_cast<long>(remainder));
        at += count;
    }
    return out;
}

}  // namespace myelin::message
