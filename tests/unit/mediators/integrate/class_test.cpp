#include <boost/test/unit_test.hpp>

#include <Poco/File.h>
#include <Poco/TemporaryFile.h>

#include <filesystem>

#include "tests/unit/mediators/support.hpp"

// A mediator from a real shared library (tests/unit/engine/plugin/libraries/mediators.cpp).

using namespace myelin::mediators::test;
using myelin::message::Flow;
using myelin::message::MediationFault;
using myelin::message::Scope;
namespace plugin = myelin::plugin;

namespace {

plugin::Plugins folderOfPlugins() {
    const Poco::TemporaryFile folder;
    Poco::File(folder.path()).createDirectory();
    for (const std::string name : {"good.so", "mediators.so"}) {
        std::filesystem::copy_file(std::string(MYELIN_TEST_PLUGINS) + "/" + name, folder.path() + "/" + name);
    }
    std::vector<plugin::Plugins::Problem> problems;
    auto loaded = plugin::Plugins::load(folder.path(), problems);
    BOOST_REQUIRE(problems.empty());
    return loaded;
}

std::string does(const std::string& what, const std::string& more = {}) {
    return "<class name='test.Does'><property name='what' value='" + what + "'/>" + more + "</class>";
}

std::unique_ptr<Mediation> mediation(const std::string& mediators) {
    auto made = std::make_unique<Mediation>(inSequence(mediators),
                                            std::vector<std::pair<std::string, const myelin::message::Endpoint*>>{},
                                            folderOfPlugins());
    BOOST_REQUIRE_EQUAL(made->findings(), "");
    return made;
}

std::string findings(const std::string& mediators) {
    return Mediation(inSequence(mediators), {}, folderOfPlugins()).findings();
}

void checkHas(const std::string& text, const std::string& part) {
    BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos, "no \"" + part + "\" in: " + text);
}

