#pragma once

#include <string>
#include <string_view>

namespace myelin::message {

/// Text that XML (and JSON) can hold: control characters, forbidden code points and bytes that are no UTF-8 become
/// question marks. For text from outside: header values, reasons of errors.
std::string xmlText(std::string_view text);

}  // namespace myelin::message
