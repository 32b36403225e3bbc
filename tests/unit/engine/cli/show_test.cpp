// `myelin show` writes a document that loads to the same thing: over every sample, every golden configuration and every
// document of the corpus that loads.
#include "engine/config/show.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/cli/loaded.hpp"
#include "engine/dispatch/bounds.hpp"
#include "tests/unit/engine/config/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace myelin;

/// A configuration as `myelin show` and `myelin check --bounds` see it.
struct Shown {
    explicit Shown(const std::string& path, bool secrets = true) {
        config::Diagnostics diagnostics;
        config::Settings settings;
        config::StateStore states;
        auto sources = config::loadSources(path, diagnostics, true);
        const auto router = cli::loadRouter(sources, settings, states, diagnostics);
        for (const auto& finding : diagnostics.sorted()) findings.insert(finding.what);
        if (!router) return;
        loads = true;
        std::ostringstream out;
        config::showConfiguration(sources, secrets, out);
        text = out.str();
        for (const auto& route : dispatch::boundsOf(*router)) {
            routes.push_back(route.route + " " + std::to_string(route.bounds.attempts) + " " +
                             std::to_string(route.bounds.waiting.count()));
        }
    }

    bool loads = false;
    std::string text;
    std::multiset<std::string> findings;
    std::vector<std::string> routes;
};

/// False when the configuration has errors, so that there is nothing to show.
bool roundTrips(const std::string& path) {
    const Shown first(path);
    if (!first.loads) return false;
    const config::test::TemporaryFolder folder;
    folder.write("shown.xml", first.text);
    const Shown second(folder.path("shown.xml"));
    BOOST_CHECK_MESSAGE(second.loads, path << ": what is shown does not load:\n" << first.text);
    BOOST_CHECK_MESSAGE(first.text == second.text, path << ":\n" << first.text << "\nshown again:\n" << second.text);
    BOOST_CHECK_MESSAGE(first.routes == second.routes, path << ": other routes or bounds");
    for (const auto& finding : second.findings) {
        BOOST_CHECK_MESSAGE(first.findings.count(finding) != 0, path << ": new finding: " << finding);
    }
    return true;
}

