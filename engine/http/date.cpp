#include "engine/http/date.hpp"

#include <array>
#include <cstring>

namespace myelin::http {

namespace {

void twoDigits(char* to, int value) noexcept {
    to[0] = static_cast<char>('0' + value / 10 % 10);
    to[1] = static_cast<char>('0' + value % 10);
}

// Trivial types only, so that reaching it needs no initialisation check.
struct CachedDate {
    std::time_t second;
    char text[kHttpDateSize];
};
thread_local CachedDate cached{-1, {}};

}  // namespace

void formatHttpDate(std::time_t when, char* to) noexcept {
    constexpr char kDays[] = "SunMonTueWedThuFriSat";
    constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::tm parts{};
    gmtime_r(&when, &parts);
    std::memcpy(to, "Day, 00 Mon 0000 00:00:00 GMT", kHttpDateSize);
    std::memcpy(to, kDays + 3 * parts.tm_wday, 3);
    twoDigits(to + 5, parts.tm_mday);
    std::memcpy(to + 8, kMonths + 3 * parts.tm_mon, 3);
    twoDigits(to + 12, (parts.tm_year + 1900) / 100);
    twoDigits(to + 14, parts.tm_year % 100);
    twoDigits(to + 17, parts.tm_hour);
    twoDigits(to + 20, parts.tm_min);
    twoDigits(to + 23, parts.tm_sec);
}

std::string_view currentHttpDate() noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != cached.second) {
        formatHttpDate(now.tv_sec, cached.text);
        cached.second = now.tv_sec;
    }
    return {cached.text, kHttpDateSize};
}

}  // namespace myelin::http
