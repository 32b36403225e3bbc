#include <boost/test/unit_test.hpp>
#include <string>

#include "engine/message/retry_rules.hpp"
#include "tests/unit/endpoints/support.hpp"

// Which failed attempts are repeated. How it looks on real sockets is in tests/e2e/test_repeat.py.

namespace {

using namespace myelin;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::Setup;
using endpoints::test::StreamedBody;

constexpr int kRefused = 101503;
constexpr int kClosed = 101505;

std::string child(const std::string& id, const std::string& attributes = {}, const std::string& inside = {}) {
    return "<endpoint " + attributes + "><scripted id='" + id + "'/>" + inside + "</endpoint>";
}

std::string failover(const std::string& children, const std::string& attributes = {}, const std::string& inside = {}) {
    return "<endpoint " + attributes + "><failover>" + children + "</failover>" + inside + "</endpoint>";
}

struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

/// These fail after a server may have seen the request.
void reach(std::initializer_list<std::string_view> ids) {
    Script::reset();
    for (const auto id : ids) {
        auto& one = Script::instance().children[std::string(id)];
        one.always = kClosed;
        one.reaches = true;
    }
}

const std::string kFalse = "repeatable='false'";
const std::string kTrue = "repeatable='true'";

/// What one message tries; the settings' default as given.
std::string tried(const std::string& xml, bool settings = true) {
    const Tree tree(xml);
    Message message;
    message.options().repeatable = settings;
    message.send(*tree.endpoint);
    return Script::instance().taken();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Repeat)

BOOST_AUTO_TEST_CASE(theInnermostGroupStopsAndThoseAroundItToo) {
    reach({"A"});
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A", kFalse) + child("B")) + child("C"))), "A");
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A") + child("B"), kFalse) + child("C"))), "A");
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A") + child("B")) + child("C"), kFalse)), "A");
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A") + child("B")) + child("C"))), "A B");
}

BOOST_AUTO_TEST_CASE(onlyTheWayOfTheAttemptCounts) {
    reach({"A"});
    BOOST_CHECK_EQUAL(tried(failover(child("A") + child("B", kFalse))), "A B");
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A")) + failover(child("B"), kFalse))), "A B");
}

BOOST_AUTO_TEST_CASE(noByteLeftNothingForbids) {
    Script::reset({{"A", kRefused}});
    BOOST_CHECK_EQUAL(tried(failover(child("A", kFalse) + child("B"), kFalse), false), "A B");
}

BOOST_AUTO_TEST_CASE(aYesIsStrongerThanTheSettings) {
    reach({"A"});
    BOOST_CHECK_EQUAL(tried(failover(child("A") + child("B")), false), "A");
    BOOST_CHECK_EQUAL(tried(failover(child("A", kTrue) + child("B")), false), "A B");
    BOOST_CHECK_EQUAL(tried(failover(child("A") + child("B"), kTrue), false), "A B");
    BOOST_CHECK_EQUAL(tried(failover(child("A", kFalse) + child("B"), kTrue)), "A");
}

BOOST_AUTO_TEST_CASE(aYesForTheAttemptThatWasSeenHoldsAfterOneThatWasNot) {
    // B says nothing and the settings say no; but B was never reached, so A's word is still the one that counts.
    reach({"A"});
    Script::instance().children["B"].always = kRefused;
    BOOST_CHECK_EQUAL(tried(failover(failover(child("A", kTrue) + child("B")) + child("C")), false), "A B C");
}

BOOST_AUTO_TEST_CASE(theReasonIsNamed) {
    reach({"A"});
    const Tree tree(failover(child("A", "name='orders' repeatable='false'") + child("B")));
    const auto outcome = Message().send(*tree.endpoint);
    BOOST_CHECK(outcome.conclusive && outcome.mayHaveReachedServer);
    BOOST_CHECK_MESSAGE(
        outcome.detail.find("after 1 attempt: not sent again: repeatable=\"false\" on endpoint orders") !=
            std::string::npos,
        outcome.detail);
}

BOOST_AUTO_TEST_CASE(anEndpointWithRulesIsTheSameOtherwise) {
    Script::reset();
    const std::string retries =
        "<markForSuspension><retriesBeforeSuspension>2</retriesBeforeSuspension></markForSuspension>";
    const Tree tree("<endpoint repeatable='false'><scripted id='A'>" + retries + "</scripted></endpoint>");
    BOOST_CHECK_EQUAL(tree.endpoint->name(), "A");
    BOOST_CHECK_EQUAL(tree.endpoint->tries(), 3U);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 1U);
    tree.endpoint->switchOff(base::Clock::now());
    BOOST_CHECK(!tree.endpoint->ready(base::Clock::now()));
    BOOST_CHECK_EQUAL(tree.endpoint->condition(base::Clock::now()), "A is down");
    tree.endpoint->switchOn(base::Clock::now());
    BOOST_CHECK(tree.endpoint->ready(base::Clock::now()));
    std::string seen;
    tree.endpoint->visit([&](const message::Endpoint& one) { seen += one.name(); });
    BOOST_CHECK_EQUAL(seen, "A");
}

