#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "endpoints/configured_text.hpp"
#include "engine/base/clock.hpp"
#include "engine/http/client.hpp"

namespace myelin::endpoints {

/// The content of one grant of <oauth>, as it was configured.
struct OAuthSettings {
    enum class Grant { ClientCredentials, Password, RefreshToken };
    using Named = std::vector<std::pair<std::string, ConfiguredText>>;

    Grant grant = Grant::ClientCredentials;
    ConfiguredText tokenUrl;
    ConfiguredText clientId;
    ConfiguredText clientSecret;
    ConfiguredText refreshToken;  ///< RefreshToken only
    ConfiguredText username;      ///< Password only
    ConfiguredText password;      ///< Password only
    ConfiguredText authMode;      ///< "payload": the client's id and secret stand in the body; else in a header
    Named parameters;             ///< further fields of the body
    Named headers;                ///< further header fields
    base::Milliseconds connectTime{10'000};
    base::Milliseconds answerTime{30'000};

    /// Reads the element of the grant. Nothing after reporting what is missing.
    static std::optional<OAuthSettings> read(const config::Element& oauth);

    /// Whether nothing of it depends on the message.
    bool isStatic() const noexcept;
    /// A digest of all of it as written: the same settings give the same one, and it tells nothing about them.
    std::string digest() const;
    base::Milliseconds longestFetch() const noexcept { return connectTime + answerTime; }
};

/// The same with the values for one message; views that live as long as its exchange.
struct OAuthRequest {
    using Named = std::vector<std::pair<std::string_view, std::string_view>>;

    OAuthSettings::Grant grant = OAuthSettings::Grant::ClientCredentials;
    std::string_view tokenUrl;
    std::string_view clientId;
    std::string_view clientSecret;
    std::string_view refreshToken;
    std::string_view username;
    std::string_view password;
    bool inPayload = false;
    Named parameters;
    Named headers;

    /// Evaluates the expressions. Nothing, with the reason in `error`, when one of them gives no value.
    static std::optional<OAuthRequest> resolve(const OAuthSettings& settings,
                                               message::MessageContext& context,
                                               std::string& error);
    /// The body of the token request (RFC 6749 4.3.2, 4.4.2, 6), with this refresh token unless it is empty.
    std::string body(std::string_view refreshToken) const;
    /// A digest that tells these credentials from others, and nothing about them.
    std::string digest() const;
};

}  // namespace myelin::endpoints
