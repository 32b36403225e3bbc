#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace myelin::endpoints {

/// What a token server answers (RFC 6749 5.1 and 5.2).
struct TokenAnswer {
    std::string accessToken;
    std::string refreshToken;
    std::string tokenType;
    std::optional<std::int64_t> expiresIn;  ///< seconds
    std::string error;                      ///< one of the codes that the RFC defines, else empty
};

/// Reads the JSON object; nothing when it is none. Members of other types than expected are left out, but a number may
/// stand in a string.
std::optional<TokenAnswer> parseTokenAnswer(std::string_view json);

}  // namespace myelin::endpoints
