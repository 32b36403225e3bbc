#include "endpoints/sessions/cookies.hpp"

#include <algorithm>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

/// Where the pair ends: at its semicolon or at the end of the text.
std::size_t endOfPair(std::string_view text) noexcept {
    const std::size_t semicolon = std::min(text.find(';'), text.size());
    const std::size_t equals = text.substr(0, semicolon).find('=');
    if (equals == std::string_view::npos) return semicolon;
    const std::size_t begin = text.find_first_not_of(" \t", equals + 1);
    if (begin == std::string_view::npos || begin >= semicolon || text[begin] != '"') return semicolon;
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return std::min(text.find(';', at), text.size());
        }
    }
    // Nobody closes it, so it is no quote.
    return semicolon;
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
        const std::size_t end = endOfPair(rest);
        const auto pair = base::trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        Cookie cookie{base::trim(pair.substr(0, equals)), {}, pair};
        if (equals != std::string_view::npos) cookie.value = unquoted(base::trim(pair.substr(equals + 1)));
        return cookie;
    }
    return std::nullopt;
}

bool deletesCookie(std::string_view attributes) noexcept {
    while (const auto attribute = takeCookie(attributes)) {
        if (base::equalsIgnoreCase(attribute->name, "Max-Age")) {
            return attribute->value.starts_with('-') || attribute->value == "0";
        }
        // The one date that servers write to delete a cookie.
        if (base::equalsIgnoreCase(attribute->name, "Expires") &&
            attribute->value.find("1970") != std::string_view::npos)
            return true;
    }
    return false;
}

bool removeCookies(http::Headers& headers, const std::vector<std::string>& names) {
    std::string rest;
    bool found = false;
    for (const auto& field : headers) {
        if (field.id != http::HeaderId::Cookie) continue;
        auto pairs = field.value;
        while (const auto cookie = takeCookie(pairs)) {
            if (isNamed(*cookie, names)) {
                found = true;
                continue;
            }
            if (!rest.empty()) rest += "; ";
            rest += cookie->pair;
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
