#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "endpoints/url_recipients.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// Rows are those of the table of expected behaviour in endpoints/README.md's numbering.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadPort;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::Setup;
using endpoints::test::StreamedBody;
using message::Scope;

std::string child(const std::string& id) {
    return "<endpoint><scripted id='" + id + "'/></endpoint>";
}

std::string list(const std::string& content, const std::string& properties = {}) {
    return "<endpoint name='all'><recipientlist>" + content + "</recipientlist>" + properties + "</endpoint>";
}

struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

std::string findings(const std::string& xml) {
    Setup setup(xml);
    setup.endpoint();
    return setup.findings();
}

/// All that came of the last send: "0/2" for an answer, "1/2!101503" for a copy that could not be delivered.
std::string results(Message& message) {
    std::string text;
    while (const auto reply = message.context().exchange().nextReply()) {
        text += text.empty() ? "" : " ";
        if (reply->failure) {
            text += reply->looped->properties(Scope::Default).text("messageSequence");
            text += "!" + std::to_string(reply->failure->code());
        } else {
            text += reply->inherited.text("messageSequence");
        }
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RecipientList)

BOOST_AUTO_TEST_CASE(row39MaxCache) {
    const auto found = findings(list("<endpoints value='http://a/' max-cache='x'/>"));
    BOOST_CHECK_MESSAGE(found.find("error: 1: attribute \"max-cache\"") == 0, found);
}

BOOST_AUTO_TEST_CASE(mistakes) {
    const auto check = [](const std::string& xml, const std::string& text) {
        const auto found = findings(xml);
        BOOST_CHECK_MESSAGE(found.find(text) != std::string::npos, found);
    };
    check(list(""), "error: 1: <recipientlist> has no children");
    check(list(child("A") + "<member hostName='h' httpPort='1'/>"),
          "error: 1: <recipientlist> has both <endpoint> and <member> children");
    check(list(child("A") + "<endpoints value='http://h/'/>"), "warning: 1: <endpoints> has no effect beside");
    check(list("<endpoints/>"), "error: 1: <endpoints> needs a value");
    check(list("<endpoints value='http://h/,ftp://h/'/>"), "error: 1: \"ftp://h/\" cannot be sent to");
    check("<endpoint><recipientList>" + child("A") + "</recipientList></endpoint>",
          "warning: 1: Synapse refuses the spelling <recipientList>");
}

BOOST_AUTO_TEST_CASE(row146OnlyReadyChildrenAreCounted) {
    Script::reset({{"B", 101503}});
    const Tree tree(list(child("A") + child("B") + child("C")));
    Message first;
    const auto outcome = first.send(*tree.endpoint);
    BOOST_CHECK(outcome.answered && outcome.scattered);
    BOOST_CHECK_EQUAL(results(first), "0/3 2/3 1/3!101503");
    // B is suspended now.
    Message second;
    second.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(results(second), "0/2 1/2");
    BOOST_CHECK_EQUAL(Script::instance().taken(), "A B C A C");
    BOOST_CHECK(second.context().properties(Scope::Default).text("messageSequence").empty());
}

BOOST_AUTO_TEST_CASE(row147AFailureIsThatOfItsCopy) {
    Script::reset({{"A", 101504}});
    const Tree tree(list(child("A") + child("B")));
    Message message;
    BOOST_CHECK(message.send(*tree.endpoint).answered);
    // The answer comes first, though the failure was earlier.
    BOOST_CHECK_EQUAL(results(message), "1/2 0/2!101504");
}

BOOST_AUTO_TEST_CASE(nobodyReady) {
    Script::reset({{"A", 101503}});
    const Tree tree(list(child("A")));
    Message first;
    first.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(results(first), "0/1!101503");
    const auto outcome = Message().send(*tree.endpoint);
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK_EQUAL(outcome.text, "Recipient List endpoint : all - no ready child endpoints");
    BOOST_CHECK_EQUAL(outcome.status, 503);
}

BOOST_AUTO_TEST_CASE(propertiesAreSetOnEachCopy) {
    Script::reset();
    const Tree tree(list(child("A"), "<property name='seen' value='yes'/>"));
    Message message;
    message.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(Script::instance().sawProperty, "yes");
    BOOST_CHECK(message.context().properties(Scope::Default).text("seen").empty());
}

BOOST_AUTO_TEST_CASE(everybodyGetsTheWholeBody) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    StreamedBody body(3, "<a/>");
    const Tree tree(list("<endpoint><address uri='" + one.url() + "'/></endpoint><endpoint><address uri='" + two.url() +
                         "'/></endpoint>"));
    Message message("POST", "/", &body);
    message.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(results(message), "0/2 1/2");
    for (const auto* backend : {&one, &two}) {
        BOOST_REQUIRE_EQUAL(backend->requests().size(), 1U);
        BOOST_CHECK(backend->requests().front().ends_with("\r\n\r\n<a/><a/><a/>"));
    }
}

BOOST_AUTO_TEST_CASE(members) {
    const Backend one(answer("200 OK"));
    const Tree tree(list("<member hostName='127.0.0.1' httpPort='" + one.port() +
                         "'/><member hostName='127.0.0.1' httpPort='" + std::to_string(deadPort()) + "'/>"));
    for (int i = 0; i < 2; ++i) {
        Message message("GET", "/services/X?q=1");
        message.send(*tree.endpoint);
        // Always ready, as in Synapse.
        BOOST_CHECK_EQUAL(results(message), "0/2 1/2!101503");
    }
    BOOST_CHECK(one.requests().front().starts_with("GET /services/X?q=1 "));
}

