#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <Poco/TemporaryFile.h>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "endpoints/rotation.hpp"
#include "tests/unit/endpoints/algorithms/candidates.hpp"
#include "tests/unit/endpoints/support.hpp"

// Algorithms from a real shared library (tests/unit/engine/plugin/libraries/algorithms.cpp), good and bad ones.

using namespace myelin;
using endpoints::Rotation;
using endpoints::RotationRecipe;
using endpoints::RotationSlot;
using endpoints::test::FakeCandidates;
using endpoints::test::Message;
using endpoints::test::Script;
using endpoints::test::send;
using endpoints::test::Setup;
using endpoints::test::testPlugins;

namespace {

const std::string kLibraries = MYELIN_TEST_PLUGINS;

/// Takes what the endpoints log.
class Log final : public Poco::Channel {
public:
    static Poco::AutoPtr<Log> capture() {
        Poco::AutoPtr<Log> log(new Log);
        Poco::Logger::get("myelin.endpoints").setChannel(log);
        return log;
    }
    void log(const Poco::Message& message) override { texts += message.getText() + '\n'; }
    void stop() { Poco::Logger::get("myelin.endpoints").setChannel(Poco::AutoPtr<Poco::Channel>()); }

    bool has(const std::string& part) const { return texts.find(part) != std::string::npos; }
    std::string texts;
};

/// Three children, none of which is ever suspended.
std::string group(const std::string& attributes, const std::string& properties = {}) {
    std::string text = "<endpoint name='lb'>" + properties + "<loadbalance " + attributes + ">";
    for (const char* id : {"A", "B", "C"}) {
        text +=
            "<endpoint name='" + std::string(id) + "'><scripted id='" + id +
            "'><markForSuspension><errorCodes>-1</errorCodes></markForSuspension><suspendOnFailure><errorCodes>-1"
            "</errorCodes></suspendOnFailure></scripted>" +
            (*id == 'B' ? "<property name='loadbalance.weight' value='3'/><property name='region' value='eu'/>" : "") +
            "</endpoint>";
    }
    return text + "</loadbalance></endpoint>";
}

std::string property(const std::string& name, const std::string& value) {
    return "<property name='" + name + "' value='" + value + "'/>";
}

/// Sends `messages` through a group with that algorithm of the plugin; the children that got them.
std::string attempts(const std::string& algorithm, int messages) {
    Setup setup(group("algorithm='" + algorithm + "'"), testPlugins("algorithms"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    for (int i = 0; i < messages; ++i) BOOST_CHECK(send(*endpoint).answered);
    return Script::instance().taken();
}

std::string linesOf(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

RotationRecipe recipe(const plugin::Plugins& plugins, const std::string& name, const std::string& record = {}) {
    const auto found = plugins.algorithm(name);
    BOOST_REQUIRE(found.has_value());
    RotationRecipe made;
    made.name = name;
    made.factory = found->factory;
    made.library = found->library;
    if (!record.empty()) made.options.add("loadbalance.record", record);
    return made;
}

std::vector<plugin::Child> childrenOf(const std::string& ids) {
    std::vector<plugin::Child> children;
    for (const char id : ids) children.push_back({std::string(1, id), 1, {}});
    return children;
}

/// What an algorithm is told of the message when a test has none.
struct NoMessage final : plugin::Message {
    std::string_view method() const override { return "GET"; }
    std::string_view to() const override { return "/"; }
    std::string_view action() const override { return {}; }
    std::optional<std::string> header(std::string_view) const override { return std::nullopt; }
    std::optional<std::string> property(std::string_view) const override { return std::nullopt; }
    std::string_view clientAddress() const override { return {}; }
    std::string_view body() const override { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(PluginAlgorithms)

BOOST_AUTO_TEST_CASE(itSeesOptionsChildrenMessageAndWhatBecameOfIt) {
    const Poco::TemporaryFile record;
    Script::reset({{"C", 101503}});
    Setup setup(
        group("algorithm='test.Recorder'", property("loadbalance.record", record.path()) + property("colour", "blue")),
        testPlugins("algorithms"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    Message message("PUT", "/orders/7");
    message.context().setHeader("X-Child", "C");
    message.context().setProperty(message::Scope::Default, "seen", std::string_view("red"));
    BOOST_CHECK(message.send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "C A");
    BOOST_CHECK_EQUAL(linesOf(record.path()),
                      "made colour=blue A*1 B*3 eu C*1\n"
                      "pick 1 PUT /orders/7 X-Child=C colour=red from=127.0.0.1\n"
                      "report 2 failed 101503\n"
                      "pick 2 PUT /orders/7 X-Child=C colour=red from=127.0.0.1\n"
                      "report 0 answered 0\n");
}

BOOST_AUTO_TEST_CASE(anAlgorithmThatThrowsInPickLetsChildrenTakeTurns) {
    Script::reset();
    auto log = Log::capture();
    BOOST_CHECK_EQUAL(attempts("test.ThrowsInPick", 4), "A B C A");
    BOOST_CHECK_MESSAGE(log->has("the algorithm test.ThrowsInPick of the plugin test-algorithms: pick() failed: no "
                                 "idea; the next child in turn is taken (failure 1)"),
                        log->texts);
    // The same over and over is not worth a line each.
    BOOST_CHECK_EQUAL(std::count(log->texts.begin(), log->texts.end(), '\n'), 3);
    BOOST_CHECK_EQUAL(attempts("test.ThrowsNonsenseInPick", 2), "A B");
    BOOST_CHECK_MESSAGE(log->has("pick() threw what is no std::exception"), log->texts);
    log->stop();
}

BOOST_AUTO_TEST_CASE(childrenThatDoNotExistOrAreNotAvailableAreReplacedByTheNext) {
    Script::reset();
    auto log = Log::capture();
    BOOST_CHECK_EQUAL(attempts("test.OutOfRange", 3), "A B C");
    BOOST_CHECK_MESSAGE(log->has("test.OutOfRange of the plugin test-algorithms: it chose child 99, which does not "
                                 "exist"),
                        log->texts);
    // A has failed for this message, so it is not available when A is chosen again.
    Script::reset({{"A", 101503}});
    BOOST_CHECK_EQUAL(attempts("test.AlwaysFirst", 1), "A B");
    BOOST_CHECK_MESSAGE(log->has("it chose child 0, which is not available"), log->texts);
    log->stop();
}

BOOST_AUTO_TEST_CASE(anAlgorithmThatThrowsInReportChangesNoAnswer) {
    Script::reset();
    auto log = Log::capture();
    BOOST_CHECK_EQUAL(attempts("test.ThrowsInReport", 2), "A A");
    BOOST_CHECK_MESSAGE(
        log->has("test.ThrowsInReport of the plugin test-algorithms: report() failed: I did not want to know"),
        log->texts);
    log->stop();
}

BOOST_AUTO_TEST_CASE(anAlgorithmThatCannotBeMadeRefusesTheConfiguration) {
    Setup setup(group("algorithm='test.ThrowsWhenMade'"), testPlugins("algorithms"));
    BOOST_CHECK(!setup.endpoint());
    BOOST_CHECK_MESSAGE(setup.found("the algorithm test.ThrowsWhenMade of the plugin test-algorithms cannot be used "
                                    "here: not with these children"),
                        setup.findings());
    Setup nonsense(group("algorithm='test.ThrowsNonsenseWhenMade'"), testPlugins("algorithms"));
    BOOST_CHECK(!nonsense.endpoint());
    BOOST_CHECK_MESSAGE(nonsense.found("cannot be used here: its constructor failed"), nonsense.findings());
    Setup incomplete(group("algorithm='test.Recorder'"), testPlugins("algorithms"));
    BOOST_CHECK(!incomplete.endpoint());
    BOOST_CHECK_MESSAGE(incomplete.found("the parameter \"loadbalance.record\" is missing"), incomplete.findings());
}

BOOST_AUTO_TEST_CASE(optionsThatItDoesNotAskForAreRefused) {
    Setup setup(group("algorithm='test.OneEnd'", property("loadbalance.region", "eu")), testPlugins("algorithms"));
    setup.endpoint();
    BOOST_CHECK_MESSAGE(setup.found("the algorithm test.OneEnd has no option \"loadbalance.region\""),
                        setup.findings());
}

BOOST_AUTO_TEST_CASE(anUnknownNameListsWhatThereIs) {
    Setup setup(group("algorithm='test.OneEmd'"), testPlugins("algorithms"));
    setup.endpoint();
    BOOST_CHECK_MESSAGE(setup.found("unsupported algorithm \"test.OneEmd\"; did you mean \"test.OneEnd\"? (known "
                                    "ones: "),
                        setup.findings());
    BOOST_CHECK_MESSAGE(setup.found("test.Recorder"), setup.findings());
    // Options for it, and weights, are not judged by what stands in its place.
    Setup more(group("algorithm='test.Nothing'", property("loadbalance.region", "eu")), testPlugins("algorithms"));
    more.endpoint();
    BOOST_CHECK_MESSAGE(!more.found("has no option") && !more.found("no effect"), more.findings());
}

BOOST_AUTO_TEST_CASE(aChangedGroupContinuesWithTheSameLibraryOnly) {
    const Poco::TemporaryFile record;
    const NoMessage message;
    FakeCandidates two(2);
    FakeCandidates three(3);
    two.about = three.about = &message;
    RotationSlot slot;
    std::shared_ptr<Rotation> first;
    {
        const auto plugins = testPlugins("algorithms");
        first = slot.get(recipe(plugins, "test.Recorder", record.path()), childrenOf("AB"));
        first->pick(two);
        const auto more = slot.get(recipe(plugins, "test.Recorder", record.path()), childrenOf("ABC"));
        more->pick(three);
    }
    const std::string text = linesOf(record.path());
    BOOST_CHECK_MESSAGE(text.find("made A*1 B*1 C*1\ncontinues after 1\npick 2 ") != std::string::npos, text);
    // Another build of the same plugin, or another copy: its objects may be laid out in another way.
    const auto changed = testPlugins("algorithms_changed");
    const auto after = slot.get(recipe(changed, "test.Recorder", record.path()), childrenOf("ABC"));
    after->pick(three);
    const std::string all = linesOf(record.path());
    BOOST_CHECK_MESSAGE(all.ends_with("made A*1 B*1 C*1\npick 1 GET / X-Child= colour=none from=\n"), all);
    // The old one goes on with the old library.
    BOOST_CHECK_EQUAL(first->pick(two), 0U);
}

BOOST_AUTO_TEST_CASE(anAlgorithmThatCannotContinueRefusesTheConfiguration) {
    const auto plugins = testPlugins("algorithms");
    RotationSlot slot;
    const auto first = slot.get(recipe(plugins, "test.ThrowsWhenContinued"), childrenOf("AB"));
    BOOST_CHECK_THROW(slot.get(recipe(plugins, "test.ThrowsWhenContinued"), childrenOf("ABC")), std::runtime_error);
    BOOST_CHECK_EQUAL(first->pick(FakeCandidates(2)), 0U);
}

BOOST_AUTO_TEST_CASE(aChangedLibraryIsAnotherAlgorithmInAGroupThatStays) {
    RotationSlot slot;
    const auto before = testPlugins("algorithms");
    const auto first = slot.get(recipe(before, "test.OneEnd"), childrenOf("ABC"));
    BOOST_CHECK(slot.get(recipe(before, "test.OneEnd"), childrenOf("ABC")) == first);
    const auto second = slot.get(recipe(testPlugins("algorithms_changed"), "test.OneEnd"), childrenOf("ABC"));
    BOOST_CHECK(second != first);
    BOOST_CHECK_EQUAL(first->pick(FakeCandidates(3)), 0U);
    BOOST_CHECK_EQUAL(second->pick(FakeCandidates(3)), 2U);
}

BOOST_AUTO_TEST_CASE(aGroupMayNameTheFile) {
    const std::string library = " library='" + kLibraries + "/algorithms_changed.so'";
    Script::reset();
    // Its own round robin, not Myelin's.
    Setup setup(group("algorithm='roundRobin'" + library));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    BOOST_CHECK(send(*endpoint).answered);
    BOOST_CHECK_EQUAL(Script::instance().taken(), "C");
}

BOOST_AUTO_TEST_CASE(aFileThatIsNoPluginIsRefusedAtTheAttribute) {
    const auto refused = [](const std::string& attributes, const std::string& reason) {
        Setup setup(group(attributes));
        setup.endpoint();
        BOOST_CHECK_MESSAGE(setup.found(reason), setup.findings());
    };
    refused("algorithm='a' library='/none/x.so'", "the plugin /none/x.so cannot be used: No such file");
    refused("algorithm='a' library='" + kLibraries + "/other_abi.so'", "it was built for version 999");
    refused("algorithm='a' library='" + kLibraries + "'", "it is no file");
    refused("algorithm='a' library=' '", "library");
    refused("algorithm='test.OneEmd' library='" + kLibraries + "/algorithms.so'",
            "algorithms.so has roundRobin, test.AlwaysFirst");
    refused("algorithm='test.OneEnd' library='" + kLibraries + "/good.so'", "good.so has none");
    refused("library='" + kLibraries + "/algorithms.so'", "this group uses nothing of ");
    const Poco::TemporaryFile everybodys;
    std::ofstream(everybodys.path()) << "anything";
    std::filesystem::permissions(everybodys.path(), std::filesystem::perms::all);
    refused("algorithm='a' library='" + everybodys.path() + "'", "everybody may write to it");
}

BOOST_AUTO_TEST_CASE(classesAndMembershipHandlersMayNameTheFileToo) {
    const std::string good = "library='" + kLibraries + "/good.so'";
    Setup setup("<endpoint><class name='test.Fixed' " + good +
                "><parameter name='address'>http://a/</parameter></class></endpoint>");
    BOOST_CHECK(setup.endpoint() != nullptr);
    BOOST_CHECK_EQUAL(setup.findings(), "");
    Setup unknown("<endpoint><class name='test.Fixd' " + good + "/></endpoint>");
    unknown.endpoint();
    BOOST_CHECK_MESSAGE(unknown.found("did you mean \"test.Fixed\"? (" + kLibraries + "/good.so has test.Fixed)"),
                        unknown.findings());
    const auto dynamic = [](const std::string& attributes) {
        return "<endpoint><dynamicLoadbalance><membershipHandler " + attributes +
               "><property name='port' value='1'/></membershipHandler></dynamicLoadbalance></endpoint>";
    };
    Setup members(dynamic("class='test.One' " + good));
    BOOST_CHECK(members.endpoint() != nullptr);
    BOOST_CHECK_EQUAL(members.findings(), "");
    // A file was named, so what comes with Myelin is not meant.
    Setup dns(dynamic("class='myelin.dns' " + good));
    dns.endpoint();
    BOOST_CHECK_MESSAGE(
        dns.found("unknown membership handler \"myelin.dns\" (" + kLibraries + "/good.so has test.One)"),
        dns.findings());
    Setup missing(dynamic("class='test.One' library='/none/x.so'"));
    missing.endpoint();
    BOOST_CHECK_MESSAGE(missing.found("the plugin /none/x.so cannot be used"), missing.findings());
}

BOOST_AUTO_TEST_SUITE_END()
