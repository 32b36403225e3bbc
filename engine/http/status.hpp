#pragma once

#include <string_view>

namespace myelin::http {

/// The phrase that RFC 9110 15 and the registry give a status code; that of its class's x00 for an unregistered one.
std::string_view reasonPhrase(int status) noexcept;

/// True when an answer of this status never has a body (RFC 9110 6.4.1).
constexpr bool isBodylessStatus(int status) noexcept {
    return status < 200 || status == 204 || status == 304;
}

}  // namespace myelin::http
