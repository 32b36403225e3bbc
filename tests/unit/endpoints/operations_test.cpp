// What operators see and do (WS-28, IA-09, GV-09, GV-15, IA-20).
#include "endpoints/operations.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/loaded.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::Operations;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Loaded;
using endpoints::test::Message;
using endpoints::test::send;

std::string address(const std::string& url, const std::string& attributes = {}) {
    return "<endpoint " + attributes + "><address uri='" + url + "'/></endpoint>";
}

std::string balance(const std::string& children, const std::string& attributes = {}) {
    return "<endpoint name='lb'><loadbalance " + attributes + ">" + children + "</loadbalance></endpoint>";
}

endpoints::EndpointStatus statusOf(const Operations& operations, const std::string& id) {
    for (auto& one : operations.list(runtime::now())) {
        if (one.id == id) return one;
    }
    BOOST_ERROR("nothing is listed as " + id);
    return {};
}

std::string offOnes(const Operations& operations) {
    std::string text;
    for (const auto& one : operations.list(runtime::now())) {
        if (one.state == "OFF") text += (text.empty() ? "" : ", ") + one.id;
    }
    return text;
}

/// A named group, a group in it, and a reference.
const std::string kTree = balance(address("http://h:2/", "name='a'") + address("http://h:3/") + "<endpoint><failover>" +
                                      address("http://h:4/") + address("http://h:5/", "name='a'") +
                                      "</failover></endpoint><endpoint key='other'/>",
                                  "policy='smoothWeighted'") +
                          address("http://h:6/", "name='other'");

}  // namespace

BOOST_AUTO_TEST_SUITE(OperationsOnEndpoints)

BOOST_AUTO_TEST_CASE(theListHasEveryEndpointAGroupBeforeWhatIsInIt) {
    config::StateStore states;
    const Loaded loaded(kTree, states);
    BOOST_REQUIRE_MESSAGE(loaded.configuration, loaded.findings);
    const Operations operations(loaded.configuration);
    std::string ids;
    for (const auto& one : operations.list(runtime::now())) {
        ids += std::string(one.depth, '>') + one.id + " " + one.kind + " " + one.state + "\n";
    }
    BOOST_CHECK_EQUAL(ids,
                      "lb loadbalance ACTIVE\n>lb/a address ACTIVE\n>lb/http://h:3/ address ACTIVE\n"
                      ">lb/failover failover ACTIVE\n>>lb/failover/http://h:4/ address ACTIVE\n"
                      ">>lb/failover/a address ACTIVE\n>lb/other key ACTIVE\nother address ACTIVE\n");
}

BOOST_AUTO_TEST_CASE(ws28ALeafOfAGroupIsSwitchedByNameOrId) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    config::StateStore states;
    const Loaded loaded(balance(address(one.url(), "name='one'") + address(two.url())), states);
    Operations operations(loaded.configuration);
    const auto& lb = loaded.endpoint("lb");
    BOOST_CHECK(operations.off("one", runtime::now()).done);
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(lb).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 0U);
    BOOST_CHECK_EQUAL(offOnes(operations), "lb/one");
    BOOST_CHECK(operations.off("lb/" + two.url(), runtime::now()).done);
    const auto outcome = send(lb);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK(outcome.detail.find("switched off by an operator") != std::string::npos);
    BOOST_CHECK_EQUAL(offOnes(operations), "lb, lb/one, lb/" + two.url());
    BOOST_CHECK(operations.on("lb", runtime::now()).done);
    BOOST_CHECK_EQUAL(offOnes(operations), "");
    for (int call = 0; call < 4; ++call) BOOST_CHECK(send(lb).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 2U);
}

BOOST_AUTO_TEST_CASE(namesThatNoneOrSeveralHave) {
    config::StateStore states;
    const Loaded loaded(kTree, states);
    Operations operations(loaded.configuration);
    BOOST_CHECK_EQUAL(operations.off("othre", runtime::now()).text,
                      "there is no endpoint \"othre\"; did you mean \"other\"?");
    BOOST_CHECK_EQUAL(operations.off("a", runtime::now()).text,
                      "several endpoints are called \"a\"; give the id of one:\nlb/a\nlb/failover/a");
    BOOST_CHECK(!operations.on(std::string("\0\xff", 2), runtime::now()).done);
    BOOST_CHECK_EQUAL(offOnes(operations), "");
}

