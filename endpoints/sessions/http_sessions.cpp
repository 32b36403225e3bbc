#include "endpoints/sessions/http_sessions.hpp"

#include <algorithm>
#include <utility>

#include "endpoints/sessions/cookies.hpp"

namespace myelin::endpoints {

namespace {

class HttpSessions final : public SessionType {
public:
    explicit HttpSessions(std::vector<std::string> cookies) : cookies_(std::move(cookies)) {}

    std::vector<std::string> idsIn(message::MessageContext& context, runtime::Deadline) const override {
        std::vector<std::string> ids;
        for (const auto& field : std::as_const(context).headers()) {
            if (field.id != http::HeaderId::Cookie) continue;
            auto pairs = field.value;
            while (const auto cookie = takeCookie(pairs)) note(*cookie, ids);
        }
        return ids;
    }
    bool clientNames() const noexcept override { return false; }
    std::vector<std::string> idsIn(http::ClientResponse& reply, runtime::Deadline) const override {
        std::vector<std::string> ids;
        for (const auto& field : reply.head.headers) {
            if (field.id != http::HeaderId::SetCookie) continue;
            auto attributes = field.value;
            const auto cookie = takeCookie(attributes);
            if (cookie && !deletesCookie(attributes)) note(*cookie, ids);
        }
        return ids;
    }
    void withdraw(message::MessageContext& context, runtime::Deadline) const override {
        removeCookies(context.headers(), cookies_);
    }

private:
    void note(const Cookie& cookie, std::vector<std::string>& ids) const {
        if (cookie.value.empty() || ids.size() == kMostSessions) return;
        if (std::find(cookies_.begin(), cookies_.end(), cookie.name) == cookies_.end()) return;
        std::string id = std::string(cookie.name) + "=" + std::string(cookie.value);
        if (id.size() > kLongestSessionId || std::find(ids.begin(), ids.end(), id) != ids.end()) return;
        ids.push_back(std::move(id));
    }

    std::vector<std::string> cookies_;
};

}  // namespace

const std::vector<std::string>& usualSessionCookies() {
    static const std::vector<std::string> names{"JSESSIONID",
                                                "PHPSESSID",
                                                "phpMyAdmin",
                                                "ASP.NET_SessionId",
                                                ".AspNetCore.Session",
                                                "connect.sid",
                                                "sessionid",
                                                "laravel_session",
                                                "_session_id",
                                                "CGISESSID",
                                                "SESSION"};
    return names;
}

std::unique_ptr<const SessionType> httpSessions(std::vector<std::string> cookies) {
    return std::make_unique<HttpSessions>(std::move(cookies));
}

}  // namespace myelin::endpoints
