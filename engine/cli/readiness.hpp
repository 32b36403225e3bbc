#pragma once

#include <string_view>

namespace myelin::cli {

/// Tells the service manager ("READY=1", "RELOADING=1", "STOPPING=1"; sd_notify(3)) when it asked to be told, by
/// NOTIFY_SOCKET in the environment. Does nothing otherwise.
void notifyServiceManager(std::string_view state) noexcept;

}  // namespace myelin::cli
