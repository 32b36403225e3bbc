// What is known of endpoints belongs to them, and not to the places where they stand (GV-22).
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "endpoints/child.hpp"
#include "endpoints/operations.hpp"
#include "engine/config/endpoint_id.hpp"
#include "engine/runtime/loop.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/loaded.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Loaded;
using endpoints::test::send;
using endpoints::test::Setup;

std::string address(const std::string& url, const std::string& name = {}) {
    return "<endpoint" + (name.empty() ? "" : " name='" + name + "'") + "><address uri='" + url +
           "'><suspendOnFailure><initialDuration>600000</initialDuration></suspendOnFailure></address></endpoint>";
}

std::string balance(const std::string& children, const std::string& attributes = {}) {
    return "<endpoint name='lb'><loadbalance " + attributes + ">" + children + "</loadbalance></endpoint>";
}

std::string group(const std::string& children, const std::string& kind = "failover") {
    return "<endpoint><" + kind + ">" + children + "</" + kind + "></endpoint>";
}

/// The leaves that are out of service, by name.
std::string outOfService(const message::Endpoint& endpoint) {
    std::string text;
    endpoint.visit([&](const message::Endpoint& node) {
        std::size_t below = 0;
        node.visit([&](const message::Endpoint&) { ++below; });
        if (below == 1 && !node.ready(runtime::now())) text += (text.empty() ? "" : ", ") + std::string(node.name());
    });
    return text;
}

