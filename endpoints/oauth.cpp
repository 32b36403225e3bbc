#include "endpoints/oauth.hpp"

#include <Poco/Logger.h>

#include "endpoints/oauth_settings.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/token_answer.hpp"
#include "endpoints/token_cache.hpp"
#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"
#include "engine/message/outgoing.hpp"
#include "engine/runtime/loop.hpp"

namespace myelin::endpoints {

namespace {

/// A token of a server that does not say how long it lasts is kept so long, as in Synapse.
constexpr std::chrono::minutes kUnknownLifetime{50};
constexpr std::chrono::hours kLongestLifetime{24 * 365};
constexpr std::size_t kLongestAnswer = 64 * 1024;

TokenCache::Fetched failed(std::string why) {
    TokenCache::Fetched fetched;
    fetched.error = std::move(why);
    return fetched;
}

/// Without its query, which may hold a secret.
std::string shown(const http::Origin& origin, std::string_view path) {
    return (origin.secure() ? "https://" : "http://") + origin.authority() +
           std::string(path.substr(0, path.find('?')));
}

/// The whole body, or nothing when it broke off or is too large to be an answer.
std::optional<std::string> readBody(http::ClientResponse& reply, runtime::Deadline deadline) {
    std::string body;
    while (reply.body) {
        const auto part = reply.body->next(deadline);
        if (part.status == http::BodyStatus::End) break;
        if (part.status != http::BodyStatus::Data || body.size() + part.bytes.size() > kLongestAnswer) {
            return std::nullopt;
        }
        body += part.bytes;
    }
    return body;
}

TokenCache::Fetched judge(int status, std::string_view body, const std::string& where) {
    const auto answer = parseTokenAnswer(body);
    if (status < 200 || status > 299) {
        std::string why = where + " answered " + std::to_string(status);
        if (answer && !answer->error.empty()) why += " (" + answer->error + ")";
        return failed(std::move(why));
    }
    if (!answer) return failed(where + " did not answer with a JSON object");
    if (answer->accessToken.empty()) return failed(where + " answered without an access_token");
    // Servers spell it "Bearer", "bearer", or "BearerToken"; without it Synapse assumes the same.
    if (!answer->tokenType.empty() && !base::startsWithIgnoreCase(answer->tokenType, "bearer")) {
        return failed(where + " gave a token that is no bearer token");
    }
    const bool clean = std::all_of(
        answer->accessToken.begin(), answer->accessToken.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!clean) return failed(where + " gave an access_token that cannot stand in a header field");
    TokenCache::Fetched fetched;
    fetched.authorization = "Bearer " + answer->accessToken;
    fetched.refreshToken = answer->refreshToken;
    fetched.lifetime = kUnknownLifetime;
    if (answer->expiresIn) {
        const std::chrono::seconds longest = kLongestLifetime;
        fetched.lifetime = std::chrono::seconds(std::clamp<std::int64_t>(*answer->expiresIn, 0, longest.count()));
    }
    return fetched;
}

class OAuthAuthentication final : public Authentication {
public:
    OAuthAuthentication(OAuthSettings settings, std::string endpoint, std::shared_ptr<TokenCaches> caches)
        : settings_(std::move(settings)), endpoint_(std::move(endpoint)), caches_(std::move(caches)) {
        if (settings_.isStatic()) only_ = caches_->at({});
    }

    Credentials authorize(message::MessageContext& context, runtime::Deadline deadline) const override {
        Credentials result;
        std::optional<OAuthRequest> request;
        std::shared_ptr<TokenCache> cache = only_;
        if (!cache) {
            request = OAuthRequest::resolve(settings_, context, result.error);
            if (!request) return result;
            cache = caches_->at(request->digest());
        }
        deadline = deadline.earlier(runtime::Deadline::after(longest(), runtime::now()));
        const TokenCache::Fetch fetchToken = [&](std::string_view refreshToken) {
            // What does not depend on the message is only needed here.
            if (!request) request = OAuthRequest::resolve(settings_, context, result.error);
            if (!request) return failed(result.error);
            auto fetched = fetch(*request, refreshToken, deadline);
            if (!fetched.error.empty()) {
                static auto& logger = Poco::Logger::get("myelin.endpoints");
                logger.warning("endpoint " + endpoint_ + " got no access token: " + fetched.error);
            }
            return fetched;
        };
        auto token = cache->get(fetchToken, deadline);
        result.error = std::move(token.error);
        if (token.authorization) result.authorization = context.arena().copy(*token.authorization);
        return result;
    }
    bool renewable() const noexcept override { return true; }
    void refused(std::string_view authorization) const override { caches_->refuse(authorization); }
    base::Milliseconds longest() const noexcept override { return settings_.longestFetch(); }

private:
    /// Null when the TLS settings of the process do not work.
    static std::shared_ptr<const http::Origin> originOf(const Url& url) {
        try {
            return recentOriginFor(url);
        } catch (const std::runtime_error&) {
            return nullptr;
        }
    }

    TokenCache::Fetched fetch(const OAuthRequest& token,
                              std::string_view refreshToken,
                              runtime::Deadline deadline) const {
        const auto url = parseUrl(token.tokenUrl);
        if (!url.ok()) return failed("<tokenUrl> is no address: " + url.error);
        const auto origin = originOf(url.url);
        if (!origin) return failed("TLS cannot be set up for <tokenUrl>");
        const std::string where = "the token server " + shown(*origin, url.url.path);

        base::Arena arena;
        http::Headers headers(arena);
        headers.add("Content-Type", "application/x-www-form-urlencoded");
        headers.add("Accept", "application/json");
        headers.add("User-Agent", message::kUserAgent);
        if (!token.inPayload) {
            headers.add("Authorization", basicAuthorization(token.clientId, token.clientSecret));
        }
        for (const auto& [name, value] : token.headers) headers.set(name, value);
        const std::string body = token.body(refreshToken);
        const std::string_view path = url.url.path;

        http::OutgoingRequest request;
        request.method = "POST";
        request.target = path.starts_with('/') ? path : arena.join("/", path);
        request.headers = &headers;
        request.body = http::OutgoingBody::of(body);
        request.responseTime = settings_.answerTime;
        http::ClientResponse reply(arena);
        http::Client::current().send(*origin, request, reply, deadline);
        if (!reply.ok()) return failed(where + " did not answer: " + reply.errorText);
        const int status = reply.head.status;
        const auto answer = readBody(reply, deadline);
        if (!answer) return failed(where + " sent an answer that broke off or is too large");
        return judge(status, *answer, where);
    }

    OAuthSettings settings_;
    std::string endpoint_;
    std::shared_ptr<TokenCaches> caches_;
    std::shared_ptr<TokenCache> only_;
};

}  // namespace

std::unique_ptr<Authentication> readOAuth(const config::Element& oauth,
                                          const config::EndpointPosition& position,
                                          config::Build& build) {
    const auto errors = build.diagnostics().errorCount();
    auto settings = OAuthSettings::read(oauth);
    if (!settings || build.diagnostics().errorCount() != errors) return nullptr;
    // Other settings under the same identity start anew, as their tokens are others'.
    auto caches = build.states().get<TokenCaches>(position.identity + " " + settings->digest());
    return std::make_unique<OAuthAuthentication>(std::move(*settings), position.identity, std::move(caches));
}

}  // namespace myelin::endpoints
