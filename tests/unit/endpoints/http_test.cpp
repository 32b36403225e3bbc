#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// The http endpoint without authentication. Rows are those of the table of expected behaviour in endpoints/README.md's
// numbering.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Setup;
using endpoints::test::soon;
using endpoints::test::StreamedBody;

std::string httpXml(const std::string& attributes, const std::string& properties = {}) {
    return "<endpoint name='H'><http " + attributes + "/>" + properties + "</endpoint>";
}

struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

/// What a test sets on the message, by name in the default scope.
using Properties = std::vector<std::pair<std::string, std::string>>;

void set(Message& message, const Properties& properties) {
    for (const auto& [name, value] : properties) {
        message.context()
            .properties(message::Scope::Default)
            .set(name, message::PropertyValue(std::string_view(value)));
    }
}

/// The request line that a backend sees; `{backend}` in the attributes is its URL without a path.
std::string requestLine(std::string attributes,
                        const Properties& properties = {},
                        const std::string& endpointProperties = {},
                        std::string_view method = "GET",
                        std::string_view suffix = {}) {
    const Backend backend(answer("200 OK"));
    constexpr std::string_view kBackend = "{backend}";
    for (auto at = attributes.find(kBackend); at != std::string::npos; at = attributes.find(kBackend)) {
        attributes.replace(at, kBackend.size(), backend.url(""));
    }
    const Tree tree(httpXml(attributes, endpointProperties));
    BOOST_CHECK_MESSAGE(tree.setup.findings().empty(), tree.setup.findings());
    Message message(method, "/");
    message.context().setRestSuffix(suffix);
    auto values = properties;
    for (auto& [name, value] : values) {
        if (value.starts_with(kBackend)) value.replace(0, kBackend.size(), backend.url(""));
    }
    set(message, values);
    const auto outcome = message.send(*tree.endpoint, soon());
    if (!outcome.answered) return std::to_string(outcome.code) + " " + outcome.text;
    const auto requests = backend.requests();
    return requests.empty() ? "" : requests.front().substr(0, requests.front().find("\r\n"));
}

std::string target(const std::string& attributes, const Properties& properties = {}) {
    const auto line = requestLine(attributes, properties);
    const auto start = line.find(' ');
    return line.ends_with(" HTTP/1.1") ? line.substr(start + 1, line.rfind(' ') - start - 1) : line;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Http)

BOOST_AUTO_TEST_CASE(row43AnUnknownVersion) {
    for (const auto* version : {"1.0", "2", "3.0", ""}) {
        Setup setup(httpXml("uri-template='http://h/' version='" + std::string(version) + "'"));
        (void)setup.endpoint();
        BOOST_CHECK_MESSAGE(setup.found("error: 1: attribute \"version\""), setup.findings());
    }
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a' version='1.1'"), "GET /a HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(version2IsSpokenToInVersion1) {
    Setup setup(httpXml("uri-template='http://h/' version='2.0'"));
    BOOST_CHECK(setup.endpoint());
    BOOST_CHECK_MESSAGE(setup.found("warning: 1: backends are spoken to in HTTP/1.1"), setup.findings());
}

