#pragma once

#include <string>
#include <string_view>

namespace myelin::config {

/// The text of an XML file in UTF-8 without a byte order mark. Understands UTF-8, US-ASCII, ISO-8859-1, windows-1252
/// and UTF-16 with a byte order mark; for anything else `problem` is set and the result is empty.
std::string toUtf8(std::string bytes, std::string& problem);

}  // namespace myelin::config