std::vector<std::string> idsOf(const std::string& xml) {
    Setup setup("<loadbalance>" + xml + "</loadbalance>");
    return config::endpointIds(setup.root().childrenNamed("endpoint"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Identity)

BOOST_AUTO_TEST_CASE(whatAnEndpointIsKnownBy) {
    const std::vector<std::pair<std::string, std::string>> known = {
        {"<endpoint name=' a '><address uri='http://h/'/></endpoint>", "a"},
        {"<endpoint><property name='p' value='v'/><address uri=' http://h/ '/></endpoint>", "http://h/"},
        {"<endpoint><http uri-template='http://h/{x}'/></endpoint>", "http://h/{x}"},
        {"<endpoint><http/></endpoint>", "http"},
        {"<endpoint key='k'/>", "k"},
        {"<endpoint key-expression='//x'/>", "//x"},
        {"<endpoint template='t' uri='http://h/'/>", "t(http://h/)"},
        {"<endpoint template='t'/>", "t"},
        {"<endpoint name='a/b #2 100% &#10;c'/>", "a%2Fb %232 100%25 %0Ac"},
        {"<endpoint key='a/b'/>", "a%2Fb"},
        {"<endpoint template='a/b' uri='http://h/'/>", "a%2Fb(http://h/)"},
        {"<endpoint><default/></endpoint>", "default"},
        {"<endpoint><loadbalance><endpoint name='x'/></loadbalance></endpoint>", "loadbalance"},
        {"<endpoint><class name='C'/></endpoint>", "C"},
        {"<endpoint/>", "endpoint"}};
    for (const auto& [xml, id] : known) BOOST_CHECK_EQUAL(idsOf(xml).front(), id);
    const auto ids = idsOf("<endpoint name='a'/><endpoint key='b'/><endpoint name='a'/><endpoint name='a'/>");
    const std::vector<std::string> numbered = {"a", "b", "a #2", "a #3"};
    BOOST_CHECK_EQUAL_COLLECTIONS(ids.begin(), ids.end(), numbered.begin(), numbered.end());
}

BOOST_AUTO_TEST_CASE(noNumberComesToWhatAnotherOneIs) {
    std::vector<std::string> ids = {"x", "x #2", "x", "x #2", "x"};
    config::numberRepeated(ids);
    const std::vector<std::string> numbered = {"x", "x #2", "x #3", "x #2 #2", "x #4"};
    BOOST_CHECK_EQUAL_COLLECTIONS(ids.begin(), ids.end(), numbered.begin(), numbered.end());
}

BOOST_AUTO_TEST_CASE(noTwoEndpointsHaveOneIdWhateverTheyAreCalled) {
    const auto named = [](const std::string& name, const std::string& children) {
        return "<endpoint name='" + name + "'><loadbalance>" + children + "</loadbalance></endpoint>";
    };
    const std::string leaf = address("http://h/", "x");
    const std::string xml = named("G", leaf + address("http://h/", "x #2") + leaf) + address("http://h/", "G/x") +
                            named("G/y", leaf) +
                            named("H", named("y", leaf) + address("http://h/", "y/x") + "<endpoint key='y/x'/>") +
                            address("http://h/", "y/x");
    config::StateStore states;
    const Loaded loaded(xml, states);
    BOOST_REQUIRE_MESSAGE(loaded.configuration, loaded.findings);
    endpoints::Operations operations(loaded.configuration);
    std::set<std::string> ids;
    std::size_t leaves = 0;
    for (const auto& one : operations.list(runtime::now())) {
        BOOST_CHECK_MESSAGE(ids.insert(one.id).second, one.id + " is there twice");
        if (one.kind != "address") continue;
        ++leaves;
        BOOST_CHECK(operations.off(one.id, runtime::now()).done);
        std::size_t off = 0;
        for (const auto& other : operations.list(runtime::now()))
            off += other.state == "OFF" && other.kind == "address";
        BOOST_CHECK_MESSAGE(off == leaves, one.id + " is not one endpoint");
    }
    for (const auto* id : {"G/x", "G/x %232", "G/x #2", "G%2Fx", "G%2Fy/x", "H/y/x", "H/y%2Fx"}) {
        BOOST_CHECK_MESSAGE(ids.contains(id), std::string(id) + " is missing");
    }
    // What is off stays so, each by its own id.
    const Loaded next(xml, states);
    operations.replace(next.configuration, runtime::now());
    for (const auto& one : operations.list(runtime::now())) {
        if (one.kind == "address") BOOST_CHECK_EQUAL(one.state, "OFF");
    }
}

BOOST_AUTO_TEST_CASE(suspensionStaysWithALeafWhateverItsSiblingsDo) {
    const Backend well(answer("200 OK"));
    const std::string ill = deadUrl();
    config::StateStore states;
    const Loaded first(balance(address(ill) + address(well.url())), states);
    BOOST_CHECK(send(first.endpoint("lb")).answered);
    BOOST_CHECK_EQUAL(outOfService(first.endpoint("lb")), "lb/" + ill);
    const std::string other = address(well.url("/other"));
    for (const auto& children : {other + address(ill) + address(well.url()),          // before it
                                 address(well.url()) + other + address(ill),          // in another order
                                 address(ill),                                        // alone
                                 group(other) + group(address(ill) + other) + other,  // further down
                                 group(group(other + address(ill)), "recipientlist")}) {
        const Loaded next(balance(children), states);
        const auto out = outOfService(next.endpoint("lb"));
        BOOST_CHECK_MESSAGE(out.ends_with(ill) && out.find(',') == std::string::npos, out);
    }
    // Another address is another leaf, also under the same name.
    const Loaded named(balance(address(ill, "a") + address(well.url())), states);
    BOOST_CHECK_EQUAL(outOfService(named.endpoint("lb")), "");
}

BOOST_AUTO_TEST_CASE(leavesThatAreAlikeAreToldApartByTheirOrder) {
    const std::string ill = deadUrl();
    config::StateStore states;
    const Loaded first(balance(address(ill) + address(ill), "failover='false'"), states);
    BOOST_CHECK(!send(first.endpoint("lb")).answered);
    BOOST_CHECK_EQUAL(outOfService(first.endpoint("lb")), "lb/" + ill);
    const Loaded next(balance(address(deadUrl()) + address(ill) + address(ill), "failover='false'"), states);
    BOOST_CHECK_EQUAL(outOfService(next.endpoint("lb")), "lb/" + ill);
}

BOOST_AUTO_TEST_CASE(checksStayWithALeafWhateverItsSiblingsDo) {
    std::atomic<int> probes{0};
    const Backend ill([&](const std::string& request) {
        probes += request.find("/health") != std::string::npos ? 1 : 0;
        return answer("500 Ill");
    });
    const Backend well(answer("200 OK"));
    const std::string check = "<healthCheck path='/health' interval='20' fall='1'/>";
    config::StateStore states;
    const Loaded first(balance(check + address(ill.url()) + address(well.url())), states);
    const auto& lb = first.endpoint("lb");
    const auto end = runtime::now() + std::chrono::seconds(20);
    while (outOfService(lb).empty() && runtime::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    BOOST_REQUIRE_EQUAL(outOfService(lb), "lb/" + ill.url());
    // An address that another one begins with is not the same.
    const Loaded next(balance(check + address(well.url()) + address(well.url("/more")) + group(address(ill.url()))),
                      states);
    const auto out = outOfService(next.endpoint("lb"));
    BOOST_CHECK_MESSAGE(out.ends_with(ill.url()) && out.find(',') == std::string::npos, out);
}

BOOST_AUTO_TEST_CASE(aStaticGroupStaysOnItsChildWhereverThatStands) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const Backend three(answer("200 OK"));
    const auto tree = [](const std::string& children) {
        return "<endpoint name='fo'><failover dynamic='false'>" + children + "</failover></endpoint>";
    };
    config::StateStore states;
    const std::string ill = deadUrl();
    const Loaded first(tree(address(ill) + address(two.url()) + address(three.url())), states);
    BOOST_CHECK(send(first.endpoint("fo")).answered);
    BOOST_CHECK_EQUAL(two.requests().size(), 1U);
    const Loaded next(tree(address(one.url()) + address(three.url()) + address(two.url())), states);
    BOOST_CHECK(send(next.endpoint("fo")).answered);
    BOOST_CHECK_EQUAL(two.requests().size(), 2U);
    // Without it, the first one.
    const Loaded last(tree(address(one.url()) + address(three.url())), states);
    BOOST_CHECK(send(last.endpoint("fo")).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 1U);
}

BOOST_AUTO_TEST_CASE(theRotationOfAGroupGoesOnWhateverItsSiblingsDo) {
    const Backend one(answer("200 OK"));
    const Backend two(answer("200 OK"));
    const auto nested = group(address(one.url()) + address(two.url()), "loadbalance");
    const auto tree = [](const std::string& children) {
        return "<endpoint name='fo'><failover>" + children + "</failover></endpoint>";
    };
    config::StateStore states;
    const Loaded first(tree(nested), states);
    BOOST_CHECK(send(first.endpoint("fo")).answered);
    const Loaded next(tree("<endpoint state='off'><address uri='http://h/'/></endpoint>" + nested), states);
    BOOST_CHECK(send(next.endpoint("fo")).answered);
    BOOST_CHECK_EQUAL(one.requests().size(), 1U);
    BOOST_CHECK_EQUAL(two.requests().size(), 1U);
}

BOOST_AUTO_TEST_SUITE_END()
