#include "engine/simulate/script.hpp"

#include <Poco/TemporaryFile.h>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace myelin;
using namespace myelin::simulate;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(scripts)

namespace {

struct Reading {
    explicit Reading(const std::string& body) {
        const Poco::TemporaryFile file;
        std::ofstream(file.path()) << "<simulation xmlns=\"http://ws.apache.org/ns/synapse\" seed=\"5\">\n"
                                   << body << "\n</simulation>";
        script = readScript(file.path(), diagnostics);
    }
    std::string findings() const {
        std::string text;
        for (const auto& one : diagnostics.sorted()) text += std::to_string(one.place.line) + ": " + one.what + "\n";
        return text;
    }
    config::Diagnostics diagnostics;
    Script script;
};

}  // namespace

BOOST_AUTO_TEST_CASE(everythingIsRead) {
    const Reading reading(R"(<arrivals rate="120/m" pattern="poisson" clients="7"/>
<request method="GET" path="/a" share="3"><header name="X" value="{client}"/></request>
<request><body type="text/xml"><a xmlns="urn:x"/></body></request>
<backend address="one" latency="20" jitter="5ms" failures="0.5">
  <outage from="1m" to="1.5m" kind="hang"/><outage from="2m" status="503"/><slow from="1h" to="1d" latency="2s"/>
  <answer path="/health" status="204" type="text/plain"/>
</backend>
<backend address="*" latency="3ms"/>
<host name="two" addresses="192.0.2.1, 192.0.2.2"/>)");
    BOOST_CHECK_EQUAL(reading.findings(), "");
    const Script& script = reading.script;
    BOOST_CHECK_EQUAL(script.seed, 5U);
    BOOST_CHECK_EQUAL(script.rate, 2);
    BOOST_CHECK(script.poisson);
    BOOST_CHECK_EQUAL(script.clients, 7U);
    BOOST_REQUIRE_EQUAL(script.requests.size(), 2U);
    BOOST_CHECK_EQUAL(script.requests[0].share, 3U);
    BOOST_CHECK_EQUAL(script.requests[1].body, "<a xmlns=\"urn:x\"/>");
    const Backend& one = script.backend("one:80");
    BOOST_CHECK(one.latency.typical == 20ms && one.latency.jitter == 5ms);
    BOOST_REQUIRE_EQUAL(one.periods.size(), 3U);
    BOOST_CHECK(one.at(59s) == nullptr);
    BOOST_CHECK(one.at(60s)->trouble == Trouble::Hang);
    BOOST_CHECK(one.at(90s) == nullptr);
    BOOST_CHECK(one.at(121s)->status == 503 && one.at(121s)->trouble == Trouble::None);
    BOOST_CHECK(one.periods[2].latency->typical == 2s);
    BOOST_CHECK_EQUAL(one.answers.at(0).status, 204);
    BOOST_CHECK(script.backend("another:1").latency.typical == 3ms);
    BOOST_CHECK_EQUAL(script.hosts.at("two").size(), 2U);
}

BOOST_AUTO_TEST_CASE(mistakesHaveTheirPlace) {
    const Reading reading(R"(<arrivals rate="often"/>
<backend address="a"><outage from="2s" to="1s"/><outtage/></backend>
<backend address="a" latency="1ms" jitter="2ms"/>
<request path="x"/>
<backend address="b"><outage kind="hang" status="503"/><slow/></backend>
<host name="h" addresses="here"/>
<wether/>
<arrivals rate="1/s" clients="0" pace="1"/>)");
    const std::string found = reading.findings();
    for (const char* part : {"2: \"often\" is no rate",
                             "3: <outage> ends before it begins",
                             "3: ",
                             "4: the jitter is more than the latency",
                             "4: the backend a has been described already",
                             "5: a path begins with a slash",
                             "6: kind and status cannot be used together",
                             "6: <slow> needs a latency",
                             "7: \"here\" is no IP address",
                             "8: "}) {
        BOOST_CHECK_MESSAGE(found.find(part) != std::string::npos, part << " is not in\n" << found);
    }
}

BOOST_AUTO_TEST_CASE(timesHaveUnits) {
    BOOST_CHECK(parseDuration("250") == 250ms);
    BOOST_CHECK(parseDuration("250ms") == 250ms);
    BOOST_CHECK(parseDuration("1.5h") == 90min);
    BOOST_CHECK(parseDuration("1d") == 24h);
    for (const char* text : {"", "s", "-1s", "1w", "1 s", "1e400", "inf", "367d"}) {
        BOOST_CHECK_MESSAGE(!parseDuration(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
