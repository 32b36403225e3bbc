#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace myelin::observe {

using WallTime = std::chrono::system_clock::time_point;

/// Appends `2026-03-01T12:00:00.123Z`. Keeps the last second's text per thread.
void appendIsoTime(std::string& line, WallTime now);
/// Appends `01/Mar/2026:12:00:00 +0000`, as access logs have it. Keeps the last second's text per thread.
void appendAccessLogTime(std::string& line, WallTime now);

/// Appends text that came from elsewhere: a line break is followed by a tab, other control characters become \xNN.
void appendEscapedLine(std::string& line, std::string_view text);
/// For a field in double quotes: quotes, backslashes and all control characters become \xNN.
void appendQuotedField(std::string& line, std::string_view text);

}  // namespace myelin::observe
