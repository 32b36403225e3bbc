#include "endpoints/rotation.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/endpoints/algorithms/candidates.hpp"
#include "tests/unit/endpoints/support.hpp"

using namespace myelin;
using endpoints::Rotation;
using endpoints::RotationRecipe;
using endpoints::RotationSlot;
using endpoints::test::FakeCandidates;
using endpoints::test::Script;
using endpoints::test::Setup;

namespace {

RotationRecipe recipeOf(const std::string& name) {
    RotationRecipe recipe;
    recipe.name = name;
    recipe.factory = endpoints::algorithmRegistry().find(name)->make;
    return recipe;
}

std::vector<plugin::Child> childrenOf(const std::string& ids) {
    std::vector<plugin::Child> children;
    for (const char id : ids) children.push_back({std::string(1, id), 1, {}});
    return children;
}

std::string group(const std::string& attributes, const std::string& properties, const std::string& childProperties) {
    return "<endpoint name='lb'>" + properties + "<loadbalance " + attributes +
           "><endpoint name='a'><scripted id='A'/>" + childProperties +
           "</endpoint><endpoint name='b'><scripted id='B'/></endpoint></loadbalance></endpoint>";
}

/// Looks at how busy its children are, and takes the least busy one.
class Measuring final : public plugin::Algorithm {
public:
    bool measures() const noexcept override { return true; }
    std::size_t pick(const plugin::Candidates& candidates) override {
        return candidates.inFlight(0) <= candidates.inFlight(1) ? 0 : 1;
    }
    void report(const plugin::Report& report) override { last = report; }
    static inline plugin::Report last;
};
const config::Registration<endpoints::AlgorithmKind> kMeasuring{
    endpoints::algorithmRegistry(),
    "measuring",
    {[](const plugin::Options&, const std::vector<plugin::Child>&) -> std::unique_ptr<plugin::Algorithm> {
        return std::make_unique<Measuring>();
    }}};

/// Takes the child that the property "wanted" numbers.
class Obedient final : public plugin::Algorithm {
public:
    std::size_t pick(const plugin::Candidates& candidates) override {
        return candidates.message().property("wanted").value_or("0") == "1" ? 1 : 0;
    }
};
const config::Registration<endpoints::AlgorithmKind> kObedient{
    endpoints::algorithmRegistry(),
    "obedient",
    {[](const plugin::Options&, const std::vector<plugin::Child>&) -> std::unique_ptr<plugin::Algorithm> {
        return std::make_unique<Obedient>();
    }}};

}  // namespace

BOOST_AUTO_TEST_SUITE(Rotations)

BOOST_AUTO_TEST_CASE(algorithmsSeeThePropertiesOfTheGroup) {
    Script::reset();
    Setup setup(group("algorithm='obedient'", "<property name='wanted' value='1'/>", ""));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    endpoints::test::send(*endpoint);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "B");
}

BOOST_AUTO_TEST_CASE(aGroupThatStaysGoesOnWithTheSameRotation) {
    RotationSlot slot;
    const auto recipe = recipeOf("roundRobin");
    const auto first = slot.get(recipe, childrenOf("ab"));
    BOOST_CHECK(slot.get(recipe, childrenOf("ab")) == first);
    BOOST_CHECK(slot.get(recipe, childrenOf("abc")) != first);
}

BOOST_AUTO_TEST_CASE(aGroupThatChangesGoesOnFromTheRotationInUse) {
    RotationSlot slot;
    const auto recipe = recipeOf("roundRobin");
    const auto first = slot.get(recipe, childrenOf("abc"));
    BOOST_CHECK_EQUAL(first->pick(FakeCandidates(3)), 0U);
    BOOST_CHECK_EQUAL(slot.get(recipe, childrenOf("abcd"))->pick(FakeCandidates(4)), 1U);
    // The one just made belonged to a configuration that was refused.
    BOOST_CHECK_EQUAL(first->pick(FakeCandidates(3)), 1U);
    BOOST_CHECK_EQUAL(slot.get(recipe, childrenOf("abcd"))->pick(FakeCandidates(4)), 2U);
}

BOOST_AUTO_TEST_CASE(weightsThatNobodyLooksAtAreWarnedOf) {
    const std::string weight = "<property name='loadbalance.weight' value='2'/>";
    Setup setup(group("", "", weight));
    BOOST_CHECK(setup.endpoint() != nullptr);
    BOOST_CHECK_MESSAGE(setup.found("a weight has no effect with the algorithm roundRobin"), setup.findings());
}

BOOST_AUTO_TEST_CASE(wrongWeightsAreRefused) {
    for (const char* value : {"-1", "1.5", "many", "65536"}) {
        Setup setup(group("", "", "<property name='loadbalance.weight' value='" + std::string(value) + "'/>"));
        setup.endpoint();
        BOOST_CHECK_MESSAGE(setup.diagnostics().hasErrors(), value);
    }
    Setup computed(group("", "", "<property name='loadbalance.weight' expression='1 + 1'/>"));
    computed.endpoint();
    BOOST_CHECK_MESSAGE(computed.found("a weight is a fixed number"), computed.findings());
}

BOOST_AUTO_TEST_CASE(optionsThatTheAlgorithmHasNotAreRefused) {
    Setup setup(group("", "<property name='loadbalance.hashOm' value='x'/>", ""));
    setup.endpoint();
    BOOST_CHECK_MESSAGE(setup.found("the algorithm roundRobin has no option \"loadbalance.hashOm\""), setup.findings());
}

BOOST_AUTO_TEST_CASE(messagesCountUntilTheirAnswersAreOver) {
    Script::reset({{"B", 101503}});
    Setup setup(group("algorithm='measuring' failover='false'", "", ""));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    endpoints::test::Message first;
    BOOST_REQUIRE(first.send(*endpoint).answered);
    BOOST_CHECK(Measuring::last.answered);
    BOOST_CHECK_GT(Measuring::last.nanoseconds, 0);
    // A is busy with the answer of the first one.
    endpoints::test::Message second;
    BOOST_CHECK_EQUAL(second.send(*endpoint).code, 101503);
    BOOST_CHECK_EQUAL(Measuring::last.index, 1U);
    BOOST_CHECK_EQUAL(Measuring::last.code, 101503);
    first.reply().reset();
    BOOST_REQUIRE(second.send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Measuring::last.index, 0U);
}

BOOST_AUTO_TEST_SUITE_END()
