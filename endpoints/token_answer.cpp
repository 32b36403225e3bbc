#include "endpoints/token_answer.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>

#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::array<std::string_view, 6> kErrors{"invalid_request",
                                                  "invalid_client",
                                                  "invalid_grant",
                                                  "unauthorized_client",
                                                  "unsupported_grant_type",
                                                  "invalid_scope"};

std::string textOf(const rapidjson::Value& object, const char* name) {
    const auto member = object.FindMember(name);
    if (member == object.MemberEnd() || !member->value.IsString()) return {};
    return {member->value.GetString(), member->value.GetStringLength()};
}

std::optional<std::int64_t> numberOf(const rapidjson::Value& object, const char* name) {
    const auto member = object.FindMember(name);
    if (member == object.MemberEnd()) return std::nullopt;
    const auto& value = member->value;
    if (value.IsInt64()) return value.GetInt64();
    if (value.IsString()) return base::parseNumber<std::int64_t>({value.GetString(), value.GetStringLength()});
    // 3599.5, or 3.6e3: the fraction of a second is of no account.
    constexpr double kMost = 1e15;
    if (value.IsDouble() && value.GetDouble() >= 0 && value.GetDouble() < kMost) {
        return static_cast<std::int64_t>(value.GetDouble());
    }
    return std::nullopt;
}

}  // namespace

std::optional<TokenAnswer> parseTokenAnswer(std::string_view json) {
    rapidjson::Document document;
    // Iterative: the nesting of a hostile answer must not become recursion on a fiber's stack.
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    document.Parse<kFlags>(json.data(), json.size());
    if (document.HasParseError() || !document.IsObject()) return std::nullopt;
    TokenAnswer answer;
    answer.accessToken = textOf(document, "access_token");
    answer.refreshToken = textOf(document, "refresh_token");
    answer.tokenType = textOf(document, "token_type");
    answer.expiresIn = numberOf(document, "expires_in");
    // Only words that are known: an answer must not write what it likes into our logs.
    const auto error = textOf(document, "error");
    if (std::find(kErrors.begin(), kErrors.end(), error) != kErrors.end()) answer.error = error;
    return answer;
}

}  // namespace myelin::endpoints
