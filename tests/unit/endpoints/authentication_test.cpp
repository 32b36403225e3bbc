#include "endpoints/authentication.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// Basic authentication and OAuth against servers on the loopback.

namespace {

using namespace myelin;
using namespace std::chrono_literals;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Setup;
using endpoints::test::soon;
using endpoints::test::StreamedBody;

std::string endpointXml(const std::string& url, const std::string& authentication, const std::string& more = {}) {
    return "<endpoint name='H'><http uri-template='" + url + "'><authentication>" + authentication +
           "</authentication>" + more + "</http></endpoint>";
}

struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    message::SendOutcome send() const { return Message().send(*endpoint, soon()); }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

std::string header(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto start = at + name.size() + 4;
    return request.substr(start, request.find("\r\n", start) - start);
}

std::string bodyOf(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

/// Answers with the tokens t1, t2, ...
struct TokenServer {
    explicit TokenServer(std::string more = {}, std::chrono::milliseconds delay = 0ms)
        : backend([this, more = std::move(more), delay](const std::string&) {
              std::this_thread::sleep_for(delay);
              return answer("200 OK", R"({"access_token":"t)" + std::to_string(++given) + "\"" + more + "}");
          }) {}
    std::atomic<int> given{0};
    Backend backend;
};

/// Takes no token but this one.
Backend demanding(const std::string& token) {
    return Backend([token](const std::string& request) {
        return header(request, "Authorization") == "Bearer " + token ? answer("200 OK")
                                                                     : answer("401 Unauthorized", "no");
    });
}

std::string grant(const std::string& tokenUrl,
                  const std::string& more = {},
                  const std::string& name = "clientCredentials") {
    return "<oauth><" + name + "><clientId>me</clientId><clientSecret>s3cr3t</clientSecret><tokenUrl>" + tokenUrl +
           "</tokenUrl>" + more + "</" + name + "></oauth>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AuthenticationOfHttp)

BOOST_AUTO_TEST_CASE(basicIsEncoded) {
    BOOST_CHECK_EQUAL(endpoints::basicAuthorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    BOOST_CHECK_EQUAL(endpoints::basicAuthorization("test", "123\xC2\xA3"), "Basic dGVzdDoxMjPCow==");
}

BOOST_AUTO_TEST_CASE(basicReplacesWhatTheClientSent) {
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(
        backend.url(), "<basicAuth><username>Aladdin</username><password> open sesame </password></basicAuth>"));
    Message message;
    message.context().headers().set("Authorization", "Bearer of the client");
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    const auto request = backend.requests().front();
    BOOST_CHECK_EQUAL(header(request, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    BOOST_CHECK_EQUAL(request.find("Bearer"), std::string::npos);
    BOOST_CHECK_EQUAL(*std::as_const(message.context()).headers().get("Authorization"), "Bearer of the client");
}

BOOST_AUTO_TEST_CASE(basicWithExpressions) {
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url(),
                                "<basicAuth><username>{get-property('user')}</username>"
                                "<password>{get-property('password')}</password></basicAuth>"));
    Message message;
    auto& properties = message.context().properties(message::Scope::Default);
    properties.set("user", message::PropertyValue(std::string_view("Aladdin")));
    properties.set("password", message::PropertyValue(std::string_view("open sesame")));
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(header(backend.requests().front(), "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    const auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303003);
    BOOST_CHECK_EQUAL(outcome.text, "HTTP endpoint H cannot authenticate: <username> gives no value for this message");
}

BOOST_AUTO_TEST_CASE(aRefusedPasswordIsAnAnswer) {
    const Backend backend(answer("401 Unauthorized"));
    const Tree tree(endpointXml(backend.url(), "<basicAuth><username>u</username><password>p</password></basicAuth>"));
    Message message;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 401);
    BOOST_CHECK_EQUAL(backend.requests().size(), 1U);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 1U);
}

BOOST_AUTO_TEST_CASE(clientCredentialsInAHeader) {
    TokenServer tokens(R"(,"token_type":"bearer","expires_in":3600)");
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url("/a"), grant(tokens.backend.url("/token?x=1"))));
    BOOST_REQUIRE(tree.send().answered);
    BOOST_REQUIRE(tree.send().answered);
    const auto fetches = tokens.backend.requests();
    BOOST_REQUIRE_EQUAL(fetches.size(), 1U);
    BOOST_CHECK(fetches.front().starts_with("POST /token?x=1 HTTP/1.1\r\n"));
    BOOST_CHECK_EQUAL(header(fetches.front(), "Content-Type"), "application/x-www-form-urlencoded");
    BOOST_CHECK_EQUAL(header(fetches.front(), "Authorization"), endpoints::basicAuthorization("me", "s3cr3t"));
    BOOST_CHECK_EQUAL(bodyOf(fetches.front()), "grant_type=client_credentials");
    for (const auto& request : backend.requests()) BOOST_CHECK_EQUAL(header(request, "Authorization"), "Bearer t1");
}