BOOST_AUTO_TEST_CASE(row148NobodyNamed) {
    const Tree tree(list("<endpoints value=\"{get-property('to')}\"/>"));
    Message message;
    const auto outcome = message.send(*tree.endpoint);
    BOOST_CHECK(outcome.answered && outcome.scattered);
    BOOST_CHECK_EQUAL(results(message), "");
}

BOOST_AUTO_TEST_CASE(row149UrlsOfTheMessage) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const Tree tree(list("<endpoints value=\"{get-property('to')}\" max-cache='5'/>"));
    Message message;
    message.context().properties(Scope::Default).set("to", " " + one.url("/a") + " ,, " + two.url("/b") + " ");
    message.send(*tree.endpoint);
    BOOST_CHECK_EQUAL(results(message), "0/2 1/2");
    BOOST_CHECK(one.requests().front().starts_with("GET /a "));
    BOOST_CHECK(two.requests().front().starts_with("GET /b "));
}

BOOST_AUTO_TEST_CASE(healthIsKeptForTheLastUrls) {
    const std::string dead = deadUrl();
    const std::string other = deadUrl();
    const Tree tree(list("<endpoints value=\"{get-property('to')}\" max-cache='1'/>"));
    const auto send = [&](const std::string& to) {
        Message message;
        message.context().properties(Scope::Default).set("to", to);
        const auto outcome = message.send(*tree.endpoint);
        return outcome.answered ? results(message) : std::to_string(outcome.code);
    };
    BOOST_CHECK_EQUAL(send(dead), "0/1!101503");
    BOOST_CHECK_EQUAL(send(dead), "303000");
    BOOST_CHECK_EQUAL(send(other), "0/1!101503");
    // Forgotten meanwhile.
    BOOST_CHECK_EQUAL(send(dead), "0/1!101503");
    BOOST_CHECK_EQUAL(send("ftp://x/"), "0/1!303001");
}

BOOST_AUTO_TEST_CASE(tooManyUrls) {
    const Tree tree(list("<endpoints value=\"{get-property('to')}\"/>"));
    std::string to;
    for (std::size_t i = 0; i <= endpoints::kMostRecipients; ++i) to += "http://127.0.0.1:1/,";
    Message message;
    message.context().properties(Scope::Default).set("to", to);
    const auto outcome = message.send(*tree.endpoint);
    BOOST_CHECK(!outcome.answered);
    BOOST_CHECK_EQUAL(outcome.status, 500);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, endpoints::kMostRecipients);
}

BOOST_AUTO_TEST_CASE(boundsAddAttemptsAndTakeTheLongestWait) {
    Script::reset();
    const Tree tree(list(child("A") + child("B")));
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().attempts, 2U);
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().waiting.count(), 1);
    BOOST_CHECK_EQUAL(tree.endpoint->answers(), 2U);
}

BOOST_AUTO_TEST_CASE(aSlowRecipientDelaysOnlyItsOwnAnswer) {
    const Backend slow("", Backend::Manner::Silent);
    const Backend quick(answer("200 OK"));
    const Tree tree(list("<endpoint><address uri='" + slow.url() +
                         "'><timeout><duration>1500</duration><responseAction>fault</responseAction></timeout>"
                         "</address></endpoint><endpoint><address uri='" +
                         quick.url() + "'/></endpoint>"));
    std::string order;
    base::Duration first{0};
    base::Duration all{0};
    runtime::Loop loop;
    loop.spawn([&] {
        Message message;
        const auto began = base::Clock::now();
        message.send(*tree.endpoint, runtime::Deadline::after(std::chrono::seconds(20), runtime::now()));
        while (const auto reply = message.context().exchange().nextReply()) {
            if (order.empty()) first = base::Clock::now() - began;
            order += reply->failure ? std::to_string(reply->failure->code())
                                    : std::string(reply->inherited.text("messageSequence")) + " ";
        }
        all = base::Clock::now() - began;
        loop.stop();
    });
    loop.run();
    BOOST_CHECK_EQUAL(order, "1/2 101504");
    BOOST_CHECK(first < std::chrono::milliseconds(1200));
    BOOST_CHECK(all >= std::chrono::milliseconds(1400));
}

BOOST_AUTO_TEST_CASE(anExchangeThatEndsEarlyWaitsForItsRecipients) {
    const Backend slow("", Backend::Manner::Silent);
    const Tree tree(list("<endpoint><address uri='" + slow.url() +
                         "'><timeout><duration>300</duration><responseAction>fault</responseAction></timeout>"
                         "</address></endpoint>"));
    base::Duration all{0};
    runtime::Loop loop;
    loop.spawn([&] {
        const auto began = base::Clock::now();
        {
            Message message;
            message.send(*tree.endpoint, runtime::Deadline::after(std::chrono::seconds(20), runtime::now()));
        }
        all = base::Clock::now() - began;
        loop.stop();
    });
    loop.run();
    BOOST_CHECK(all >= std::chrono::milliseconds(250));
}

BOOST_AUTO_TEST_SUITE_END()