BOOST_AUTO_TEST_CASE(whatIsOffStaysOffAcrossAReload) {
    config::StateStore states;
    Operations operations(Loaded(kTree, states).configuration);
    BOOST_CHECK(operations.off("lb/a", runtime::now()).done);
    BOOST_CHECK(operations.off("lb/failover", runtime::now()).done);
    // Another address under the same name, another child in the group that is off, another one before them.
    const auto next = balance(address("http://h:8/") + address("http://h:22/", "name='a'") + "<endpoint><failover>" +
                              address("http://h:4/") + address("http://h:7/") + "</failover></endpoint>");
    operations.replace(Loaded(next, states).configuration, runtime::now());
    BOOST_CHECK_EQUAL(offOnes(operations), "lb/a, lb/failover, lb/failover/http://h:4/, lb/failover/http://h:7/");
    // One of the group is wanted again, and only that one.
    BOOST_CHECK(operations.on("lb/failover/http://h:7/", runtime::now()).done);
    operations.replace(Loaded(next, states).configuration, runtime::now());
    BOOST_CHECK_EQUAL(offOnes(operations), "lb/a, lb/failover/http://h:4/");
    // What is gone is forgotten.
    operations.replace(Loaded(balance(address("http://h:8/")), states).configuration, runtime::now());
    operations.replace(Loaded(next, states).configuration, runtime::now());
    BOOST_CHECK_EQUAL(offOnes(operations), "");
}

BOOST_AUTO_TEST_CASE(whatIsSwitchedThroughAReferenceStaysSoAcrossAReload) {
    const std::string tree = balance("<endpoint key='A'/><endpoint key='more'/>") + address("http://h:1/", "name='A'") +
                             "<endpoint name='more'><failover><endpoint key='Z'/>" + address("http://h:3/") +
                             "</failover></endpoint>" + address("http://h:2/", "name='Z'");
    config::StateStore states;
    Operations operations(Loaded(tree, states).configuration);
    const auto reload = [&] { operations.replace(Loaded(tree, states).configuration, runtime::now()); };
    const auto off = operations.off("lb/A", runtime::now());
    BOOST_CHECK_EQUAL(off.text, "endpoint A, to which lb/A refers, is switched off");
    reload();
    BOOST_CHECK_EQUAL(offOnes(operations), "A");
    BOOST_CHECK(operations.on("A", runtime::now()).done);
    reload();
    BOOST_CHECK_EQUAL(offOnes(operations), "");
    BOOST_CHECK(operations.off("A", runtime::now()).done);
    BOOST_CHECK(operations.on("lb/A", runtime::now()).done);
    reload();
    BOOST_CHECK_EQUAL(offOnes(operations), "");
    // In a group that only refers to it, through another one: the others stay off.
    BOOST_CHECK(operations.off("lb", runtime::now()).done);
    BOOST_CHECK_EQUAL(offOnes(operations), "A, more/http://h:3/, Z");
    BOOST_CHECK(operations.on("Z", runtime::now()).done);
    reload();
    BOOST_CHECK_EQUAL(offOnes(operations), "A, more/http://h:3/");
    BOOST_CHECK(operations.on("lb", runtime::now()).done);
    reload();
    BOOST_CHECK_EQUAL(offOnes(operations), "");
}

BOOST_AUTO_TEST_CASE(stateOffInTheConfiguration) {
    const Backend one(answer("200 OK"));
    const std::string dead = deadUrl();
    config::StateStore states;
    const auto xml = [&](const std::string& state) {
        return balance(address(one.url(), state) + address(dead)) + address(one.url(), "name='alone' " + state) +
               balance("<member hostName='h' httpPort='1' " + state + "/>").replace(16, 2, "mb");
    };
    const Loaded off(xml("state='Off'"), states);
    BOOST_REQUIRE_MESSAGE(off.configuration, off.findings);
    Operations operations(off.configuration);
    BOOST_CHECK_EQUAL(offOnes(operations), "lb/" + one.url() + ", alone, mb, mb member http://h:1");
    BOOST_CHECK(!send(off.endpoint("lb")).answered);
    const auto outcome = send(off.endpoint("alone"));
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_EQUAL(outcome.status, 503);
    BOOST_CHECK_EQUAL(outcome.detail, "endpoint alone is switched off in the configuration");
    BOOST_CHECK(one.requests().empty());
    const auto on = operations.on("alone", runtime::now());
    BOOST_CHECK_EQUAL(on.text, "endpoint alone is switched on, but the configuration has it off");
    // On again, and what was known of the other one is still known.
    const Loaded next(xml("state='on'"), states);
    operations.replace(next.configuration, runtime::now());
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/" + dead).state, "SUSPENDED");
    BOOST_CHECK(send(next.endpoint("lb")).answered);
    BOOST_CHECK(Loaded(xml("state='of'"), states).found("state"));
}

