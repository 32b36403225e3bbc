#include "endpoints/oauth_settings.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "endpoints/url.hpp"
#include "endpoints/url_encoding.hpp"
#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"

namespace myelin::endpoints {

namespace {

/// Of texts one after the other, each with its length, so that no two lists look the same.
class Digest {
public:
    void add(std::string_view text) { all_ += std::to_string(text.size()) + ":" + std::string(text); }
    std::string text() const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
        unsigned length = 0;
        EVP_Digest(all_.data(), all_.size(), bytes.data(), &length, EVP_sha256(), nullptr);
        return {bytes.begin(), bytes.begin() + length};
    }

private:
    std::string all_;
};

struct GrantName {
    std::string_view element;
    OAuthSettings::Grant grant;
};
constexpr GrantName kGrants[] = {{"clientCredentials", OAuthSettings::Grant::ClientCredentials},
                                 {"passwordCredentials", OAuthSettings::Grant::Password},
                                 {"authorizationCode", OAuthSettings::Grant::RefreshToken}};

ConfiguredText required(const config::Element& grant, std::string_view name) {
    const auto child = grant.requiredChild(name);
    return child ? ConfiguredText::read(*child) : ConfiguredText();
}

OAuthSettings::Named readNamed(const config::Element& grant, std::string_view list, std::string_view item) {
    OAuthSettings::Named result;
    const auto element = grant.child(list);
    if (!element) return result;
    for (const auto& one : element->childrenNamed(item)) {
        auto name = std::string(base::trim(one.required("name")));
        auto text = ConfiguredText::read(one);
        if (!name.empty()) result.emplace_back(std::move(name), std::move(text));
    }
    return result;
}

/// Synapse takes what is not positive as "not given".
base::Milliseconds readTime(const config::Element& grant, std::string_view name, base::Milliseconds otherwise) {
    const auto child = grant.child(name);
    if (!child) return otherwise;
    const auto value = child->textAsInteger<std::int32_t>(-1, std::numeric_limits<std::int32_t>::max(), 0);
    return value > 0 ? base::Milliseconds(value) : otherwise;
}

void noteUnsupported(const config::Element& grant) {
    if (const auto proxy = grant.child("proxyConfigs")) {
        proxy->ignore();
        proxy->error("<proxyConfigs> is not supported: tokens are fetched without a proxy",
                     "let a reachable address stand in <tokenUrl>");
    }
    for (const auto name : {"useGlobalProxyConfigs", "useGlobalConnectionTimeoutConfigs", "connectionRequestTimeout"}) {
        const auto child = grant.child(name);
        if (!child) continue;
        const bool asked = !base::equalsIgnoreCase(child->text(), "false");
        if (asked) child->warning("<" + std::string(name) + "> has no effect");
    }
}

void checkTokenUrl(const config::Element& grant, const ConfiguredText& url) {
    if (!url.isStatic() || url.written().empty()) return;
    const auto parsed = parseUrl(url.written());
    if (!parsed.ok()) grant.child("tokenUrl")->error("tokens cannot be fetched from there: " + parsed.error);
}

/// Every text of the settings, for what concerns all of them.
template <typename Settings, typename Visit>
void forEachText(Settings& settings, Visit&& visit) {
    for (auto* text : {&settings.tokenUrl,
                       &settings.clientId,
                       &settings.clientSecret,
                       &settings.refreshToken,
                       &settings.username,
                       &settings.password}) {
        visit(*text);
    }
}

}  // namespace

