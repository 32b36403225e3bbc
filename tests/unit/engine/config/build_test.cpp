#include "engine/config/build.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/config/endpoint_id.hpp"
#include "tests/unit/engine/config/fake_schema.hpp"
#include "tests/unit/engine/message/fake_artifacts.hpp"

namespace {

using namespace myelin;
using config::Build;
using config::Element;

class Step final : public message::Mediator {
public:
    message::Flow mediate(message::MessageContext&) const override { return message::Flow::Continue; }
    std::string_view name() const noexcept override { return "testStep"; }
};

class Node final : public message::Endpoint {
public:
    explicit Node(std::string identity) : identity_(std::move(identity)) {}
    message::SendOutcome send(message::MessageContext&, http::ClientResponse&, runtime::Deadline) const override {
        return message::SendOutcome::success();
    }
    bool ready(runtime::TimePoint) const noexcept override { return true; }
    std::string_view name() const noexcept override { return identity_; }
    message::Bounds bounds() const noexcept override { return {1, base::Milliseconds(1)}; }

private:
    std::string identity_;
};

std::unique_ptr<message::Mediator> makeStep(Element& element, Build& build) {
    element.attribute("level");
    (void)build.mediators(element);
    return std::make_unique<Step>();
}

std::unique_ptr<message::Endpoint> makeNode(Element& endpoint,
                                            Element& kind,
                                            const config::EndpointPosition& position,
                                            Build&) {
    if (kind.name() != "endpoint") kind.attribute("uri");
    (void)endpoint;
    return std::make_unique<Node>(std::string(kind.name()) + " of " + position.identity);
}

const config::Registration<config::MediatorFactory> kStep{config::mediatorRegistry(), "testStep", &makeStep};
const config::Registration<config::EndpointFactory> kFirst{
    config::endpointRegistry(), "testFirst", {&makeNode, 2010, false, false}};
const config::Registration<config::EndpointFactory> kSecond{
    config::endpointRegistry(), "testSecond", {&makeNode, 2020, false, false}};
const config::Registration<config::EndpointFactory> kByAttribute{
    config::endpointRegistry(), "testKey", {&makeNode, 2000, true, false}};
const config::Registration<config::EndpointFactory> kOther{
    config::endpointRegistry(), "testOther", {&makeNode, 2030, false, true}};

/// A document and a build to read it with.
struct Fixture {
    explicit Fixture(const std::string& body)
        : parsed("<r xmlns='http://ws.apache.org/ns/synapse' xmlns:m='urn:m'>" + body + "</r>"),
          build(parsed.diagnostics, states, artifacts) {
        build.beginArtifact("sequence", "main");
    }
    Element first() { return parsed.root().children().front(); }
    std::string findings() const { return config::test::findingsOf(parsed.diagnostics); }
    bool found(std::string_view part) const { return findings().find(part) != std::string::npos; }