BOOST_AUTO_TEST_CASE(weightsAsTheyCountNow) {
    config::StateStore states;
    const std::string weight = "<property name='loadbalance.weight' value='3'/>";
    const Loaded loaded(
        balance("<endpoint name='a'>" + weight + "<address uri='http://h:1/'/></endpoint>" +
                    address("http://h:2/", "name='b'") + address("http://h:3/", "name='spare' secondary='true'"),
                "policy='smoothWeighted'"),
        states);
    Operations operations(loaded.configuration);
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/a").weight.value(), 3U);
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/a").effectiveWeight.value(), 3.0);
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/spare").effectiveWeight.value(), 0.0);
    BOOST_CHECK(operations.off("a", runtime::now()).done);
    BOOST_CHECK(operations.off("b", runtime::now()).done);
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/a").effectiveWeight.value(), 0.0);
    BOOST_CHECK_EQUAL(statusOf(operations, "lb/spare").effectiveWeight.value(), 1.0);
    BOOST_CHECK(!statusOf(operations, "lb").effectiveWeight);
    const auto text = endpoints::toText(operations.list(runtime::now()));
    BOOST_CHECK_MESSAGE(text.find("  lb/a") != std::string::npos && text.find("0 of 3") != std::string::npos, text);
    const auto json = endpoints::toJson(operations.list(runtime::now()));
    BOOST_CHECK_MESSAGE(json.find("\"state\": \"OFF\"") != std::string::npos &&
                            json.find("\"effectiveWeight\": 0.0") != std::string::npos &&
                            json.find("\"secondary\": true") != std::string::npos,
                        json);
}

BOOST_AUTO_TEST_CASE(membersThatAreAlikeAreToldApart) {
    config::StateStore states;
    const std::string member = "<member hostName='h' httpPort='1'/>";
    const Loaded loaded(balance("<endpointDefaults><limit inFlight='1'/></endpointDefaults>" + member + member),
                        states);
    BOOST_REQUIRE_MESSAGE(loaded.configuration, loaded.findings);
    Operations operations(loaded.configuration);
    BOOST_CHECK(operations.off("lb member http://h:1 #2", runtime::now()).done);
    BOOST_CHECK_EQUAL(offOnes(operations), "lb member http://h:1 #2");
    BOOST_CHECK_EQUAL(statusOf(operations, "lb member http://h:1").mostUnderWay.value(), 1U);
    const Loaded next(balance(member), states);
    operations.replace(next.configuration, runtime::now());
    BOOST_CHECK_EQUAL(offOnes(operations), "");
}

BOOST_AUTO_TEST_CASE(membersOfGroupsThatAreCalledAlikeAreToldApart) {
    const Backend one(answer("200 OK"));
    const auto in = [&](const std::string& group) {
        return "<endpoint name='" + group +
               "'><failover><endpoint name='dyn'><dynamicLoadbalance><membershipHandler class='myelin.dns'><property "
               "name='hosts' value='127.0.0.1:" +
               one.port() + "'/></membershipHandler></dynamicLoadbalance></endpoint></failover></endpoint>";
    };
    config::StateStore states;
    const Loaded loaded(in("G") + in("H"), states);
    Operations operations(loaded.configuration);
    for (const auto* group : {"G", "H"}) BOOST_CHECK(Message("GET", "/").send(loaded.endpoint(group)).answered);
    BOOST_CHECK(operations.off("H/dyn member http://127.0.0.1:" + one.port(), runtime::now()).done);
    BOOST_CHECK(Message("GET", "/").send(loaded.endpoint("G")).answered);
    BOOST_CHECK(!Message("GET", "/").send(loaded.endpoint("H")).answered);
}

BOOST_AUTO_TEST_CASE(membersOfADynamicGroupAreListedAndSwitched) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const std::string hosts = "127.0.0.1:" + one.port() + ",127.0.0.1:" + two.port();
    const auto xml =
        "<endpoint name='dyn'><dynamicLoadbalance><membershipHandler class='myelin.dns'><property "
        "name='hosts' value='" +
        hosts + "'/></membershipHandler></dynamicLoadbalance></endpoint>";
    config::StateStore states;
    const Loaded loaded(xml, states);
    Operations operations(loaded.configuration);
    const auto& dyn = loaded.endpoint("dyn");
    BOOST_CHECK(Message("GET", "/").send(dyn).answered);
    const std::string id = "dyn member http://127.0.0.1:" + two.port();
    BOOST_CHECK_EQUAL(statusOf(operations, id).state, "ACTIVE");
    BOOST_CHECK(operations.off(id, runtime::now()).done);
    for (int call = 0; call < 3; ++call) BOOST_CHECK(Message("GET", "/").send(dyn).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 4U);
    BOOST_CHECK(operations.off("dyn", runtime::now()).done);
    BOOST_CHECK_EQUAL(statusOf(operations, "dyn").state, "OFF");
    const auto outcome = Message("GET", "/").send(dyn);
    BOOST_CHECK_EQUAL(outcome.code, 303000);
    BOOST_CHECK(outcome.detail.find("switched off by an operator") != std::string::npos);
    BOOST_CHECK(operations.on("dyn", runtime::now()).done);
    for (int call = 0; call < 2; ++call) BOOST_CHECK(Message("GET", "/").send(dyn).answered);
    BOOST_CHECK_EQUAL(two.requests().size(), 1U);
}

BOOST_AUTO_TEST_SUITE_END()