BOOST_AUTO_TEST_CASE(row44AnUnknownMethodLeavesTheIncomingOne) {
    const Backend backend(answer("200 OK"));
    const Tree tree(httpXml("uri-template='" + backend.url("/a") + "' method='FOO'"));
    BOOST_CHECK_MESSAGE(tree.setup.found("warning: 1: \"FOO\" is not a method"), tree.setup.findings());
    Message message("PUT");
    message.context().setRestSuffix("b");
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(backend.requests().front().starts_with("PUT /a/b HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(theMethodIsReadInAnyCase) {
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a' method=' pOst'"), "POST /a HTTP/1.1");
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a' method='patch'"), "PATCH /a HTTP/1.1");
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a'", {}, {}, "DELETE"), "DELETE /a HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(getInPlaceOfAPostHasNoBody) {
    const Backend backend(answer("200 OK"));
    const Tree tree(httpXml("uri-template='" + backend.url("/a") + "' method='get'"));
    StreamedBody body(1, "<q/>");
    Message message("POST", "/", &body);
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    const auto request = backend.requests().front();
    BOOST_CHECK_MESSAGE(request.starts_with("GET /a HTTP/1.1\r\n") && request.ends_with("\r\n\r\n"), request);
    for (const auto* name : {"Content-Type", "Content-Length", "Transfer-Encoding"}) {
        BOOST_CHECK_MESSAGE(request.find(name) == std::string::npos, request);
    }
    // The body was not touched, so a sibling can still send it.
    BOOST_CHECK(message.context().payload().replayable());
    const Tree post(httpXml("uri-template='" + backend.url("/b") + "' method='post'"));
    BOOST_REQUIRE(message.send(*post.endpoint, soon()).answered);
    BOOST_CHECK_MESSAGE(backend.requests().back().ends_with("\r\n\r\n<q/>"), backend.requests().back());
}

BOOST_AUTO_TEST_CASE(aFormatDecidesTheMethod) {
    Setup setup(httpXml("uri-template='http://h/' method='get' format='soap11'"));
    BOOST_CHECK(setup.endpoint());
    BOOST_CHECK_MESSAGE(setup.found("warning: 1: this format is always sent with POST"), setup.findings());
}

BOOST_AUTO_TEST_CASE(row116DeviationASiblingSeesTheMessagesOwnTo) {
    const Backend backend(answer("200 OK"));
    const Tree tree("<endpoint><failover>" + httpXml("uri-template='" + deadUrl() + "{uri.var.x}'") +
                    "<endpoint name='D'><default/></endpoint></failover></endpoint>");
    Message message;
    set(message, {{"uri.var.x", "gone"}});
    const auto to = backend.url("/own");
    message.context().addressing().to = to;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(backend.requests().front().starts_with("GET /own HTTP/1.1"));
    BOOST_CHECK_EQUAL(message.context().addressing().to, to);
}

BOOST_AUTO_TEST_CASE(row154DeviationNoVariableAtAllIsAFault) {
    for (const auto* attributes :
         {"uri-template='{backend}/{uri.var.id}'", "uri-template='{backend}/a?q={+uri.var.id}'"}) {
        const auto line = requestLine(attributes);
        BOOST_CHECK_MESSAGE(line.starts_with("303001 HTTP endpoint H has no address to send to: "
                                             "the message sets none of the variables of \""),
                            line);
    }
    // With others on the message, or where the expression is optional, RFC 6570 holds: undefined is nothing.
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/{uri.var.id}'", {{"uri.var.other", "1"}}), "/");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/a{?query.param.q}'"), "/a");
}

BOOST_AUTO_TEST_CASE(row155Encoding) {
    const Properties symbol{{"query.param.symbol", "US:123"}};
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/q?s={query.param.symbol}'", symbol), "/q?s=US%3A123");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/q?s={+query.param.symbol}'", symbol), "/q?s=US:123");
    BOOST_CHECK_EQUAL(target("uri-template='legacy-encoding:{backend}/q?s={query.param.symbol}'",
                             {{"query.param.symbol", "US%3A123"}}),
                      "/q?s=US:123");
}

BOOST_AUTO_TEST_CASE(legacyEncodingLetsNothingThrough) {
    BOOST_CHECK_EQUAL(
        target("uri-template='legacy-encoding:{backend}/{uri.var.x}'", {{"uri.var.x", "a%20b%0D%0AX: y%2Fz%23"}}),
        "/a%20b%0D%0AX:%20y/z");
    BOOST_CHECK_EQUAL(target("uri-template='legacy-encoding:{uri.var.url}'", {{"uri.var.url", "{backend}/a%3Fb"}}),
                      "/a?b");
}

BOOST_AUTO_TEST_CASE(row156AWholeUrlInAVariable) {
    const Properties url{{"uri.var.url", "{backend}/a/b?c=d&e=%20"}};
    BOOST_CHECK_EQUAL(target("uri-template='{uri.var.url}'", url), "/a/b?c=d&e=%20");
    BOOST_CHECK_EQUAL(target("uri-template='{+uri.var.url}'", url), "/a/b?c=d&e=%20");
    BOOST_CHECK_EQUAL(target("uri-template='{uri.var.url}/more'", {{"uri.var.url", "{backend}"}}), "/more");
    const auto line = requestLine("uri-template='{uri.var.url}'", {{"uri.var.url", "gopher://h/"}});
    BOOST_CHECK_MESSAGE(line.find("uri-template gives \"gopher://h/\"") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(row162AMethodDropsTheSuffix) {
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a' method='GET'", {}, {}, "GET", "b/c"), "GET /a HTTP/1.1");
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/a'", {}, {}, "GET", "b/c"), "GET /a/b/c HTTP/1.1");
    BOOST_CHECK_EQUAL(requestLine("uri-template='{backend}/{uri.var.x}'", {{"uri.var.x", "y"}}, {}, "GET", "?x=1"),
                      "GET /y?x=1 HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(variablesComeFromMessageAndEndpoint) {
    const std::string attributes = "uri-template='{backend}/{uri.var.a}/{uri.var.b}{?query.param.c,uri.var.d}'";
    const Properties message{{"uri.var.a", "1"}, {"uri.var.b", "from the message"}, {"query.param.c", "3"}};
    const std::string own = "<property name='uri.var.b' value='2'/><property name='uri.var.d' expression='2+2'/>";
    BOOST_CHECK_EQUAL(requestLine(attributes, message, own), "GET /1/2?query.param.c=3&uri.var.d=4 HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(valuesOfOtherTypes) {
    const Backend backend(answer("200 OK"));
    const Tree tree(httpXml("uri-template='" + backend.url("/{uri.var.n}/{uri.var.b}") + "'"));
    Message message;
    auto& properties = message.context().properties(message::Scope::Default);
    properties.set("uri.var.n", message::PropertyValue(std::int64_t{42}));
    properties.set("uri.var.b", message::PropertyValue(true));
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(backend.requests().front().starts_with("GET /42/true HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(otherPropertiesAreNoVariables) {
    const Backend backend(answer("200 OK"));
    const Tree tree(httpXml("uri-template='" + backend.url("/a{?symbol}") + "'"));
    BOOST_CHECK_MESSAGE(tree.setup.found("warning: 1: {symbol} never has a value"), tree.setup.findings());
    Message message;
    set(message, {{"symbol", "IBM"}, {"uri.var.symbol", "IBM"}});
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(backend.requests().front().starts_with("GET /a HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(addressesOfAllShapes) {
    const Properties x{{"uri.var.x", "v"}, {"uri.var.p", "/p/q"}};
    BOOST_CHECK_EQUAL(target("uri-template='{backend}'"), "/");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}?q=1'"), "/?q=1");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/a b#f'"), "/a%20b");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}{/uri.var.x}'", x), "/v");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}{?uri.var.x}'", x), "/?uri.var.x=v");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}{+uri.var.p}'", x), "/p/q");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/a{#uri.var.x}'", x), "/a");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/{uri.var.p}'", x), "/%2Fp%2Fq");
    BOOST_CHECK_EQUAL(target("uri-template='{backend}/{uri.var.x:1}/{uri.var.x*}'", x), "/v/v");
}

BOOST_AUTO_TEST_CASE(hostAndPortFromTheMessage) {
    const Backend backend(answer("200 OK"));
    const auto port = backend.url("").substr(backend.url("").rfind(':') + 1);
    BOOST_CHECK_EQUAL(requestLine("uri-template='http://127.0.0.1:{uri.var.port}/a'", {{"uri.var.port", port}}), "");
    BOOST_CHECK(backend.requests().front().starts_with("GET /a HTTP/1.1"));
    const auto line = requestLine("uri-template='http://127.0.0.1:{uri.var.port}/a'", {{"uri.var.port", "x@evil"}});
    BOOST_CHECK_MESSAGE(line.starts_with("303001"), line);
}

BOOST_AUTO_TEST_CASE(withoutATemplateToTheMessagesTo) {
    const Backend backend(answer("200 OK"));
    const Tree tree(httpXml("method='post'"));
    Message message;
    message.context().addressing().to = message.arena().copy(backend.url("/to"));
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(backend.requests().front().starts_with("POST /to HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(mistakesInTheTemplate) {
    const std::pair<const char*, const char*> all[] = {
        {"", "\"uri-template\" of <http> is empty"},
        {"http://h/{x", "this \"{\" is not closed"},
        {"gopher://h/{uri.var.x}", "transport \"gopher\" is not supported"},
        {"http://h:99999/", "is not a port number"},
        {"/relative", "it does not begin with http:// or https://"},
        {"http://u:p@h/{uri.var.x}", "user information before the host is not supported"},
    };
    for (const auto& [text, expected] : all) {
        Setup setup(httpXml("uri-template='" + std::string(text) + "'"));
        BOOST_CHECK(!setup.endpoint());
        BOOST_CHECK_MESSAGE(setup.found(expected), text << ": " << setup.findings());
    }
}

BOOST_AUTO_TEST_CASE(refusedIsSuspendedAndNamed) {
    const Tree tree(httpXml("uri-template='" + deadUrl() + "'"));
    BOOST_CHECK_EQUAL(Message().send(*tree.endpoint, soon()).code, 101503);
    const auto outcome = Message().send(*tree.endpoint, soon());
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_EQUAL(outcome.text, "Currently , HTTP endpoint : [ Name : H ] [ State : SUSPENDED ]");
}

BOOST_AUTO_TEST_SUITE_END()
