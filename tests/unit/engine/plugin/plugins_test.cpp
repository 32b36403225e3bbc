#include "engine/plugin/plugins.hpp"

#include <Poco/File.h>
#include <Poco/TemporaryFile.h>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "engine/plugin/parameters.hpp"

using namespace myelin::plugin;

namespace {

const std::string kLibraries = MYELIN_TEST_PLUGINS;

/// A folder for plugins that is gone with the test.
class Folder {
public:
    Folder() { Poco::File(file_.path()).createDirectory(); }
    ~Folder() { std::filesystem::permissions(path(), std::filesystem::perms::owner_all); }
    const std::string& path() const { return file_.path(); }
    std::string put(const std::string& kind, const std::string& name) const {
        const std::string target = path() + "/" + name;
        std::filesystem::copy_file(
            kLibraries + "/" + kind + ".so", target, std::filesystem::copy_options::overwrite_existing);
        return target;
    }

private:
    Poco::TemporaryFile file_;
};

std::string whyNot(const std::string& kind) {
    try {
        Library::open(kLibraries + "/" + kind + ".so");
    } catch (const LibraryError& error) {
        return error.what();
    }
    return "it was loaded";
}

void checkHas(const std::string& text, const std::string& part) {
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, "no \"" + part + "\" in: " + text);
}

struct Get final : Message {
    std::string_view method() const override { return "GET"; }
    std::string_view to() const override { return "/"; }
    std::string_view action() const override { return {}; }
    std::optional<std::string> header(std::string_view name) const override { return std::string(name); }
    std::optional<std::string> property(std::string_view) const override { return std::nullopt; }
    std::string_view clientAddress() const override { return "127.0.0.1"; }
    std::string_view body() const override { return {}; }
};

std::string addressOf(const Library& library) {
    Parameters parameters;
    parameters.add("address", "http://a");
    return library.endpoints().at("test.Fixed")(parameters)->addressFor(Get());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(PluginLoading)

BOOST_AUTO_TEST_CASE(aPluginIsLoadedAndItsClassesWork) {
    const auto library = Library::open(kLibraries + "/good.so");
    BOOST_TEST(library->name() == "test");
    BOOST_TEST(library->version() == "1.0");
    BOOST_TEST(library->membershipHandlers().count("test.One") == 1U);
    BOOST_TEST(addressOf(*library) == "http://aX-Path");
}

BOOST_AUTO_TEST_CASE(whatIsNoPluginIsRefusedWithTheReason) {
    checkHas(whyNot("no_descriptor"), "it is no Myelin plugin: it has no myelinPlugin");
    checkHas(whyNot("other_abi"),
             "it was built for version 999 of the plugin interface; this Myelin has version " +
                 std::to_string(MYELIN_PLUGIN_ABI));
    checkHas(whyNot("other_toolchain"), "another standard library (another library)");
    checkHas(whyNot("throws"), "it failed while announcing what it has: not today");
    checkHas(whyNot("twice"), "it announces the endpoint class \"test.Fixed\" twice");
    checkHas(whyNot("unresolved"), "undefined symbol");
    checkHas(whyNot("absent"), "No such file");
}

BOOST_AUTO_TEST_CASE(textIsNoPlugin) {
    const Folder folder;
    std::ofstream(folder.path() + "/readme.so") << "no library at all";
    std::vector<Plugins::Problem> problems;
    const auto plugins = Plugins::load(folder.path(), problems);
    BOOST_REQUIRE_EQUAL(problems.size(), 1U);
    BOOST_TEST(problems[0].path == folder.path() + "/readme.so");
    BOOST_TEST(plugins.libraries().empty());
}

BOOST_AUTO_TEST_CASE(aFolderIsSearchedForNames) {
    const Folder folder;
    folder.put("good", "a.so");
    folder.put("same_name", "b.so");
    std::ofstream(folder.path() + "/README.md") << "not looked at";
    std::vector<Plugins::Problem> problems;
    const auto plugins = Plugins::load(folder.path(), problems);
    // b.so brings a name that a.so has, so nothing of it is taken.
    BOOST_REQUIRE_EQUAL(problems.size(), 1U);
    checkHas(problems[0].what, "it announces \"test.Fixed\", which " + folder.path() + "/a.so has already");
    BOOST_TEST(plugins.endpoint("test.Fixed").has_value());
    BOOST_TEST(plugins.membershipHandler("test.One").has_value());
    BOOST_TEST(!plugins.membershipHandler("test.Other").has_value());
    BOOST_TEST(!plugins.endpoint("test.None").has_value());
}

BOOST_AUTO_TEST_CASE(foldersThatCannotBeTrustedAreRefused) {
    const Folder folder;
    folder.put("good", "a.so");
    std::vector<Plugins::Problem> problems;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    BOOST_TEST(Plugins::load(folder.path(), problems).libraries().empty());
    BOOST_REQUIRE_EQUAL(problems.size(), 1U);
    checkHas(problems[0].what, "everybody may write to it");

    problems.clear();
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    std::filesystem::permissions(folder.path() + "/a.so", std::filesystem::perms::all);
    BOOST_TEST(Plugins::load(folder.path(), problems).libraries().empty());
    BOOST_REQUIRE_EQUAL(problems.size(), 1U);
    checkHas(problems[0].what, "everybody may write to it");

    problems.clear();
    Plugins::load(folder.path() + "/none", problems);
    BOOST_REQUIRE_EQUAL(problems.size(), 1U);
    checkHas(problems[0].what, "No such file");
}

BOOST_AUTO_TEST_CASE(aFileThatWasWrittenOverIsAnotherLibraryAndTheOldOneGoesOn) {
    const Folder folder;
    const std::string path = folder.put("good", "a.so");
    const auto before = Library::open(path);
    BOOST_TEST(Library::open(path) == before);
    folder.put("changed", "a.so");
    const auto after = Library::open(path);
    BOOST_TEST(after != before);
    BOOST_TEST(addressOf(*after) == "http://a/changed");
    BOOST_TEST(addressOf(*before) == "http://aX-Path");
}

BOOST_AUTO_TEST_CASE(aFileThatIsNamedIsTakenUnlessOthersCouldReplaceIt) {
    const Folder folder;
    const std::string path = folder.put("good", "a.so");
    BOOST_TEST(Plugins::open(path).endpoint("test.Fixed").has_value());
    const auto refused = [&] {
        try {
            Plugins::open(path);
        } catch (const LibraryError& error) {
            return std::string(error.what());
        }
        return std::string("it was loaded");
    };
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    checkHas(refused(), "everybody may write to its folder");
    // As in /tmp: others may add files, and leave this one alone.
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
    checkHas(refused(), "it was loaded");
}

BOOST_AUTO_TEST_CASE(parametersThatNobodyAsksForAreKnown) {
    Parameters parameters;
    parameters.add("address", "x");
    parameters.add("adress", "y");
    BOOST_TEST(parameters.required("address") == "x");
    BOOST_TEST(parameters.text("other", "z") == "z");
    BOOST_CHECK_THROW(parameters.required("third"), std::invalid_argument);
    BOOST_TEST(parameters.unused() == std::vector<std::string>{"adress"}, boost::test_tools::per_element());
    BOOST_TEST(parameters.asked().size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
