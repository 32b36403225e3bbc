#include "endpoints/sessions/cookies.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "engine/base/strings.hpp"
#include "engine/runtime/wall_clock.hpp"

namespace myelin::endpoints {

namespace {

/// Whether a date as cookies have it (RFC 6265 5.1.1) is over. Only days count, and what is no date is never over.
bool isPast(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 12> kMonths{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    std::optional<unsigned> day;
    std::optional<unsigned> month;
    std::optional<int> year;
    for (const auto token : base::split(text, " ,-/")) {
        if (token.find(':') != std::string_view::npos) continue;
        const auto number = base::parseNumber<int>(token);
        if (number && *number >= 0 && *number <= 9999) {
            if (!day && token.size() <= 2) {
                day = static_cast<unsigned>(*number);
            } else if (!year) {
                year = *number >= 100 ? *number : *number + (*number < 70 ? 2000 : 1900);
            }
        } else if (!month && token.size() >= 3) {
            for (std::size_t i = 0; i < kMonths.size(); ++i) {
                if (base::equalsIgnoreCase(token.substr(0, 3), kMonths[i])) month = static_cast<unsigned>(i + 1);
            }
        }
    }
    if (!day || !month || !year) return false;
    const std::chrono::year_month_day date{
        std::chrono::year(*year), std::chrono::month(*month), std::chrono::day(*day)};
    return date.ok() && std::chrono::sys_days(date) < std::chrono::floor<std::chrono::days>(runtime::wallTime());
}

std::string_view unquoted(std::string_view value) noexcept {
    return value.size() >= 2 && value.front() == '"' && value.back() == '"' ? value.substr(1, value.size() - 2) : value;
}

bool isNamed(const Cookie& cookie, const std::vector<std::string>& names) noexcept {
    return std::find(names.begin(), names.end(), cookie.name) != names.end();
}

}  // namespace

std::optional<Cookie> takeCookie(std::string_view& rest) noexcept {
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const auto pair = base::trim(rest.substr(0, end));
        const bool blank = rest.front() == ' ' || rest.front() == '\t';
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        Cookie cookie{base::trim(pair.substr(0, equals)), {}, pair, blank};
        if (equals != std::string_view::npos) cookie.value = unquoted(base::trim(pair.substr(equals + 1)));
        return cookie;
    }
    return std::nullopt;
}

bool deletesCookie(std::string_view attributes) noexcept {
    std::optional<bool> byAge;
    bool byDate = false;
    while (const auto attribute = takeCookie(attributes)) {
        const auto value = attribute->value;
        if (base::equalsIgnoreCase(attribute->name, "Max-Age")) {
            byAge = value.starts_with('-') || (!value.empty() && value.find_first_not_of('0') == value.npos);
        } else if (base::equalsIgnoreCase(attribute->name, "Expires")) {
            byDate = isPast(value);
        }
    }
    // RFC 6265, section 5.3: Max-Age counts, wherever it stands.
    return byAge.value_or(byDate);
}

bool removeCookies(http::Headers& headers, const std::vector<std::string>& names) {
    std::string rest;
    bool found = false;
    for (const auto& field : headers) {
        if (field.id != http::HeaderId::Cookie) continue;
        auto pairs = field.value;
        bool quoted = false;  // in quotes that another cookie has opened, and that may mean something to its server
        while (const auto cookie = takeCookie(pairs)) {
            if (isNamed(*cookie, names)) {
                found = true;
                continue;
            }
            if (!rest.empty()) rest += quoted && !cookie->blank ? ";" : "; ";
            rest += cookie->pair;
            quoted ^= std::count(cookie->pair.begin(), cookie->pair.end(), '"') % 2 != 0;
        }
    }
    if (!found) return false;
    if (rest.empty())
        headers.remove(http::HeaderId::Cookie);
    else
        headers.set("Cookie", rest);
    return true;
}

}  // namespace myelin::endpoints
