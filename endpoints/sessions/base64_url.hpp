#pragma once

#include <span>
#include <string>

namespace myelin::endpoints {

/// RFC 4648 section 5, without padding: letters that can stand in cookies and URLs.
std::string base64Url(std::span<const unsigned char> bytes);

}  // namespace myelin::endpoints