    config::test::Parsed parsed;
    config::StateStore states;
    message::test::FakeArtifacts artifacts;
    Build build;
};

std::string nameOf(const std::unique_ptr<message::Endpoint>& endpoint) {
    return endpoint ? std::string(endpoint->name()) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Building)

BOOST_AUTO_TEST_CASE(mediatorsInOrderAndUnknownOnesReported) {
    Fixture fixture("<testStep level='1'/><testStpe/><testStep><testStep/></testStep>");
    auto root = fixture.parsed.root();
    BOOST_CHECK_EQUAL(fixture.build.mediators(root).size(), 2U);
    BOOST_CHECK_MESSAGE(fixture.found("unknown element <testStpe> in <r>; did you mean <testStep>"),
                        fixture.findings());
}

BOOST_AUTO_TEST_CASE(whatAFactoryDidNotAskForIsReported) {
    Fixture fixture("<testStep levl='1'/>");
    auto element = fixture.first();
    BOOST_CHECK(fixture.build.mediator(element));
    BOOST_CHECK_MESSAGE(fixture.found("levl"), fixture.findings());
}

BOOST_AUTO_TEST_CASE(theLowestRankDecides) {
    Fixture fixture("<endpoint name='n'><testSecond/><testFirst uri='u'/></endpoint>");
    auto element = fixture.first();
    BOOST_CHECK_EQUAL(nameOf(fixture.build.endpoint(element, {"id", false})), "testFirst of id");
    BOOST_CHECK_MESSAGE(fixture.found("warning: this <testSecond> is not used: <testFirst> decides"),
                        fixture.findings());
}

BOOST_AUTO_TEST_CASE(anAttributeTellsTheKind) {
    Fixture fixture("<endpoint testKey='k'><testFirst/></endpoint>");
    auto element = fixture.first();
    BOOST_CHECK_EQUAL(nameOf(fixture.build.endpoint(element, {"id", false})), "endpoint of id");
    BOOST_CHECK(fixture.found("the attribute testKey decides"));
}

BOOST_AUTO_TEST_CASE(anUnknownKindListsTheKnownOnes) {
    Fixture fixture("<endpoint><wsdl/></endpoint>");
    auto element = fixture.first();
    BOOST_CHECK(!fixture.build.endpoint(element, {"id", false}));
    const auto found = fixture.findings();
    BOOST_CHECK_MESSAGE(found.find("endpoint kind <wsdl> is not known or not supported yet") != std::string::npos,
                        found);
    BOOST_CHECK(found.find("testKey=\"...\"") != std::string::npos);
    BOOST_CHECK(found.find("<testFirst>, <testSecond>") != std::string::npos);
    BOOST_CHECK(found.find("testOther") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(anEndpointWithAnUnknownChildBesideItsKind) {
    Fixture fixture("<endpoint><testFirst/><testFrist/></endpoint>");
    auto element = fixture.first();
    BOOST_CHECK(fixture.build.endpoint(element, {"id", false}));
    BOOST_CHECK_MESSAGE(fixture.found("unknown element <testFrist>"), fixture.findings());
}

BOOST_AUTO_TEST_CASE(inlineEndpointsGetIdentitiesThatAReloadFindsAgain) {
    const std::string body =
        "<endpoint name='n'><testFirst/></endpoint><endpoint><testFirst/></endpoint><endpoint><testFirst/></endpoint>"
        "<endpoint name='n'><testFirst/></endpoint>";
    const std::vector<std::string> expected = {"testFirst of sequence main/n",
                                               "testFirst of sequence main/testFirst",
                                               "testFirst of sequence main/testFirst #2",
                                               "testFirst of sequence main/n #2"};
    for (int load = 0; load < 2; ++load) {
        Fixture fixture(body);
        std::vector<std::string> names;
        for (auto& element : fixture.parsed.root().children()) {
            names.push_back(nameOf(fixture.build.inlineEndpoint(element)));
        }
        BOOST_CHECK_EQUAL_COLLECTIONS(names.begin(), names.end(), expected.begin(), expected.end());
    }
}

BOOST_AUTO_TEST_CASE(inlineEndpointsHaveNoIdentityOfOthers) {
    Fixture fixture(
        "<endpoint name='x'><testFirst/></endpoint><endpoint name='x'><testFirst/></endpoint>"
        "<endpoint name='x #2'><testFirst/></endpoint>");
    // The child of an endpoint that is called like the sequence.
    BOOST_CHECK_EQUAL(uniqueIdentity("sequence main/x", fixture.build), "sequence main/x");
    std::string names;
    for (auto& element : fixture.parsed.root().children()) {
        names += nameOf(fixture.build.inlineEndpoint(element)) + '\n';
    }
    BOOST_CHECK_EQUAL(names,
                      "testFirst of sequence main/x #2\ntestFirst of sequence main/x #2 #2\n"
                      "testFirst of sequence main/x %232\n");
}

BOOST_AUTO_TEST_CASE(referencesKnowWhereTheyStand) {
    Fixture fixture("<testStep\n  key='there'/>");
    auto element = fixture.first();
    const message::Mediator* sequence = nullptr;
    const message::Endpoint* endpoint = nullptr;
    fixture.build.referSequence(element, "key", "there", &sequence);
    fixture.build.referEndpoint(element, "key", "there", &endpoint);
    const auto& references = fixture.build.references();
    BOOST_REQUIRE_EQUAL(references.size(), 2U);
    BOOST_CHECK_EQUAL(references[0].from, "sequence main");
    BOOST_CHECK_EQUAL(references[0].to, "there");
    BOOST_CHECK_EQUAL(references[0].place.line, 2U);
    BOOST_CHECK(references[0].sequence == &sequence && references[1].endpoint == &endpoint);
}

BOOST_AUTO_TEST_CASE(expressionsAreCompiledWithTheirNamespaces) {
    Fixture good("<testStep xpath='//m:a'/>");
    auto element = good.first();
    BOOST_CHECK(good.build.xpath(element, "xpath"));
    BOOST_CHECK(!good.build.xpath(element, "absent"));
    BOOST_CHECK_EQUAL(good.findings(), "");
    for (const char* broken : {"//n:a", "a[", " "}) {
        Fixture bad("<testStep xpath='" + std::string(broken) + "'/>");
        auto wrong = bad.first();
        BOOST_CHECK(!bad.build.xpath(wrong, "xpath"));
        BOOST_CHECK_MESSAGE(bad.findings().starts_with("1:"), bad.findings());
    }
}

BOOST_AUTO_TEST_CASE(valuesAreTextOrExpressions) {
    Fixture fixture("<testStep a='text' b='{//m:a}' d='{'/>");
    auto element = fixture.first();
    const auto text = fixture.build.value(element, "a");
    BOOST_CHECK(text.present && !text.expression);
    BOOST_CHECK_EQUAL(text.text, "text");
    const auto expression = fixture.build.value(element, "b");
    BOOST_CHECK(expression.present && expression.expression && expression.text.empty());
    BOOST_CHECK(!fixture.build.value(element, "c").present);
    BOOST_CHECK_EQUAL(fixture.build.value(element, "d").text, "{");
    BOOST_CHECK_EQUAL(fixture.findings(), "");
}

BOOST_AUTO_TEST_CASE(stateIsFoundAgainWhileSomebodyHoldsIt) {
    config::StateStore store;
    auto first = store.get<int>("a", 1);
    BOOST_CHECK(store.get<int>("a", 2) == first);
    BOOST_CHECK_EQUAL(*store.get<int>("b", 3), 3);
    BOOST_CHECK_EQUAL(*store.get<long>("a", 4L), 4L);
    store.sweep();
    BOOST_CHECK(store.get<int>("a", 5) == first);
    first.reset();
    store.sweep();
    BOOST_CHECK_EQUAL(*store.get<int>("a", 6), 6);
}

BOOST_AUTO_TEST_SUITE_END()
