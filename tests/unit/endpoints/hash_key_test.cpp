#include "endpoints/hash_key.hpp"

#include <boost/test/unit_test.hpp>

#include "endpoints/algorithms/registry.hpp"
#include "engine/message/fault.hpp"
#include "tests/unit/endpoints/support.hpp"

using namespace myelin;
using endpoints::HashKey;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::Setup;
using endpoints::test::StreamedBody;

namespace {

std::string optionOf(const std::string& value) {
    return "<endpoint><property name='loadbalance.hashOn' value='" + value + "'/></endpoint>";
}

std::shared_ptr<const HashKey> keyOf(const std::string& value) {
    Setup setup(optionOf(value));
    auto key = HashKey::read(setup.root(), setup.build());
    BOOST_REQUIRE_MESSAGE(key, setup.findings());
    return key;
}

std::string keyFrom(const std::string& value, Message& message) {
    return std::string(keyOf(value)->of(message.context()));
}

std::string keyFrom(const std::string& value, std::string_view target) {
    Message message("GET", target);
    return keyFrom(value, message);
}

/// Remembers the keys that it is shown, and how often they were computed: a new text each time would show.
class Keeping final : public plugin::Algorithm {
public:
    explicit Keeping(const plugin::Options& options) { (void)options.find("loadbalance.hashOn"); }
    std::size_t pick(const plugin::Candidates& candidates) override {
        first = candidates.key();
        same = first.data() == candidates.key().data();
        return candidates.available(0) ? 0 : plugin::kNoCandidate;
    }
    static inline std::string_view first;
    static inline bool same = false;
};
const config::Registration<endpoints::AlgorithmKind> kKeeping{
    endpoints::algorithmRegistry(),
    "keeping",
    {[](const plugin::Options& options, const std::vector<plugin::Child>&) -> std::unique_ptr<plugin::Algorithm> {
        return std::make_unique<Keeping>(options);
    }}};

std::string group(const std::string& property) {
    return "<endpoint name='lb'>" + property +
           "<loadbalance algorithm='keeping'><endpoint><scripted id='A'/></endpoint></loadbalance></endpoint>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HashKeys)

BOOST_AUTO_TEST_CASE(theClientsAddress) {
    BOOST_CHECK_EQUAL(keyFrom(" client ", "/"), "127.0.0.1");
    Message behindProxy;
    behindProxy.context().setProperty(message::Scope::Axis2, "REMOTE_ADDR", std::string_view("192.0.2.7"));
    BOOST_CHECK_EQUAL(keyFrom("client", behindProxy), "192.0.2.7");
}

BOOST_AUTO_TEST_CASE(thePathWithoutItsQuery) {
    BOOST_CHECK_EQUAL(keyFrom("path", "/orders/7?x=1"), "/orders/7");
    BOOST_CHECK_EQUAL(keyFrom("path", "http://host:80/orders/7?x=1"), "/orders/7");
    BOOST_CHECK_EQUAL(keyFrom("path", "http://host?x=1"), "");
}

BOOST_AUTO_TEST_CASE(aParameterOfTheQuery) {
    BOOST_CHECK_EQUAL(keyFrom("query:id", "/orders?a=1&amp;id=2&id=7%20x&id=8"), "7%20x");
    BOOST_CHECK_EQUAL(keyFrom("query:id", "http://host?id=7"), "7");
    BOOST_CHECK_EQUAL(keyFrom("query:id", "/orders?ID=7"), "");
    BOOST_CHECK_EQUAL(keyFrom("query:id", "/orders"), "");
}

BOOST_AUTO_TEST_CASE(aHeaderField) {
    Message message;
    message.request().headers.add("X-Tenant", "acme");
    BOOST_CHECK_EQUAL(keyFrom("header:x-tenant", message), "acme");
    BOOST_CHECK_EQUAL(keyFrom("header: X-User", message), "");
}

BOOST_AUTO_TEST_CASE(aCookieOfAnyField) {
    Message message;
    message.request().headers.add("Cookie", "a=1; sessionid=2");
    message.request().headers.add("cookie", "b=2;  session=x=y; session=z");
    BOOST_CHECK_EQUAL(keyFrom("cookie:session", message), "x=y");
    BOOST_CHECK_EQUAL(keyFrom("cookie:a", message), "1");
    BOOST_CHECK_EQUAL(keyFrom("cookie:c", message), "");
}

BOOST_AUTO_TEST_CASE(whatAnExpressionGives) {
    Message message;
    message.request().headers.add("X-User", "mia");
    BOOST_CHECK_EQUAL(keyFrom("{concat($trp:X-User, \"!\")}", message), "mia!");
    BOOST_CHECK_EQUAL(keyFrom("{get-property(\"nothing\")}", message), "");
}

BOOST_AUTO_TEST_CASE(aPlaceInAJsonBody) {
    const auto keyIn = [](const std::string& path, std::string body, message::ContentKind kind) {
        StreamedBody source(1, std::move(body));
        Message message("POST", "/", &source);
        message.context().payload().setSource(source, kind);
        return keyFrom("{json-eval(" + path + ")}", message);
    };
    const std::string order = R"({"customer": {"id": "mia", "vip": true}, "lines": [{"n": 4.5}], "none": null})";
    constexpr auto kJson = message::ContentKind::Json;
    BOOST_CHECK_EQUAL(keyIn("$.customer.id", order, kJson), "mia");
    BOOST_CHECK_EQUAL(keyIn("$.customer.vip", order, kJson), "true");
    BOOST_CHECK_EQUAL(keyIn(" $[\"lines\"][0].n ", order, kJson), "4.5");
    BOOST_CHECK_EQUAL(keyIn("$.none", order, kJson), "null");
    // No key: what holds many values would be the same text for all, and what is not there is nothing.
    BOOST_CHECK_EQUAL(keyIn("$.customer", order, kJson), "");
    BOOST_CHECK_EQUAL(keyIn("$.lines", order, kJson), "");
    BOOST_CHECK_EQUAL(keyIn("$.lines[1].n", order, kJson), "");
    BOOST_CHECK_EQUAL(keyIn("$.customer.id", "{\"customer\":", kJson), "");
    BOOST_CHECK_EQUAL(keyIn("$.customer.id", order, message::ContentKind::Text), "");
    Message nothing;
    BOOST_CHECK_EQUAL(keyFrom("{json-eval($.a)}", nothing), "");
}

BOOST_AUTO_TEST_CASE(aJsonBodyThatIsTooLargeHasNoKeyAndStaysWhole) {
    StreamedBody source(4, std::string(1000, ' '));
    Message message("POST", "/", &source);
    message.options().payload.buffered = 3999;
    message.context().payload().setSource(source, message::ContentKind::Json);
    BOOST_CHECK_EQUAL(keyFrom("{json-eval($.a)}", message), "");
    BOOST_CHECK_EQUAL(source.length().value(), 4000U);
    BOOST_CHECK(!message.context().payload().gone());
}

BOOST_AUTO_TEST_CASE(theBodyIsSentAfterItsKeyWasRead) {
    StreamedBody source(1, R"({"id": 7})");
    Message message("POST", "/", &source);
    message.context().payload().setSource(source, message::ContentKind::Json);
    BOOST_CHECK_EQUAL(keyFrom("{json-eval($.id)}", message), "7");
    BOOST_CHECK_EQUAL(message.context().payload().bytes(endpoints::test::soon()), R"({"id": 7})");
}

BOOST_AUTO_TEST_CASE(aJsonPathWithAMistake) {
    for (const char* path : {"", "a.b", "$.", "$.*", "$..a", "$[", "$[x]", "$.a[?(@.b)]"}) {
        Setup setup(optionOf("{json-eval(" + std::string(path) + ")}"));
        BOOST_CHECK_MESSAGE(!HashKey::read(setup.root(), setup.build()), path);
        BOOST_CHECK_MESSAGE(setup.found("is no JSONPath"), setup.findings());
    }
}

BOOST_AUTO_TEST_CASE(whatIsNothingToHashOn) {
    for (const char* value :
         {"clients", "header:", "header:a b", "cookie:", "query:", "ip:1", "client:x", "path:", "{$trp:}", "{"}) {
        Setup setup(optionOf(value));
        BOOST_CHECK_MESSAGE(!HashKey::read(setup.root(), setup.build()), value);
        BOOST_CHECK_MESSAGE(setup.diagnostics().hasErrors(), value);
    }
    Setup computed("<endpoint><property name='loadbalance.hashOn' expression='1 + 1'/></endpoint>");
    BOOST_CHECK(!HashKey::read(computed.root(), computed.build()));
    BOOST_CHECK_MESSAGE(computed.found("is written as a value"), computed.findings());
}

BOOST_AUTO_TEST_CASE(anAlgorithmSeesTheKey) {
    Script::reset();
    Setup without(group(""));
    const auto plain = without.endpoint();
    BOOST_REQUIRE_MESSAGE(plain, without.findings());
    Message message("GET", "/orders?id=7");
    BOOST_REQUIRE(message.send(*plain).answered);
    BOOST_CHECK_EQUAL(Keeping::first, "127.0.0.1");
    Setup setup(group("<property name='loadbalance.hashOn' value='{substring-after($axis2:TransportInURL, \"=\")}'/>"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    BOOST_REQUIRE(message.send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Keeping::first, "7");
    BOOST_CHECK_MESSAGE(Keeping::same, "the key was computed again");
}

BOOST_AUTO_TEST_CASE(aBodyThatCannotBeReadIsTheCallersFault) {
    Script::reset();
    Setup setup(group("<property name='loadbalance.hashOn' value='{//id}'/>"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    endpoints::test::StreamedBody body(1, "<a><b></a>");
    Message message("POST", "/", &body);
    message.request().headers.add("Content-Type", "text/xml");
    BOOST_CHECK_THROW(message.send(*endpoint), message::MediationFault);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "");
}

BOOST_AUTO_TEST_SUITE_END()
