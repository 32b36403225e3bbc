#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin::message {

/// A point of wall time in the way of Java's SimpleDateFormat, in the process's time zone. Known letters: G y M d H h
/// k K m s S E u D a z Z X, text between apostrophes, '' for an apostrophe. Throws MediationFault for other letters.
/// Names of months and days are English.
std::string formatDate(std::string_view pattern, std::int64_t millisecondsSinceEpoch);

/// The ISO 8601 form with milliseconds and offset: what SYSTEM_DATE is without a pattern.
constexpr std::string_view kIsoDatePattern = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

}  // namespace myelin::message
