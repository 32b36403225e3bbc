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
    return group.store().find({"top", id}, runtime::now(), kNever).value_or("-");
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

BOOST_AUTO_TEST_CASE(whatIsNoPathIsAFault) {
    Group group(clients(kThree));
    for (const std::string_view path : {"", "A", "\nA\n"}) {
        group.store().bind({"top", "x"}, path, 5000ms, runtime::now(), kNever);
        BOOST_TEST(group.ofClient("x") == "");
        BOOST_TEST(group.last.code == 309002);
    }
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