BOOST_AUTO_TEST_CASE(theOperationIsReadFromWhatIsKeptAndNothingElseChanges) {
    const std::string body =
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><o:placeOrder xmlns:o='urn:orders'/>"
        "</e:Body></e:Envelope>";
    const std::pair<std::string, std::string> rules[] = {
        {"<operation name='placeOrder' repeatable='false'/>", "A"},
        {"<operation name='placeOrder' namespace='urn:orders' repeatable='false'/>", "A"},
        {"<operation name='placeOrder' namespace='urn:other' repeatable='false'/>", "A B"},
        {"<operation name='placeorder' repeatable='false'/>", "A B"},
        {"<operation name='getQuote' repeatable='false'/><operation name='placeOrder' repeatable='true'/>", "A B"}};
    for (const auto& [rule, attempts] : rules) {
        reach({"A"});
        Script::instance().children["A"].readsBody = true;
        const Tree tree(failover(child("A") + child("B"), "", rule));
        StreamedBody stream(1, body);
        Message message("POST", "/", &stream);
        message.send(*tree.endpoint);
        BOOST_CHECK_EQUAL(Script::instance().taken(), attempts);
        BOOST_CHECK(!message.context().payload().envelopeIfBuilt());
        BOOST_CHECK(message.context().payload().bytes(runtime::Deadline::never()) == body);
    }
}

BOOST_AUTO_TEST_CASE(aBodyThatIsNoXmlIsNotComplainedAbout) {
    reach({"A"});
    Script::instance().children["A"].readsBody = true;
    const Tree tree(failover(child("A") + child("B"), "", "<operation name='placeOrder' repeatable='false'/>"));
    StreamedBody stream(1, "<e:Envelope");
    Message message("POST", "/", &stream);
    const auto outcome = message.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(outcome.code, kClosed);
    BOOST_CHECK_MESSAGE(
        outcome.detail.find("it cannot be told whether this is operation placeOrder") != std::string::npos,
        outcome.detail);
    BOOST_CHECK(message.context().payload().bytes(runtime::Deadline::never()) == "<e:Envelope");
}

BOOST_AUTO_TEST_CASE(withoutABodyTheActionTells) {
    const std::string rule = "<operation name='placeOrder' repeatable='false'/>";
    const std::pair<std::string, std::string> actions[] = {{"urn:placeOrder", "A"},
                                                           {"http://h/Orders#placeOrder", "A"},
                                                           {"http://h/Orders/placeOrder/", "A"},
                                                           {"placeOrder", "A"},
                                                           {"urn:getQuote", "A B"},
                                                           {"", "A B"}};
    for (const auto& [action, attempts] : actions) {
        reach({"A"});
        const Tree tree(failover(child("A") + child("B"), "", rule));
        Message message;
        message.context().addressing().action = action;
        message.send(*tree.endpoint);
        BOOST_CHECK_EQUAL(Script::instance().taken(), attempts);
    }
}

BOOST_AUTO_TEST_CASE(defaultsOfSuspensionsComeFromTheSettings) {
    const auto remaining = [](const std::string& own) {
        Setup setup("<endpoint><address uri='http://127.0.0.1:1/'>" + own + "</address></endpoint>");
        setup.options().suspendDuration = 5000;
        const auto endpoint = setup.endpoint();
        BOOST_REQUIRE_EQUAL(setup.findings(), "");
        BOOST_CHECK_EQUAL(Message().send(*endpoint).code, kRefused);
        const auto now = base::Clock::now();
        BOOST_CHECK(!endpoint->ready(now));
        return endpoint->ready(now + base::Milliseconds(5000));
    };
    BOOST_CHECK(remaining(""));
    BOOST_CHECK(remaining("<suspendOnFailure><initialDuration>-1</initialDuration></suspendOnFailure>"));
    BOOST_CHECK(!remaining("<suspendOnFailure><initialDuration>30000</initialDuration></suspendOnFailure>"));
}

BOOST_AUTO_TEST_SUITE_END()