BOOST_AUTO_TEST_CASE(clientCredentialsInThePayload) {
    TokenServer tokens;
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url(),
                                grant(tokens.backend.url(),
                                      "<authMode>Payload</authMode>"
                                      "<requestParameters><parameter name='scope'>a b</parameter></requestParameters>"
                                      "<customHeaders><header name='X-Tenant'>blue</header></customHeaders>")));
    BOOST_REQUIRE(tree.send().answered);
    const auto fetch = tokens.backend.requests().front();
    BOOST_CHECK_EQUAL(header(fetch, "Authorization"), "");
    BOOST_CHECK_EQUAL(header(fetch, "X-Tenant"), "blue");
    BOOST_CHECK_EQUAL(bodyOf(fetch), "grant_type=client_credentials&client_id=me&client_secret=s3cr3t&scope=a%20b");
}

BOOST_AUTO_TEST_CASE(passwordAndRefreshTokenGrants) {
    TokenServer tokens;
    const Backend backend(answer("200 OK"));
    const Tree password(endpointXml(
        backend.url(),
        grant(tokens.backend.url(), "<username>u&amp;</username><password>p=</password>", "passwordCredentials")));
    BOOST_REQUIRE(password.send().answered);
    BOOST_CHECK_EQUAL(bodyOf(tokens.backend.requests().back()), "grant_type=password&username=u%26&password=p%3D");
    const Tree refresh(
        endpointXml(backend.url(), grant(tokens.backend.url(), "<refreshToken>r</refreshToken>", "authorizationCode")));
    BOOST_REQUIRE(refresh.send().answered);
    BOOST_CHECK_EQUAL(bodyOf(tokens.backend.requests().back()), "grant_type=refresh_token&refresh_token=r");
}

BOOST_AUTO_TEST_CASE(manyAtOnceFetchOneToken) {
    TokenServer tokens(R"(,"expires_in":3600)", 100ms);
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url(), grant(tokens.backend.url())));
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            if (tree.send().answered) ++answered;
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_CHECK_EQUAL(answered, 8);
    BOOST_CHECK_EQUAL(tokens.given, 1);
}

BOOST_AUTO_TEST_CASE(anExpiredTokenIsFetchedAnew) {
    TokenServer tokens(R"(,"expires_in":0)");
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url(), grant(tokens.backend.url())));
    BOOST_REQUIRE(tree.send().answered);
    BOOST_REQUIRE(tree.send().answered);
    BOOST_CHECK_EQUAL(header(backend.requests().back(), "Authorization"), "Bearer t2");
}

BOOST_AUTO_TEST_CASE(a401IsAnsweredWithANewTokenOnce) {
    TokenServer tokens;
    const Backend backend = demanding("t2");
    const Tree tree(endpointXml(backend.url("/{uri.var.x}"), grant(tokens.backend.url())));
    StreamedBody body(3, "<a/>");
    Message message("POST", "/", &body);
    message.context()
        .properties(message::Scope::Default)
        .set("uri.var.x", message::PropertyValue(std::string_view("y")));
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 200);
    BOOST_REQUIRE_EQUAL(backend.requests().size(), 2U);
    for (const auto& request : backend.requests()) {
        BOOST_CHECK(request.starts_with("POST /y HTTP/1.1"));
        BOOST_CHECK_EQUAL(bodyOf(request), "<a/><a/><a/>");
    }
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 2U);
}

