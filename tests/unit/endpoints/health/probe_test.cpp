#include "endpoints/health/probe.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/health/monitor.hpp"
#include "endpoints/origins.hpp"
#include "endpoints/url.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

namespace {

using namespace myelin;
using endpoints::HealthCheck;
using endpoints::ProbeResult;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Setup;
using Verdict = ProbeResult::Verdict;

/// Null with findings.
std::shared_ptr<const HealthCheck> checkOf(const std::string& element, std::string* findings = nullptr) {
    Setup setup("<endpoint>" + element + "</endpoint>");
    auto root = setup.root();
    auto check = HealthCheck::read(root, setup.build());
    if (findings) *findings = setup.findings();
    return check ? *check : nullptr;
}

ProbeResult probeOf(const std::string& element, const std::string& url) {
    std::string findings;
    const auto check = checkOf(element, &findings);
    BOOST_REQUIRE_MESSAGE(check, findings);
    const auto parsed = endpoints::parseUrl(url);
    return endpoints::probe(*check, {endpoints::originFor(parsed.url), std::string(parsed.url.path)});
}

/// The verdict on an answer with that status, content type and body.
ProbeResult probed(const std::string& expect,
                   const std::string& status,
                   const std::string& type,
                   const std::string& body,
                   const std::string& attributes = "path='/health'") {
    const Backend backend("HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nX-State: good\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    return probeOf("<healthCheck " + attributes + ">" + expect + "</healthCheck>", backend.url("/health"));
}

const std::string kSoapBody = "<body><q xmlns='urn:q'/></body>";

std::string envelope(const std::string& content) {
    return "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>" + content +
           "</s:Body></s:Envelope>";
}

std::string fault(const std::string& code) {
    return envelope("<s:Fault><faultcode>s:" + code + "</faultcode><faultstring>no</faultstring></s:Fault>");
}

void check(const ProbeResult& result, Verdict verdict, std::string_view part) {
    BOOST_CHECK_MESSAGE(result.verdict == verdict, result.text);
    BOOST_CHECK_MESSAGE(result.text.find(part) != std::string::npos, result.text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Probes)

BOOST_AUTO_TEST_CASE(rowIA11StatusesGoodBadAndNeither) {
    check(probed("", "204 X", "text/plain", ""), Verdict::Good, "204");
    check(probed("", "404 X", "text/plain", ""), Verdict::Bad, "404");
    const std::string both = "<expect status='200-299,304' failStatus='500-599'/>";
    check(probed(both, "304 X", "text/plain", ""), Verdict::Good, "304");
    check(probed(both, "503 X", "text/plain", ""), Verdict::Bad, "503");
    check(probed(both, "429 X", "text/plain", ""), Verdict::Neutral, "429");
}

BOOST_AUTO_TEST_CASE(rowGV14HeadersJsonAndXml) {
    check(probed("<expect header='x-state: good'/>", "200 X", "a/b", ""), Verdict::Good, "");
    check(probed("<expect header='X-State: bad'/>", "200 X", "a/b", ""), Verdict::Bad, "X-State");
    check(probed("<expect header='X-Other'/>", "200 X", "a/b", ""), Verdict::Bad, "X-Other");
    const std::string json = R"({"checks":[{"state":"up","n":3}]})";
    check(probed("<expect jsonPath='$.checks[0].state' value='up'/>", "200 X", "application/json", json),
          Verdict::Good,
          "");
    check(probed("<expect jsonPath='$.checks[0].n' value='4'/>", "200 X", "application/json", json),
          Verdict::Bad,
          "is \"3\" and not \"4\"");
    check(
        probed("<expect jsonPath='$.checks[1]'/>", "200 X", "application/json", json), Verdict::Bad, "has nothing at");
    check(probed("<expect jsonPath='$.a'/>", "200 X", "application/json", "{"), Verdict::Bad, "no JSON");
    const std::string xpath = "<expect xmlns:h='urn:h' xpath='/h:health/h:state' value='up'/>";
    check(probed(xpath, "200 X", "application/xml", "<health xmlns='urn:h'><state>up</state></health>"),
          Verdict::Good,
          "");
    check(probed(xpath, "200 X", "application/xml", "<health xmlns='urn:h'><state>ill</state></health>"),
          Verdict::Bad,
          "ill");
    check(probed(xpath, "200 X", "application/xml", "<health"), Verdict::Bad, "no XML");
}

BOOST_AUTO_TEST_CASE(soapOperationsAndTheirFaults) {
    const std::string soap = "type='soap' action='urn:ask'";
    check(probed(kSoapBody, "200 X", "text/xml", envelope("<r xmlns='urn:q'>3</r>"), soap), Verdict::Good, "200");
    check(probed(kSoapBody, "500 X", "text/xml", fault("Server"), soap), Verdict::Bad, "Server: no");
    check(probed(kSoapBody, "200 X", "text/xml", fault("Server"), soap), Verdict::Bad, "Server: no");
    check(probed(kSoapBody, "500 X", "text/xml", fault("Client"), soap), Verdict::Neutral, "Client: no");
    check(probed(kSoapBody, "200 X", "text/html", "<p/>", soap), Verdict::Bad, "no SOAP envelope");
    const std::string asserted = kSoapBody + "<expect xmlns:q='urn:q' xpath='//q:r &gt; 2'/>";
    check(probed(asserted, "200 X", "text/xml", envelope("<r xmlns='urn:q'>3</r>"), soap), Verdict::Good, "");
    check(probed(asserted, "200 X", "text/xml", envelope("<r xmlns='urn:q'>1</r>"), soap), Verdict::Bad, "not true");
}

BOOST_AUTO_TEST_CASE(theRequestOfASoapProbe) {
    const Backend backend(endpoints::test::answer("200 OK"));
    probeOf("<healthCheck type='soap' action='urn:ask'>" + kSoapBody + "</healthCheck>", backend.url("/services/Q"));
    BOOST_REQUIRE_EQUAL(backend.requests().size(), 1U);
    const auto request = backend.requests().front();
    for (const char* part : {"POST /services/Q HTTP/1.1",
                             "SOAPAction: \"urn:ask\"",
                             "Content-Type: text/xml; charset=UTF-8",
                             "<soapenv:Body><q xmlns=\"urn:q\"/></soapenv:Body>"}) {
        BOOST_CHECK_MESSAGE(request.find(part) != std::string::npos, request);
    }
}

BOOST_AUTO_TEST_CASE(rowXA19WhateverTheServerDoesTheProbeEnds) {
    const std::string quick = "<healthCheck path='/health' timeout='200'/>";
    check(probeOf(quick, deadUrl()), Verdict::Bad, "");
    {
        const Backend backend("", Backend::Manner::Silent);
        const auto result = probeOf(quick, backend.url());
        BOOST_CHECK(result.verdict == Verdict::Bad);
        BOOST_CHECK_LT(result.took.count(), base::Duration(std::chrono::seconds(5)).count());
    }
    const Backend cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    check(probeOf(quick, cut.url()), Verdict::Bad, "broke off");
    check(probed("", "302 X\r\nLocation: /health", "text/plain", ""), Verdict::Bad, "302");
    const Backend plain(endpoints::test::answer("200 OK"));
    BOOST_CHECK(probeOf(quick, "https" + plain.url().substr(4)).verdict == Verdict::Bad);
}

BOOST_AUTO_TEST_CASE(tcp) {
    const Backend backend(endpoints::test::answer("200 OK"));
    check(probeOf("<healthCheck type='tcp'/>", backend.url()), Verdict::Good, "takes connections");
    BOOST_CHECK(probeOf("<healthCheck type='tcp'/>", deadUrl()).verdict == Verdict::Bad);
}

BOOST_AUTO_TEST_CASE(rowXA07JitterStaysWithinItsShare) {
    const auto read = checkOf("<healthCheck path='/' interval='1000' jitter='10'/>");
    BOOST_REQUIRE(read);
    BOOST_CHECK(endpoints::HealthMonitor::pause(*read, 0.0) == base::Milliseconds(900));
    BOOST_CHECK(endpoints::HealthMonitor::pause(*read, 0.5) == base::Milliseconds(1000));
    BOOST_CHECK(endpoints::HealthMonitor::pause(*read, 0.99999) <= base::Milliseconds(1100));
}

BOOST_AUTO_TEST_CASE(badInput) {
    for (const char* element : {"<healthCheck/>",
                                "<healthCheck path='/' rise='0'/>",
                                "<healthCheck path='/' fall='0'/>",
                                "<healthCheck path='/' type='https'/>",
                                "<healthCheck path='/' cron='61 * * * *'/>",
                                "<healthCheck path='/' jitter='51'/>",
                                "<healthCheck path='/' type='tcp'/>",
                                "<healthCheck type='soap'/>",
                                "<healthCheck path='/'><expect/></healthCheck>",
                                "<healthCheck path='/'><expect status='200-'/></healthCheck>",
                                "<healthCheck path='/'><expect jsonPath='a'/></healthCheck>",
                                "<healthCheck path='/'><expect value='a'/></healthCheck>"}) {
        std::string findings;
        BOOST_CHECK_MESSAGE(!checkOf(element, &findings), element);
        BOOST_CHECK_MESSAGE(!findings.empty(), element);
    }
    std::string findings;
    BOOST_CHECK(!checkOf("<healthCheck enabled='false' rise='0'/>", &findings));
    BOOST_CHECK_EQUAL(findings, "");
}

BOOST_AUTO_TEST_SUITE_END()