std::optional<OAuthSettings> OAuthSettings::read(const config::Element& oauth) {
    std::optional<config::Element> element;
    OAuthSettings settings;
    for (const auto& [name, grant] : kGrants) {
        auto child = oauth.child(name);
        if (!child) continue;
        if (element) {
            child->ignore();
            child->error("<oauth> has two grants",
                         "use one of <clientCredentials>, <passwordCredentials> and "
                         "<authorizationCode>");
            continue;
        }
        element = std::move(child);
        settings.grant = grant;
    }
    if (!element) {
        oauth.error("<oauth> is empty", "it takes <clientCredentials>, <passwordCredentials> or <authorizationCode>");
        return std::nullopt;
    }
    settings.clientId = required(*element, "clientId");
    settings.clientSecret = required(*element, "clientSecret");
    settings.tokenUrl = required(*element, "tokenUrl");
    if (settings.grant == Grant::RefreshToken) settings.refreshToken = required(*element, "refreshToken");
    if (settings.grant == Grant::Password) {
        settings.username = required(*element, "username");
        settings.password = required(*element, "password");
    }
    if (const auto mode = element->child("authMode")) {
        settings.authMode = ConfiguredText::read(*mode);
        const auto& written = settings.authMode.written();
        if (settings.authMode.isStatic() && !base::equalsIgnoreCase(written, "header") &&
            !base::equalsIgnoreCase(written, "payload")) {
            mode->warning("\"" + written + "\" is no <authMode>, so the client's secret goes into a header" +
                              config::didYouMean(written, {"header", "payload"}),
                          "it is header or payload");
        }
    }
    settings.parameters = readNamed(*element, "requestParameters", "parameter");
    settings.headers = readNamed(*element, "customHeaders", "header");
    for (const auto& [name, value] : settings.headers) {
        if (!http::isToken(name)) element->error("\"" + name + "\" is no name of a header field");
    }
    settings.connectTime = readTime(*element, "connectionTimeout", settings.connectTime);
    settings.answerTime = readTime(*element, "socketTimeout", settings.answerTime);
    noteUnsupported(*element);
    checkTokenUrl(*element, settings.tokenUrl);
    return settings;
}

bool OAuthSettings::isStatic() const noexcept {
    bool result = authMode.isStatic();
    forEachText(*this, [&](const ConfiguredText& text) { result = result && text.isStatic(); });
    const auto fixed = [](const auto& one) { return one.second.isStatic(); };
    return result && std::all_of(parameters.begin(), parameters.end(), fixed) &&
           std::all_of(headers.begin(), headers.end(), fixed);
}

std::string OAuthSettings::digest() const {
    Digest digest;
    digest.add(std::to_string(static_cast<int>(grant)));
    const auto add = [&](const ConfiguredText& text) {
        digest.add(text.isStatic() ? "text" : "expression");
        digest.add(text.written());
    };
    forEachText(*this, add);
    add(authMode);
    for (const auto* list : {&parameters, &headers}) {
        digest.add(std::to_string(list->size()));
        for (const auto& [name, value] : *list) {
            digest.add(name);
            add(value);
        }
    }
    return digest.text();
}

std::optional<OAuthRequest> OAuthRequest::resolve(const OAuthSettings& settings,
                                                  message::MessageContext& context,
                                                  std::string& error) {
    const auto value = [&](const ConfiguredText& text, std::string_view name) -> std::string_view {
        const auto found = text.resolve(context);
        if (!found && error.empty()) error = "<" + std::string(name) + "> gives no value for this message";
        return found.value_or(std::string_view());
    };
    OAuthRequest request;
    request.grant = settings.grant;
    request.tokenUrl = value(settings.tokenUrl, "tokenUrl");
    request.clientId = value(settings.clientId, "clientId");
    request.clientSecret = value(settings.clientSecret, "clientSecret");
    request.refreshToken = value(settings.refreshToken, "refreshToken");
    request.username = value(settings.username, "username");
    request.password = value(settings.password, "password");
    request.inPayload = base::equalsIgnoreCase(value(settings.authMode, "authMode"), "payload");
    for (const auto& [name, text] : settings.parameters) request.parameters.emplace_back(name, value(text, name));
    for (const auto& [name, text] : settings.headers) request.headers.emplace_back(name, value(text, name));
    if (!error.empty()) return std::nullopt;
    return request;
}

std::string OAuthRequest::body(std::string_view newer) const {
    std::string text;
    switch (grant) {
        case OAuthSettings::Grant::ClientCredentials:
            appendFormField("grant_type", "client_credentials", text);
            break;
        case OAuthSettings::Grant::Password:
            appendFormField("grant_type", "password", text);
            appendFormField("username", username, text);
            appendFormField("password", password, text);
            break;
        case OAuthSettings::Grant::RefreshToken:
            appendFormField("grant_type", "refresh_token", text);
            appendFormField("refresh_token", newer.empty() ? refreshToken : newer, text);
            break;
    }
    if (inPayload) {
        appendFormField("client_id", clientId, text);
        appendFormField("client_secret", clientSecret, text);
    }
    for (const auto& [name, value] : parameters) appendFormField(name, value, text);
    return text;
}

std::string OAuthRequest::digest() const {
    Digest digest;
    for (const auto text : {tokenUrl, clientId, clientSecret, refreshToken, username, password}) digest.add(text);
    digest.add(inPayload ? "payload" : "header");
    for (const auto* list : {&parameters, &headers}) {
        for (const auto& [name, value] : *list) {
            digest.add(name);
            digest.add(value);
        }
    }
    return digest.text();
}

}  // namespace myelin::endpoints
