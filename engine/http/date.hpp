#pragma once

#include <ctime>
#include <string_view>

namespace myelin::http {

inline constexpr std::size_t kHttpDateSize = 29;

/// IMF-fixdate of RFC 9110 5.6.7, into room for kHttpDateSize characters: "Sun, 06 Nov 1994 08:49:37 GMT".
void formatHttpDate(std::time_t when, char* to) noexcept;

/// That of now, formatted once a second and thread; valid until the thread's next call.
std::string_view currentHttpDate() noexcept;

}  // namespace myelin::http