Shown showOf(const std::string& artifacts, bool secrets = true) {
    const config::test::TemporaryFolder folder;
    folder.write("synapse.xml", artifacts);
    Shown shown(folder.path("synapse.xml"), secrets);
    std::string all;
    for (const auto& finding : shown.findings) all += finding + "\n";
    BOOST_REQUIRE_MESSAGE(shown.loads, all);
    return shown;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string kOpen = "<definitions xmlns='http://ws.apache.org/ns/synapse'>";

struct Environment {
    Environment() {
        for (const char* name : {"BACKEND1_PORT", "BACKEND2_PORT", "BACKEND3_PORT", "BACKEND4_PORT"}) {
            ::setenv(name, "9001", 1);
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(show, *boost::unit_test::fixture<Environment>())

BOOST_AUTO_TEST_CASE(values_come_from_the_environment_and_defaults_are_written_out) {
    const auto shown = showOf(kOpen +
                              "<endpoint name='e'><loadBalance><endpoint><address uri='http://h:${ENV:BACKEND1_PORT}/' "
                              "format='SOAP11'><suspendOnFailure><errorCodes> 1 </errorCodes></suspendOnFailure>"
                              "</address></endpoint></loadBalance></endpoint></definitions>");
    BOOST_TEST(shown.text ==
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<definitions xmlns=\"http://ws.apache.org/ns/synapse\">\n"
                   "    <endpoint name=\"e\">\n"
                   "        <loadbalance policy=\"roundRobin\" failover=\"true\">\n"
                   "            <endpoint>\n"
                   "                <address uri=\"http://h:9001/\" format=\"soap11\">\n"
                   "                    <suspendOnFailure>\n"
                   "                        <errorCodes>1</errorCodes>\n"
                   "                        <initialDuration>30000</initialDuration>\n"
                   "                        <progressionFactor>1</progressionFactor>\n"
                   "                    </suspendOnFailure>\n"
                   "                    <markForSuspension>\n"
                   "                        <retriesBeforeSuspension>0</retriesBeforeSuspension>\n"
                   "                        <retryDelay>0</retryDelay>\n"
                   "                    </markForSuspension>\n"
                   "                </address>\n"
                   "            </endpoint>\n"
                   "        </loadbalance>\n"
                   "    </endpoint>\n"
                   "</definitions>\n",
               shown.text);
}

BOOST_AUTO_TEST_CASE(artifacts_stand_in_load_order_whatever_their_prefix) {
    const auto shown = showOf(
        "<s:definitions xmlns:s='http://ws.apache.org/ns/synapse' xmlns:x='urn:x'>"
        "<s:sequence name='main'><s:property name='a' expression='//x:a'/></s:sequence>"
        "<s:localEntry key='k'>text &amp; <![CDATA[<more>]]></s:localEntry></s:definitions>");
    BOOST_TEST(has(shown.text,
                   "<localEntry xmlns:s=\"http://ws.apache.org/ns/synapse\" xmlns:x=\"urn:x\" key=\"k\">text &amp; "
                   "&lt;more&gt;</localEntry>\n    <sequence "),
               shown.text);
    BOOST_TEST(has(shown.text, "<property name=\"a\" expression=\"//x:a\" scope=\"default\""), shown.text);
}

BOOST_AUTO_TEST_CASE(payloads_stay_in_their_namespace) {
    const std::string text =
        "<s:definitions xmlns:s='http://ws.apache.org/ns/synapse'><s:sequence name='main'>"
        "<s:property name='p'><a><b xmlns='urn:b'> x </b></a></s:property></s:sequence></s:definitions>";
    const auto shown = showOf(text);
    BOOST_TEST(has(shown.text, "<a xmlns=\"\"><b xmlns=\"urn:b\"> x </b></a>"), shown.text);
    const config::test::TemporaryFolder folder;
    folder.write("synapse.xml", text);
    BOOST_TEST(roundTrips(folder.path("synapse.xml")));
}

BOOST_AUTO_TEST_CASE(the_body_of_a_template_is_shown_as_it_was_written) {
    const std::string text =
        kOpen +
        "<template name='t'><parameter name='time'/><endpoint><address uri='$uri'>"
        "<timeout><duration>$time</duration></timeout><suspendDurationOnFailure>7"
        "</suspendDurationOnFailure></address></endpoint></template>"
        "<endpoint name='e' template='t' uri='http://h/'><parameter name='time' value='5'/></endpoint>"
        "</definitions>";
    const auto shown = showOf(text);
    BOOST_TEST(has(shown.text, "<address uri=\"$uri\">"), shown.text);
    BOOST_TEST(has(shown.text, "<duration>$time</duration>"), shown.text);
    BOOST_TEST(has(shown.text, "<suspendDurationOnFailure>7</suspendDurationOnFailure>"), shown.text);
    const config::test::TemporaryFolder folder;
    folder.write("synapse.xml", text);
    BOOST_TEST(roundTrips(folder.path("synapse.xml")));
}

BOOST_AUTO_TEST_CASE(secrets_are_hidden_unless_asked_for) {
    const std::string text = kOpen +
                             "<sequence name='main'><property name='db.password' value='hunter2'/>"
                             "<header name='Authorization' value='Basic aaaa' scope='transport'/>"
                             "<property name='plain' value='visible'/></sequence></definitions>";
    const auto hidden = showOf(text, false).text;
    BOOST_TEST(!has(hidden, "hunter2"));
    BOOST_TEST(!has(hidden, "aaaa"));
    BOOST_TEST(has(hidden, "value=\"*****\""));
    BOOST_TEST(has(hidden, "visible"));
    BOOST_TEST(has(showOf(text, true).text, "hunter2"));
}

BOOST_AUTO_TEST_CASE(what_has_no_effect_is_left_out) {
    const auto shown = showOf(kOpen +
                              "<sequence name='main'><!-- gone --><log unused:a='1' xmlns:unused='urn:u'/>"
                              "</sequence><proxy name='p'><target inSequence='main'/>"
                              "<publishWSDL uri='file:x.wsdl'/></proxy></definitions>");
    BOOST_TEST(!has(shown.text, "gone"));
    BOOST_TEST(!has(shown.text, "unused:a"));
    BOOST_TEST(!has(shown.text, "publishWSDL"));
}

BOOST_AUTO_TEST_CASE(samples_and_golden_configurations_round_trip) {
    const fs::path root = MYELIN_SOURCE_DIR;
    std::size_t shown = 0;
    for (const auto& entry : fs::directory_iterator(root / "samples")) {
        for (const char* name : {"synapse.xml", "synapse"}) {
            const fs::path path = entry.path() / name;
            if (!fs::exists(path)) continue;
            // Samples with plugins need settings that name them.
            if (fs::exists(entry.path() / "myelin.xml")) continue;
            // A library named in the configuration is built by samples/run.
            if (entry.path().filename().string().ends_with("_plugin_algorithm")) continue;
            // A WSDL is fetched from a server of the sample's.
            if (entry.path().filename().string().ends_with("_wsdl")) continue;
            BOOST_CHECK_MESSAGE(roundTrips(path.string()), path << " does not load");
            ++shown;
        }
    }
    BOOST_TEST(shown >= 9U);
    BOOST_TEST(roundTrips((root / "conf/synapse.xml").string()));
    for (const auto& entry : fs::directory_iterator(root / "tests/config/check")) {
        if (entry.is_directory() || entry.path().extension() == ".xml")
            shown += roundTrips(entry.path().string()) ? 1 : 0;
    }
    BOOST_TEST(roundTrips((root / "tests/config/check/correct.xml").string()));
}

BOOST_AUTO_TEST_CASE(corpus_documents_round_trip) {
    const fs::path corpus = fs::path(MYELIN_SOURCE_DIR) / "../shared/corpus";
    if (!fs::exists(corpus)) {
        BOOST_TEST_MESSAGE("skipped: there is no " << corpus.string());
        return;
    }
    std::size_t all = 0;
    std::size_t shown = 0;
    for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
        if (entry.path().extension() != ".xml") continue;
        ++all;
        shown += roundTrips(entry.path().string()) ? 1 : 0;
    }
    BOOST_TEST_MESSAGE(shown << " of " << all << " documents of the corpus load whole, and round trip");
    BOOST_TEST(shown > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
