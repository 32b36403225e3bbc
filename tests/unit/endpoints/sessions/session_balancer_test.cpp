#include "endpoints/sessions/session_balancer.hpp"
#include "endpoints/health/scope.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/child.hpp"
#include "endpoints/loadbalance.hpp"
#include "endpoints/sessions/path_tag.hpp"
#include "endpoints/sessions/table_keeper.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/sessions/servers.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;
using namespace std::chrono_literals;

namespace {

constexpr int kRefused = 101503;
const auto kNever = runtime::Deadline::never();
const std::string kThree = server("A") + server("B") + server("C");

struct Clean {
    Clean() { Server::reset(); }
};

std::string pathOf(Group& group, std::string_view id) {
    const auto stored = group.store().find({"top", id}, runtime::now(), kNever).value_or("-");
    // Without the mark of a session that one message only has used.
    return stored == "-" ? stored : stored.substr(0, stored.rfind('\n') + 1);
}

/// A store in which another message is always a little earlier.
class Beaten final : public SessionStore {
public:
    std::optional<std::string> find(const SessionKey&, base::TimePoint, runtime::Deadline) override {
        return std::nullopt;
    }
    void bind(
        const SessionKey&, std::string_view path, base::Milliseconds, base::TimePoint, runtime::Deadline) override {
        bound = path;
    }
    std::string claim(
        const SessionKey&, std::string_view, base::Milliseconds, base::TimePoint, runtime::Deadline) override {
        return "C\n";
    }
    std::string replace(const SessionKey&,
                        std::string_view,
                        std::string_view,
                        base::Milliseconds,
                        base::TimePoint,
                        runtime::Deadline) override {
        return "C\n";
    }
    void renew(const SessionKey&, base::Milliseconds, base::TimePoint, runtime::Deadline) override { ++renewed; }
    void unbind(const SessionKey&, base::TimePoint, runtime::Deadline) override { ++unbound; }
    std::string bound;
    int renewed = 0;
    int unbound = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(SessionBalancers, Clean)

BOOST_AUTO_TEST_CASE(theWholePathOfNestedGroupsIsRemembered) {
    Group group(clients(clients(server("A") + server("B"), {}, "x") + clients(server("C") + server("D"), {}, "y")));
    BOOST_TEST(group.ofClient("1") == "A");
    BOOST_TEST(group.ofClient("2") == "C");
    BOOST_TEST(group.ofClient("3") == "B");
    BOOST_TEST(group.ofClient("4") == "D");
    BOOST_TEST(pathOf(group, "4") == "y\nD\n");
    for (int i = 0; i < 3; ++i) {
        for (const std::string id : {"1", "2", "3", "4"}) {
            BOOST_TEST(group.ofClient(id) == std::string("ACBD").substr(std::stoul(id) - 1, 1));
        }
    }
    Server::of("B").fails = kRefused;
    BOOST_TEST(group.ofClient("3") == "b");
    BOOST_TEST(group.last.code == kRefused);
    // The first message tries all, in both groups.
    Server::of("A").fails = Server::of("D").fails = kRefused;
    BOOST_TEST(group.ofClient("5") == "abC");
    BOOST_TEST(pathOf(group, "5") == "y\nC\n");
    BOOST_TEST(group.ofClient("5") == "C");
}

BOOST_AUTO_TEST_CASE(aPlainGroupBetweenChoosesFreely) {
    const std::string plain = "<endpoint name='lb'><loadbalance>" + clients(server("A") + server("B"), {}, "x") +
                              clients(server("C") + server("D"), {}, "y") + "</loadbalance></endpoint>";
    Group group(clients(plain));
    BOOST_TEST(group.ofClient("1") == "A");
    BOOST_TEST(pathOf(group, "1") == "lb\nA\n");
    BOOST_TEST(group.ofClient("1") == "C");
    BOOST_TEST(pathOf(group, "1") == "lb\nC\n");
}

BOOST_AUTO_TEST_CASE(aGroupThatWasSeenAheadIsPassedBy) {
    Group group(clients("<endpoint name='fo'><failover>" + clients(server("A"), {}, "x") + server("B") +
                        "</failover></endpoint>" + server("C")));
    Server::of("A").fails = kRefused;
    BOOST_TEST(group.ofClient("1") == "aB");
    BOOST_TEST(pathOf(group, "1") == "fo\n");
    BOOST_TEST(group.ofClient("1") == "aB");
}

BOOST_AUTO_TEST_CASE(aChildThatIsGoneMakesTheSessionNew) {
    Group group(clients(kThree));
    group.store().bind({"top", "x"}, "gone\n", 5000ms, runtime::now(), kNever);
    BOOST_TEST(group.ofClient("x") == "A");
    BOOST_TEST(pathOf(group, "x") == "A\n");
    Group cookies(sessions("type='http'", kThree));
    cookies.store().bind({"top", "JSESSIONID=1"}, "gone\n", 5000ms, runtime::now(), kNever);
    BOOST_TEST(cookies.withCookie("JSESSIONID=1; a=b") == "A");
    BOOST_TEST(Server::of("A").cookie == "a=b");
}

BOOST_AUTO_TEST_CASE(whatIsNoPathMakesTheSessionNew) {
    for (const std::string_view path : {"", "A", "\nA\n", "b\xff\n"}) {
        Group group(clients(kThree));
        group.store().bind({"top", "x"}, path, 5000ms, runtime::now(), kNever);
        for (int i = 0; i < 2; ++i) BOOST_TEST(group.ofClient("x") == "A");
        BOOST_TEST(pathOf(group, "x") == "A\n");
    }
}

BOOST_AUTO_TEST_CASE(aFailedFirstMessageLeavesOthersTheirSession) {
    const std::string forbidden = "<endpoint><session type='simpleClientSession' header='X-Client'/><loadbalance>" +
                                  kThree + "</loadbalance></endpoint>";
    Group group(forbidden);
    std::string inner;
    Server::of("A").asked = [&] {
        auto& server = Server::of("A");
        server.asked = nullptr;
        inner = group.ofClient("x");
        server.fails = kRefused;
        server.retryForbidden = true;
    };
    BOOST_TEST(group.ofClient("x") == "a");
    BOOST_TEST(inner == "A");
    Server::of("A").fails = 0;
    BOOST_TEST(pathOf(group, "x") == "A\n");
    BOOST_TEST(group.ofClient("x") == "A");
}

BOOST_AUTO_TEST_CASE(aRetryOfTheFirstMessageMovesNoSessionInUse) {
    Group group(clients(kThree));
    std::string inner;
    Server::of("A").asked = [&] {
        auto& server = Server::of("A");
        server.asked = nullptr;
        inner = group.ofClient("x");
        server.fails = kRefused;
    };
    // It may go on, and finds that the session is A's: that is where it ends.
    BOOST_TEST(group.ofClient("x") == "aa");
    BOOST_TEST(inner == "A");
    BOOST_TEST(group.last.detail.find("309003") != std::string::npos);
    Server::of("A").fails = 0;
    BOOST_TEST(group.ofClient("x") == "A");
}

BOOST_AUTO_TEST_CASE(aSessionIsBoundAnewOnce) {
    for (const std::string gone : {"A\n", "gone\n"}) {
        Server::reset();
        Group group(sessions("type='simpleClientSession' header='X-Client' whenDown='rebind'", kThree));
        group.store().bind({"top", "x"}, gone, 5000ms, runtime::now(), kNever);
        Server::of("A").fails = kRefused;
        std::string inner;
        Server::of("A").asked = [&] {
            Server::of("A").asked = nullptr;
            inner = group.ofClient("x");
        };
        const auto first = group.ofClient("x");
        BOOST_TEST(inner.back() == first.back());
        BOOST_TEST(group.ofClient("x") == inner.substr(inner.size() - 1));
    }
}

BOOST_AUTO_TEST_CASE(aGroupThatIsSeenAheadIsNotWaitedFor) {
    const auto failover = [](const std::string& name, const std::string& first, const std::string& second) {
        return "<endpoint name='" + name + "'><failover>" + server(first) + clients(server(second), {}, name + "i") +
               "</failover></endpoint>";
    };
    Group group(clients(failover("f1", "A", "B") + failover("f2", "C", "D")));
    std::string inner;
    Server::of("A").asked = [&] {
        Server::of("A").asked = nullptr;
        inner = group.ofClient("x");
    };
    BOOST_TEST(group.ofClient("x") == "A");
    BOOST_TEST(inner == "A");
}

BOOST_AUTO_TEST_CASE(anAbsoluteEndStaysWhereverTheSessionGoes) {
    Group group(sessions("type='simpleClientSession' header='X-Client' whenDown='rebind' expiry='absolute'", kThree));
    group.store().bind({"top", "x"}, "A\n", 5000ms, runtime::now(), kNever);
    Server::of("A").down = true;
    BOOST_TEST(group.ofClient("x") == "B");
    BOOST_TEST(group.ofClient("x") == "B");
    const auto known = group.store().look({"top", "x"}, runtime::now());
    BOOST_REQUIRE(known);
    BOOST_TEST(known->left <= 5000ms);
    BOOST_TEST(known->left > 3000ms);
}

BOOST_AUTO_TEST_CASE(aSessionLivesOnAfterALongAnswer) {
    Group group(clients(kThree, "<sessionTimeout>200</sessionTimeout>"));
    Server::of("A").asked = [] {
        const auto end = runtime::now() + 210ms;
        while (runtime::now() < end) continue;
    };
    BOOST_TEST(group.ofClient("x") == "A");
    Server::of("A").asked = nullptr;
    BOOST_TEST(group.store().look({"top", "x"}, runtime::now()).has_value());
}

BOOST_AUTO_TEST_CASE(takingASessionOverCountsAsAnAttempt) {
    for (const std::string limit : {"maxAttempts='1'", "retryBudget='0%' retryMinimum='0'", "maxAttempts='2'"}) {
        Server::reset();
        Group group(
            "<endpoint name='sal'><session type='simpleClientSession' header='X-Client' whenDown='rebind'/>"
            "<loadbalance " +
            limit + ">" + kThree + "</loadbalance></endpoint>");
        BOOST_TEST(group.ofClient("x") == "A");
        Server::of("A").fails = Server::of("B").fails = kRefused;
        BOOST_TEST(group.ofClient("x") == (limit == "maxAttempts='2'" ? "ab" : "a"));
    }
}

BOOST_AUTO_TEST_CASE(aLineBreakInANameIsNoEndOfIt) {
    Group group(clients(server("A&#10;x") + server("B")));
    const auto first = group.ofClient("1");
    for (int i = 0; i < 3; ++i) BOOST_TEST(group.ofClient("1") == first);
}

BOOST_AUTO_TEST_CASE(sessionsOfADeadChildAreTakenOverWhereThatIsWanted) {
    Group group(sessions("type='simpleClientSession' header='X-Client' whenDown='rebind'", kThree));
    BOOST_TEST(group.endpoint->bounds().attempts == 4);
    BOOST_TEST(group.ofClient("x") == "A");
    Server::of("A").down = true;
    BOOST_TEST(group.ofClient("x") == "B");
    BOOST_TEST(group.ofClient("x") == "B");
    Server::of("B").fails = kRefused;
    BOOST_TEST(group.ofClient("x") == "bC");
    Server::of("A").down = false;
    BOOST_TEST(group.ofClient("x") == "C");
    // But a failure after the server may have seen the message is repeated only where that is allowed.
    Server::of("C").fails = kRefused;
    Server::of("C").reaches = true;
    Message message;
    message.context().headers().add("X-Client", "x");
    message.options().repeatable = false;
    const auto outcome = message.send(*group.endpoint);
    BOOST_TEST(Server::taken() == "c");
    BOOST_TEST(outcome.conclusive);
    BOOST_TEST(outcome.detail.find("not sent again") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(learnedCookiesAreTakenOverToo) {
    Group group(sessions("type='http' whenDown='rebind'", kThree));
    Server::of("A").sets = {"JSESSIONID=1"};
    BOOST_TEST(group.with({}) == "A");
    Server::of("A").down = true;
    BOOST_TEST(group.withCookie("JSESSIONID=1") == "B");
    BOOST_TEST(Server::of("B").cookie == "JSESSIONID=1");
    BOOST_TEST(pathOf(group, "JSESSIONID=1") == "B\n");
}

BOOST_AUTO_TEST_CASE(weightNoneKeepsItsSessionsAndGetsNoNewOnes) {
    const std::string drained = server("A", "<property name='loadbalance.weight' value='0'/>");
    for (const std::string policy : {"", "policy='smoothWeighted'"}) {
        Group group("<endpoint><session type='simpleClientSession' header='X-Client'/><loadbalance " + policy + ">" +
                    drained + server("B") + "</loadbalance></endpoint>");
        BOOST_TEST(group.setup.findings().find("has no effect") == std::string::npos);
        group.store().bind({"top", "old"}, "A\n", 5000ms, runtime::now(), kNever);
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(group.ofClient("new" + std::to_string(i)) == "B");
            BOOST_TEST(group.ofClient("old") == "A");
        }
        Server::of("B").down = true;
        BOOST_TEST(group.ofClient("another") == "");
        BOOST_TEST(group.last.code == 303000);
        BOOST_TEST(group.last.detail.find("weight 0") != std::string::npos);
        Server::of("B").down = false;
    }
}

BOOST_AUTO_TEST_CASE(ofTwoFirstMessagesTheLaterFollowsTheEarlier) {
    Group made(clients(kThree));
    // The same group with another store.
    auto store = std::make_shared<Beaten>();
    struct Header final : SessionType {
        std::vector<std::string> idsIn(message::MessageContext&, runtime::Deadline) const override { return {"x"}; }
        bool clientNames() const noexcept override { return true; }
    };
    auto rules = std::make_shared<SessionRules>();
    rules->group = "g";
    rules->keeper = std::make_shared<TableKeeper>(std::make_unique<Header>(), store, true);
    GroupEndpoint::Options options;
    options.sessions = rules;
    Setup setup("<endpoint><loadbalance>" + kThree + "</loadbalance></endpoint>");
    auto element = setup.root();
    auto kind = element.child("loadbalance").value();
    auto described = describeChildren(element, kind, setup.build());
    HealthScope scope(kind, {"g", false}, setup.build());
    auto children = readChildren(kind, scope, setup.build());
    auto rotation = std::make_shared<Rotation>(defaultAlgorithm(), std::move(described), nullptr);
    const auto group = makeBalancer(std::move(options), std::move(children), std::move(rotation));
    Message message;
    const auto outcome = message.send(*group);
    BOOST_TEST(outcome.answered);
    BOOST_TEST(Server::taken() == "C");
    BOOST_TEST(store->renewed == 1);
    BOOST_TEST(store->unbound == 0);
    BOOST_TEST(message.context().sessionTrail() == nullptr);
}

BOOST_AUTO_TEST_CASE(tagsStandForPartsOfPaths) {
    const auto tag = pathTag("http://10.0.0.1:8080/app");
    BOOST_TEST(tag.size() == 13);
    BOOST_TEST(tag.front() == '~');
    BOOST_TEST(tag == pathTag("http://10.0.0.1:8080/app"));
    BOOST_TEST(tag != pathTag("http://10.0.0.2:8080/app"));
    std::string_view path = "a\nb\n";
    BOOST_TEST(takePart(path) == "a");
    BOOST_TEST(takePart(path) == "b");
    BOOST_TEST(takePart(path) == "");
}

BOOST_AUTO_TEST_SUITE_END()
