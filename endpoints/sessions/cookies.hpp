#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http/headers.hpp"

namespace myelin::endpoints {

/// One pair of a Cookie field, or the pair at the beginning of a Set-Cookie field. Views into the field.
struct Cookie {
    std::string_view name;
    std::string_view value;  ///< without the quotes around it
    std::string_view pair;   ///< as it is written, without blanks around it
    bool blank = false;      ///< there was one before it
};

/// Takes the next pair off a Cookie field, or the pair and then the attributes off a Set-Cookie field: pairs end at
/// each semicolon, in quotes as well (RFC 6265 5.2; whoever sees it otherwise lets a foreign cookie with one quote hide
/// those behind it). What has no "=" is a name without value. Nothing at the end.
std::optional<Cookie> takeCookie(std::string_view& rest) noexcept;

/// Whether a Set-Cookie field, its pair taken off, ends the cookie's life at once (RFC 6265 4.1.2).
bool deletesCookie(std::string_view attributes) noexcept;

/// Takes the cookies of these names out of all Cookie fields; the others stay as they are written. False when there
/// were none.
bool removeCookies(http::Headers& headers, const std::vector<std::string>& names);

}  // namespace myelin::endpoints
