#include "engine/config/loader.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/engine/config/fake_schema.hpp"
#include "tests/unit/engine/config/temporary_folder.hpp"

using namespace myelin::config;
using test::TemporaryFolder;

namespace {

const std::string kNamespace = " xmlns='http://ws.apache.org/ns/synapse'";

std::string artifact(const std::string& kind, const std::string& attributes) {
    return "<" + kind + kNamespace + " " + attributes + "/>";
}

/// `kind:name` of each artifact in order, then what was said, file names without their folder.
std::string loaded(const std::string& path, const std::string& folder) {
    Diagnostics diagnostics;
    const ConfigurationSources sources = loadSources(path, diagnostics);
    std::string text;
    for (const Artifact& a : sources.artifacts) text += a.kind + ":" + a.name + " ";
    for (const Finding& finding : diagnostics.sorted()) {
        text +=
            "\n" + finding.place.text() + (finding.severity == Severity::Warning ? ": warning: " : ": ") + finding.what;
    }
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
        text.erase(at, folder.size() + 1);
    return text;
}

std::string loadedText(const std::string& xml) {
    const TemporaryFolder folder;
    folder.write("a.xml", xml);
    return loaded(folder.path("a.xml"), folder.path());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(a_file_of_definitions_gives_its_parts_in_order) {
    BOOST_TEST(loadedText("<definitions" + kNamespace +
                          "><description>d</description><sequence name='main'/><endpoint key='e'/><proxy name='p'/>"
                          "<localEntry key='l'/><api name='a' version='1' context='/a'/><api name='a' context='/b'/>"
                          "<registry provider='x'/><import name='n' package='p'/></definitions>") ==
               "sequence:main endpoint:e proxy:p localEntry:l api:a:v1 api:a registry: import:{p}n ");
}

BOOST_AUTO_TEST_CASE(a_single_artifact_is_a_configuration) {
    BOOST_TEST(loadedText(artifact("sequence", "name='main'")) == "sequence:main ");
    BOOST_TEST(loadedText("<s:proxy xmlns:s='http://ws.apache.org/ns/synapse' name='p'/>") == "proxy:p ");
}

BOOST_AUTO_TEST_CASE(wrong_roots_are_refused) {
    BOOST_TEST(loadedText(artifact("defintions", "")) ==
               "\na.xml:1:1: unknown root element <defintions>; did you mean <definitions>?");
    BOOST_TEST(loadedText("<beans/>") ==
               "\na.xml:1:1: element <beans> is in no namespace\na.xml:1:1: unknown root element <beans>");
    BOOST_TEST(loadedText("<definitions xmlns='urn:x'><sequence name='a'/></definitions>") ==
               "\na.xml:1:1: element <definitions> is in the namespace \"urn:x\", which is not Synapse's");
    // What was meant is plain, so the rest is read too.
    BOOST_TEST(loadedText("<definitions><sequence name='a'/></definitions>") ==
               "sequence:a \na.xml:1:1: element <definitions> is in no namespace");
}

BOOST_AUTO_TEST_CASE(a_task_manager_is_passed_over) {
    BOOST_TEST(loadedText("<definitions" + kNamespace +
                          "><taskManager provider='x'><parameter/></taskManager></definitions>") ==
               "\na.xml:1:54: warning: <taskManager> is ignored: it names a Java class that runs tasks");
}

BOOST_AUTO_TEST_CASE(parts_need_names_of_their_own) {
    BOOST_TEST(loadedText("<definitions" + kNamespace +
                          ">\n<sequence nmae='x'/>\n<proxy name=' '/>\n<sequnce name='y'/></definitions>") ==
               "\na.xml:2:1: <sequence> needs attribute \"name\""
               "\na.xml:2:11: unknown attribute \"nmae\" of <sequence>; did you mean \"name\"?"
               "\na.xml:3:8: attribute \"name\" of <proxy> is empty"
               "\na.xml:4:1: unknown element <sequnce> in <definitions>; did you mean <sequence>?");
    BOOST_TEST(loadedText("<definitions" + kNamespace +
                          ">\n<sequence name='x'/>\n<endpoint name='x'/>\n<sequence "
                          "name='x'/><registry/><registry/></definitions>") ==
               "sequence:x endpoint:x registry: "
               "\na.xml:4:17: sequence \"x\" is defined twice; the other one is at a.xml:2:17"
               "\na.xml:4:32: registry is defined twice; the other one is at a.xml:4:21");
}

BOOST_AUTO_TEST_CASE(a_split_directory_is_read_in_synapse_order) {
    const TemporaryFolder folder;
    folder.write("synapse.xml", "<definitions" + kNamespace + "><sequence name='main'/></definitions>");
    folder.write("registry.xml", artifact("registry", "provider='x'"));
    folder.write("api/a.xml", artifact("api", "name='a'"));
    folder.write("proxy-services/p.xml", artifact("proxy", "name='p'"));
    folder.write("sequences/b.xml", artifact("sequence", "name='s2'"));
    folder.write("sequences/a.xml", artifact("sequence", "name='s1'"));
    folder.write("sequences/notes.txt", "x");
    folder.write("sequences/.hidden.xml", "x");
    folder.write("endpoints/e.xml", artifact("endpoint", "name='e'"));
    folder.write("local-entries/l.xml", artifact("localEntry", "key='l'"));
    folder.write("templates/t.xml", artifact("template", "name='t'"));
    const std::string expected =
        "sequence:main registry: localEntry:l endpoint:e sequence:s1 sequence:s2 template:t proxy:p api:a ";
    BOOST_TEST(loaded(folder.path(), folder.path()) == expected);
    BOOST_TEST(loaded(folder.path() + "//", folder.path()) == expected);
}

BOOST_AUTO_TEST_CASE(what_does_not_belong_into_a_split_directory_is_named) {
    const TemporaryFolder folder;
    folder.write("synapse.xml",
                 "<definitions" + kNamespace + "><registry provider='y'/><sequence name='s'/></definitions>");
    folder.write("registry.xml", artifact("registry", "provider='x'"));
    folder.write("other.xml", "x");
    folder.write("sequences/a.xml", artifact("endpoint", "name='e'"));
    folder.write("sequences/b.xml", artifact("sequence", "name='s'"));
    folder.write("sequences/c.xml", "<sequence");
    folder.write("sequences/deep/d.xml", "x");
    folder.write("sequence/a.xml", "x");
    folder.write("events/a.xml", "x");
    const std::string text = loaded(folder.path(), folder.path());
    for (const char* const expected :
         {"registry: sequence:s \n",
          "\nregistry.xml: warning: is not read: synapse.xml has a <registry>",
          "\nsequences/a.xml:1:1: the root element here must be <sequence>, not <endpoint>",
          "\nsequences/b.xml:1:57: sequence \"s\" is defined twice; the other one is at synapse.xml:1:94",
          "\nsequences/c.xml:1:1: the tag <sequence> is not closed",
          "\nsequences/deep: warning: is not read: folders in a configuration folder are not searched",
          "\nsequence: warning: this folder is not read; did you mean \"sequences\"?",
          "\nevents: warning: this folder is not read",
          "\nother.xml: warning: is not read: only synapse.xml, registry.xml and the folders are"}) {
        BOOST_TEST(text.find(expected) != std::string::npos, expected << "\n in " << text);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_directory_and_a_missing_one_are_errors) {
    const TemporaryFolder folder;
    folder.write("README", "x");
    BOOST_TEST(loaded(folder.path(), folder.path()).ends_with("holds no configuration"));
    BOOST_TEST(loaded(folder.path("none.xml"), folder.path()) ==
               "\nnone.xml: cannot be read: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
