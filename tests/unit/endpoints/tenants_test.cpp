// GV-23: children of groups that are for one tenant or another.
#include "engine/config/tenants.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/endpoints/loaded.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::Loaded;
using endpoints::test::Script;
using endpoints::test::send;

std::string child(const std::string& id, const std::string& attributes = {}) {
    return "<endpoint " + attributes + "><scripted id='" + id + "'/></endpoint>";
}

std::string group(const std::string& children, const std::string& kind = "loadbalance") {
    return "<endpoint name='g'><" + kind + ">" + children + "</" + kind + "></endpoint>";
}

/// Who gets three messages.
std::string taken(const std::string& xml, const std::string& tenant) {
    Script::reset();
    config::StateStore states;
    const Loaded loaded(xml, states, tenant);
    for (int call = 0; call < 3; ++call) send(loaded.endpoint("g"));
    return Script::instance().taken();
}

std::string findings(const std::string& xml, const std::string& tenant = {}) {
    config::StateStore states;
    return Loaded(xml, states, tenant).findings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Tenants)

BOOST_AUTO_TEST_CASE(gv23OursAndUnmarkedOnesAreUsed) {
    const auto xml =
        group(child("E", "tenants='eu'") + child("U", "tenants='us'") + child("B", "tenants='us, EU'") + child("A"));
    BOOST_CHECK_EQUAL(taken(xml, "eu"), "E B A");
    BOOST_CHECK_EQUAL(taken(xml, "Us"), "U B A");
    BOOST_CHECK_EQUAL(taken(xml, ""), "E U B");
    BOOST_CHECK_EQUAL(taken(xml, "asia"), "A A A");
}

BOOST_AUTO_TEST_CASE(weightsPrioritiesAndStaticGroupsFollowWhoIsLeft) {
    const auto weighted =
        "<endpoint name='g'><loadbalance policy='percent'>"
        "<endpoint tenants='eu'><property name='loadbalance.weight' value='100'/><scripted id='E'/>"
        "</endpoint><endpoint tenants='us'><property name='loadbalance.weight' value='100'/>"
        "<scripted id='U'/></endpoint></loadbalance></endpoint>";
    BOOST_CHECK_EQUAL(taken(weighted, "us"), "U U U");
    BOOST_CHECK(findings(weighted).find("percentages") != std::string::npos);
    const auto children = child("E", "tenants='eu'") + child("U", "tenants='us' secondary='true'");
    BOOST_CHECK(findings(group(children), "us").find("all children are secondary") != std::string::npos);
    BOOST_CHECK_EQUAL(taken(group(child("E", "tenants='eu'") + child("U", "tenants='us'"), "failover"), "us"), "U U U");
}

BOOST_AUTO_TEST_CASE(nobodyLeftIsAnErrorThatSaysWhy) {
    const auto xml = group(child("E", "tenants='eu,us'") + child("F", "tenants='asia'"));
    const auto found = findings(xml, "moon");
    BOOST_CHECK_MESSAGE(
        found.find("no child of this <loadbalance> is for the tenant \"moon\"; they are for asia, eu, us") !=
            std::string::npos,
        found);
    BOOST_CHECK_EQUAL(findings(xml), "");
}

BOOST_AUTO_TEST_CASE(aTenantThatNobodyIsMarkedFor) {
    const auto xml = group(child("E", "tenants='eu'") + child("A"));
    BOOST_CHECK_EQUAL(findings(xml, "ue"), "no endpoint is marked for it; did you mean \"eu\"?\n");
    BOOST_CHECK_EQUAL(findings(xml, "eu"), "");
    // Nothing is marked at all: one command line for every gateway.
    BOOST_CHECK_EQUAL(findings(group(child("A")), "eu"), "");
}

BOOST_AUTO_TEST_CASE(lists) {
    const auto of = [](const std::string& list) { return findings(group(child("E", "tenants='" + list + "'"))); };
    BOOST_CHECK_EQUAL(of(" eu , us-1.x_y"), "");
    BOOST_CHECK_EQUAL(of(" "), "the list of tenants is empty\n");
    BOOST_CHECK_EQUAL(of("eu,,us"), "\"eu,,us\" has a comma without a name beside it\n");
    BOOST_CHECK_EQUAL(of("eu us"), "\"eu us\" is no name of a tenant\n");
    BOOST_CHECK_EQUAL(of("eu,EU"), "the tenant \"EU\" is there twice\n");
}

BOOST_AUTO_TEST_CASE(nothingIsSaidOfTheWeightsOfThoseLeftOut) {
    const std::string weight = "<property name='loadbalance.weight' value='3'/>";
    const auto weighted = group("<endpoint tenants='us'>" + weight + "<scripted id='U'/></endpoint>" + child("A"));
    BOOST_CHECK_EQUAL(findings(weighted, "us"), "a weight has no effect with the algorithm roundRobin\n");
    BOOST_CHECK_EQUAL(findings(weighted + group(child("E", "tenants='eu'")).replace(16, 1, "h"), "eu"), "");
    const auto members = group(
        "<member hostName='h' httpPort='1' tenants='us' weight='3'/>"
        "<member hostName='i' httpPort='1' tenants='eu'/>");
    BOOST_CHECK_EQUAL(findings(members, "us"), "a weight has no effect with the algorithm roundRobin\n");
    BOOST_CHECK_EQUAL(findings(members, "eu"), "");
}

BOOST_AUTO_TEST_CASE(outsideOfAGroup) {
    BOOST_CHECK_EQUAL(findings("<endpoint name='g' tenants='eu'><scripted id='E'/></endpoint>"),
                      "tenants has no meaning outside of a group: it says for whom a child is\n");
}

BOOST_AUTO_TEST_CASE(membersToo) {
    const auto xml = group("<member hostName='h' httpPort='1' tenants='us'/><member hostName='i' httpPort='1'/>");
    config::StateStore states;
    const Loaded loaded(xml, states, "eu");
    std::string names;
    loaded.endpoint("g").visit([&](const message::Endpoint& one) { names += std::string(one.name()) + ","; });
    BOOST_CHECK_EQUAL(names, "g,g member http://i:1,");
    BOOST_CHECK(findings(group("<member hostName='h' httpPort='1' tenants='us'/>"), "eu").find("no child of this") !=
                std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