MediationFault faultOf(const std::string& what) {
    FakeCall call;
    const auto sequence = mediation(does(what));
    try {
        sequence->run(call.request);
    } catch (const MediationFault& fault) {
        return fault;
    }
    BOOST_FAIL("no fault");
    return {0, ""};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(class_mediator)

BOOST_AUTO_TEST_CASE(it_sees_the_message) {
    FakeCall call("text/xml", "<a/>", "POST", "/services/Quote?x=1");
    call.request.setHeader("X-In", "field");
    call.request.setProperty(Scope::Default, "in", std::string_view("property"));
    call.request.addressing().action = "urn:quote";
    BOOST_CHECK(mediation(does("echo"))->run(call.request) == Flow::Continue);
    BOOST_TEST(property(call.request, "echo") ==
               "POST /services/Quote?x=1 urn:quote field property 192.0.2.7 request 0 <a/>");
}

BOOST_AUTO_TEST_CASE(it_changes_the_message) {
    FakeCall call("text/xml", "<a/>");
    call.request.setHeader("X-In", "field");
    call.request.setProperty(Scope::Default, "in", std::string_view("property"));
    mediation(does("change"))->run(call.request);
    BOOST_TEST(call.request.addressing().to == "/changed");
    BOOST_TEST(call.request.addressing().action == "urn:changed");
    BOOST_TEST(property(call.request, "X-In", Scope::Transport) == "<none>");
    BOOST_TEST(property(call.request, "in") == "<none>");
    const std::string field = property(call.request, "X-Out", Scope::Transport);
    BOOST_TEST(field.find_first_of("\r\n") == std::string::npos);
    BOOST_TEST(field.starts_with("a"));
}

BOOST_AUTO_TEST_CASE(it_replaces_the_body) {
    FakeCall call("text/xml", "<a/>");
    call.request.setHeader("Content-Encoding", "gzip");
    mediation(does("body", "<property name='with' value='{\"a\":1}'/>"))->run(call.request);
    BOOST_TEST(call.request.payload().bytes(myelin::runtime::Deadline::never()) == "{\"a\":1}");
    BOOST_CHECK(call.request.payload().kind() == myelin::message::ContentKind::Json);
    BOOST_TEST(property(call.request, "Content-Type", Scope::Transport) == "application/json");
    BOOST_TEST(property(call.request, "Content-Encoding", Scope::Transport) == "<none>");
}

BOOST_AUTO_TEST_CASE(xml_in_a_property_is_given_as_text) {
    FakeCall call("text/xml", "<a/>");
    mediation(does("body", "<property name='with'><m0:x y='1'/></property>"))->run(call.request);
    BOOST_TEST(call.request.payload().bytes(myelin::runtime::Deadline::never()) ==
               "<m0:x y=\"1\" xmlns:m0=\"http://services.samples\"/>");
}

BOOST_AUTO_TEST_CASE(false_ends_the_flow) {
    FakeCall call;
    const auto sequence = mediation(does("stop") + "<property name='after' value='1'/>");
    BOOST_CHECK(sequence->run(call.request) == Flow::Stop);
    BOOST_TEST(property(call.request, "after") == "<none>");
}

BOOST_AUTO_TEST_CASE(what_it_throws_is_a_fault_that_names_the_plugin) {
    const auto own = faultOf("fault");
    BOOST_TEST(own.code() == 404001);
    BOOST_TEST(own.text() == "not for you");
    BOOST_TEST(own.detail() == "class test.Does of the plugin test-mediators: not for you");
    checkHas(own.where(), "class at test.xml:");
    const auto other = faultOf("throw");
    BOOST_TEST(other.code() == 0);
    BOOST_TEST(other.text() == "class test.Does of the plugin test-mediators failed: out of order");
    checkHas(faultOf("nonsense").text(), "test-mediators threw what is no std::exception");
}

BOOST_AUTO_TEST_CASE(a_fault_sequence_takes_it) {
    FakeCall call;
    const Mediation sequences("<sequence name='main' onError='repair'>" + does("fault") +
                                  "</sequence><sequence name='repair'><property name='repaired' value='1'/></sequence>",
                              {},
                              folderOfPlugins());
    BOOST_REQUIRE_EQUAL(sequences.findings(), "");
    sequences.run(call.request);
    BOOST_TEST(property(call.request, "repaired") == "1");
    BOOST_TEST(property(call.request, "ERROR_CODE") == "404001");
}

BOOST_AUTO_TEST_CASE(the_file_may_be_named) {
    const std::string library = "library='" + std::string(MYELIN_TEST_PLUGINS) + "/mediators.so'";
    BOOST_TEST(findingsOf("<class name='test.Does' " + library + "><property name='what' value='stop'/></class>") ==
               "");
    checkHas(findingsOf("<class name='test.Dose' " + library + "/>"),
             "there is no mediator class \"test.Dose\"; did you mean \"test.Does\"?");
    checkHas(findingsOf("<class name='test.Does' library='/none/x.so'/>"),
             "the plugin /none/x.so cannot be used: No such file");
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported) {
    checkHas(findings("<class name='test.Dose'/>"), "there is no mediator class \"test.Dose\"; did you mean");
    checkHas(findingsOf("<class name='com.example.Mine'/>"), "there is no mediator class \"com.example.Mine\"");
    checkHas(findings("<class name='test.Does'/>"),
             "cannot create mediator class \"test.Does\": the parameter \"what\" is missing");
    checkHas(findings(does("nothing")), "cannot create mediator class \"test.Does\": there is enough to do");
    checkHas(findings(does("stop", "<property name='wiht' value='x'/>")),
             "the class test.Does has no property \"wiht\"; did you mean \"with\"");
    checkHas(findings(does("stop", "<property name='with' expression='1 + 1'/>")), "a property of a class is fixed");
    checkHas(findings(does("stop", "<property name='with'/>")), "needs a \"value\" or an XML child");
    checkHas(findings(does("stop", "<property name='what' value='x'/>")), "\"what\" is given twice");
    checkHas(findings("<class/>"), "name");
}

BOOST_AUTO_TEST_SUITE_END()
