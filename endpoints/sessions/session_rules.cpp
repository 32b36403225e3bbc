#include "endpoints/sessions/session_rules.hpp"

#include <utility>
#include <vector>

#include "endpoints/sessions/client_sessions.hpp"
#include "endpoints/sessions/http_sessions.hpp"
#include "endpoints/sessions/inserted_cookie.hpp"
#include "endpoints/sessions/path_tag.hpp"
#include "endpoints/sessions/soap_sessions.hpp"
#include "endpoints/sessions/stores.hpp"
#include "endpoints/sessions/table_keeper.hpp"
#include "engine/base/strings.hpp"
#include "engine/http/characters.hpp"

namespace myelin::endpoints {

namespace {

constexpr base::Milliseconds kDefaultLifetime{120'000};
constexpr std::chrono::hours kLongestLifetime{24 * 365};
constexpr std::size_t kShortestSecret = 16;

enum class Type { Http, Soap, Client };

/// One that its group has for itself, so that groups on one host do not take each other's; nor does another Myelin on
/// the way, whose groups may be called the same, but which has another secret.
std::string defaultCookie(const std::string& group, const std::string& secret) {
    constexpr std::size_t kLetters = 8;
    return "MYELIN_" + pathTag(secret.empty() ? group : group + "\n" + pathTag(secret)).substr(1, kLetters);
}

base::Milliseconds readLifetime(const config::Element& session) {
    const auto timeout = session.child("sessionTimeout");
    if (!timeout) {
        session.resolvedChild("sessionTimeout", std::to_string(kDefaultLifetime.count()));
        return kDefaultLifetime;
    }
    return base::Milliseconds(timeout->textAsInteger<std::int64_t>(
        1, base::Milliseconds(kLongestLifetime).count(), kDefaultLifetime.count()));
}

/// Names that can be names of cookies; others are reported.
std::vector<std::string> readCookies(const config::Element& session) {
    std::vector<std::string> names;
    const auto written = session.attribute("cookie");
    if (!written) return names;
    session.beyondSynapse("cookie");
    const auto parts = base::split(*written, ", \t\r\n");
    for (const auto name : parts) {
        if (!http::isToken(name)) {
            session.errorAt("cookie", "\"" + std::string(name) + "\" cannot be the name of a cookie");
        } else {
            names.emplace_back(name);
        }
    }
    if (parts.empty()) session.errorAt("cookie", "the attribute names no cookie", R"(write cookie="JSESSIONID")");
    return names;
}

std::unique_ptr<const SessionKeeper> readInserted(const config::Element& session,
                                                  const std::string& group,
                                                  bool sliding) {
    auto names = readCookies(session);
    if (names.size() > 1) session.errorAt("cookie", "a cookie that is inserted has one name");
    InsertedCookie::Options options;
    options.name =
        names.empty() ? defaultCookie(group, session.attribute("secret").value_or("")) : std::move(names.front());
    options.sliding = sliding;
    session.resolved("cookie", options.name);
    if (const auto secret = session.attribute("secret")) {
        session.beyondSynapse("secret");
        options.key = *secret;
        if (options.key.size() < kShortestSecret) {
            session.errorAt("secret",
                            "the secret is too short to sign cookies with",
                            "it takes " + std::to_string(kShortestSecret) + " characters or more");
        }
    } else {
        options.key = processKey();
        session.warning("without a secret, cookies are signed with a key that is new with each start of the process",
                        R"(for sessions that outlive a restart, or go to several nodes, write secret="${ENV:NAME}")");
    }
    return std::make_unique<InsertedCookie>(std::move(options));
}

std::string readName(const config::Element& session, std::string_view attribute, bool token) {
    const auto written = session.attribute(attribute);
    if (!written) return {};
    session.beyondSynapse(attribute);
    const auto name = base::trim(*written);
    if (name.empty() || (token && !http::isToken(name)) || name.find_first_of("&=# ") != std::string_view::npos) {
        session.errorAt(attribute, "\"" + *written + "\" cannot be the name that is meant here");
        return {};
    }
    return std::string(name);
}

std::unique_ptr<const SessionType> readType(const config::Element& session, Type type) {
    switch (type) {
        case Type::Http: {
            auto names = readCookies(session);
            if (names.empty()) names = usualSessionCookies();
            std::string all;
            for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
            session.resolved("cookie", all);
            return httpSessions(std::move(names));
        }
        case Type::Soap:
            return soapSessions();
        case Type::Client: {
            auto header = readName(session, "header", true);
            return clientSessions(std::move(header), readName(session, "query", false));
        }
    }
    return nullptr;
}

}  // namespace

std::shared_ptr<const SessionRules> SessionRules::read(config::Element& endpoint,
                                                       const std::string& identity,
                                                       config::Build& build) {
    const auto session = endpoint.child("session");
    if (!session) return nullptr;
    const auto errors = session->diagnostics().errorCount();
    if (base::trim(session->attribute("type", "")).empty()) {
        session->error("the attribute \"type\" of <session> is missing", "it takes: http, soap, simpleClientSession");
        session->ignore();
        return nullptr;
    }
    const auto type = session->choice<Type>(
        "type", {{"http", Type::Http}, {"soap", Type::Soap}, {"simpleClientSession", Type::Client}}, Type::Http);
    if (session->diagnostics().errorCount() != errors) {
        session->ignore();
        return nullptr;
    }
    auto rules = std::make_shared<SessionRules>();
    rules->group = identity;
    rules->lifetime = readLifetime(*session);
    rules->whenDown = session->choice<WhenDown>(
        "whenDown", {{"fault", WhenDown::Fault}, {"rebind", WhenDown::Rebind}}, WhenDown::Fault);
    session->beyondSynapse("whenDown");
    const bool sliding = session->choice<bool>("expiry", {{"sliding", true}, {"absolute", false}}, true);
    session->beyondSynapse("expiry");
    const bool insert = type == Type::Http && session->boolean("insert", false);
    if (type == Type::Http) session->beyondSynapse("insert");
    if (insert) {
        rules->keeper = readInserted(*session, identity, sliding);
    } else {
        rules->keeper = std::make_shared<TableKeeper>(readType(*session, type), sessionStoreFor(build), sliding);
    }
    return session->diagnostics().errorCount() == errors ? rules : nullptr;
}

std::shared_ptr<const SessionRules> SessionRules::forScheme(const std::shared_ptr<const SessionRules>& rules,
                                                            bool secure) {
    if (!rules) return nullptr;
    auto one = std::make_shared<SessionRules>(*rules);
    one->group += secure ? " #https" : " #http";
    return one;
}

}  // namespace myelin::endpoints