BOOST_AUTO_TEST_CASE(aSecond401IsTheAnswer) {
    TokenServer tokens;
    const Backend backend = demanding("none of them");
    const Tree tree(endpointXml(backend.url(), grant(tokens.backend.url())));
    Message message;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 401);
    BOOST_CHECK_EQUAL(backend.requests().size(), 2U);
    BOOST_CHECK_EQUAL(tokens.given, 2);
    BOOST_CHECK(tree.endpoint->ready(base::Clock::now()));
}

BOOST_AUTO_TEST_CASE(a401WithoutANewTokenIsAFault) {
    std::atomic<int> given{0};
    const Backend tokens([&](const std::string&) {
        return ++given == 1 ? answer("200 OK", R"({"access_token":"t1"})") : answer("503 Service Unavailable");
    });
    const Backend backend = demanding("none of them");
    const Tree tree(endpointXml(backend.url(), grant(tokens.url())));
    const auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303003);
    BOOST_CHECK_MESSAGE(outcome.text.ends_with("answered 503"), outcome.text);
    BOOST_CHECK_EQUAL(backend.requests().size(), 1U);
}

BOOST_AUTO_TEST_CASE(aBodyThatWasNotKeptIsNotSentAgain) {
    TokenServer tokens;
    const Backend backend = demanding("t2");
    const Tree tree(endpointXml(backend.url(), grant(tokens.backend.url())));
    StreamedBody large(600, std::string(1024, 'x'));
    Message message("POST", "/", &large);
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 401);
    BOOST_CHECK_EQUAL(backend.requests().size(), 1U);
    // The next message does not try the refused token again.
    Message next;
    BOOST_REQUIRE(next.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(next.reply().head.status, 200);
    BOOST_CHECK_EQUAL(backend.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(noTokenIsFault303003) {
    const Backend backend(answer("200 OK"));
    const Backend refusing(answer("401 Unauthorized", R"({"error":"invalid_client","error_description":"s3cr3t"})"));
    const Backend html(answer("200 OK", "<html>s3cr3t</html>"));
    const Backend empty(answer("200 OK", "{}"));
    const Backend mac(answer("200 OK", R"({"access_token":"t","token_type":"mac"})"));
    const Backend broken(answer("200 OK", R"({"access_token":"a\r\nb"})"));
    const std::pair<std::string, const char*> all[] = {
        {refusing.url("/t?key=s3cr3t"), "/t answered 401 (invalid_client)"},
        {html.url(), "did not answer with a JSON object"},
        {empty.url(), "answered without an access_token"},
        {mac.url(), "gave a token that is no bearer token"},
        {broken.url(), "gave an access_token that cannot stand in a header field"},
        {deadUrl(), "did not answer: "}};
    for (const auto& [url, expected] : all) {
        const Tree tree(endpointXml(backend.url(), grant(url)));
        const auto outcome = tree.send();
        BOOST_CHECK_EQUAL(outcome.code, 303003);
        BOOST_CHECK(!outcome.answered && !outcome.mayHaveReachedServer && !outcome.conclusive);
        BOOST_CHECK_MESSAGE(outcome.text.find(expected) != std::string::npos, outcome.text);
        BOOST_CHECK_MESSAGE((outcome.text + outcome.detail).find("s3cr3t") == std::string::npos, outcome.text);
        // As in Synapse: the backend is not to blame.
        BOOST_CHECK(tree.endpoint->ready(base::Clock::now()));
    }
    BOOST_CHECK(backend.requests().empty());
}

BOOST_AUTO_TEST_CASE(aGroupGoesOnWithoutAToken) {
    const Backend second(answer("200 OK"));
    const Tree tree("<endpoint><failover>" + endpointXml("http://127.0.0.1:1/", grant(deadUrl())) +
                    "<endpoint><address uri='" + second.url() + "'/></endpoint></failover></endpoint>");
    BOOST_CHECK(tree.send().answered);
}

BOOST_AUTO_TEST_CASE(aSilentTokenServerIsBounded) {
    const Backend silent({}, Backend::Manner::Silent);
    const Tree tree(endpointXml(
        "http://127.0.0.1:1/",
        grant(silent.url(), "<connectionTimeout>100</connectionTimeout><socketTimeout>100</socketTimeout>")));
    const auto before = base::Clock::now();
    BOOST_CHECK_EQUAL(tree.send().code, 303003);
    BOOST_CHECK(base::Clock::now() - before < 5s);
    const Tree timeout(
        endpointXml("http://127.0.0.1:1/", grant(silent.url()), "<timeout><duration>100</duration></timeout>"));
    BOOST_CHECK_EQUAL(timeout.send().code, 303003);
    BOOST_CHECK(base::Clock::now() - before < 10s);
}

BOOST_AUTO_TEST_CASE(credentialsOfTheMessageHaveTokensOfTheirOwn) {
    TokenServer tokens;
    const Backend backend(answer("200 OK"));
    const Tree tree(endpointXml(backend.url(),
                                grant(tokens.backend.url(),
                                      "<username>{get-property('user')}</username><password>p</password>",
                                      "passwordCredentials")));
    const auto sendAs = [&](std::string_view user) {
        Message message;
        message.context().properties(message::Scope::Default).set("user", message::PropertyValue(user));
        BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
        return header(backend.requests().back(), "Authorization");
    };
    BOOST_CHECK_EQUAL(sendAs("a"), "Bearer t1");
    BOOST_CHECK_EQUAL(sendAs("b"), "Bearer t2");
    BOOST_CHECK_EQUAL(sendAs("a"), "Bearer t1");
    BOOST_CHECK_EQUAL(tree.send().code, 303003);
}

BOOST_AUTO_TEST_CASE(aTokenSurvivesAReloadWithTheSameSettings) {
    TokenServer tokens;
    const Backend backend(answer("200 OK"));
    Setup setup(endpointXml(backend.url(), grant(tokens.backend.url())));
    const auto first = setup.endpoint();
    BOOST_REQUIRE(Message().send(*first, soon()).answered);
    // The same states, as a reload has them.
    auto element = setup.root();
    const auto second = setup.build().endpoint(element, {"top", false});
    BOOST_REQUIRE(Message().send(*second, soon()).answered);
    BOOST_CHECK_EQUAL(tokens.given, 1);
    auto again = setup.root();
    const auto elsewhere = setup.build().endpoint(again, {"other", false});
    BOOST_REQUIRE(Message().send(*elsewhere, soon()).answered);
    BOOST_CHECK_EQUAL(tokens.given, 2);
}

BOOST_AUTO_TEST_CASE(mistakes) {
    const std::string url = "http://h/";
    const std::pair<std::string, const char*> all[] = {
        {"", "<authentication> is empty"},
        {"<basicAuth><username>u</username><password>p</password></basicAuth>" + grant(url),
         "<authentication> has both <basicAuth> and <oauth>"},
        {"<basicAuth><username>u</username></basicAuth>", "password"},
        {"<basicAuth><username>a:b</username><password>p</password></basicAuth>", "a user name must not have a \":\""},
        {"<basicAuth><username> </username><password>p</password></basicAuth>", "<username> is empty"},
        {"<oauth/>", "<oauth> is empty"},
        {"<oauth><clientCredentials/></oauth>", "clientId"},
        {grant("h/token"), "tokens cannot be fetched from there"},
        {grant(url, "", "passwordCredentials"), "username"},
        {grant(url, "", "authorizationCode"), "refreshToken"},
        {grant(url, "<customHeaders><header name='a b'>c</header></customHeaders>"), "\"a b\" is no name of a header"},
        {grant(url, "<proxyConfigs><proxyHost>p</proxyHost></proxyConfigs>"), "<proxyConfigs> is not supported"},
        {grant(url, "<authMode>body</authMode>"), "warning: 1: \"body\" is no <authMode>"},
        {grant(url, "<connectionRequestTimeout>5</connectionRequestTimeout>"),
         "<connectionRequestTimeout> has no effect"},
        {"<basicAuth><username>u</username><password>{s3cr3t!(}</password></basicAuth>",
         "the XPath in <password> cannot be compiled"},
    };
    for (const auto& [text, expected] : all) {
        Setup setup(endpointXml("http://h/", text));
        (void)setup.endpoint();
        BOOST_CHECK_MESSAGE(setup.found(expected), text << ": " << setup.findings());
        BOOST_CHECK_MESSAGE(!setup.found("s3cr3t"), setup.findings());
    }
}

BOOST_AUTO_TEST_SUITE_END()
