#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/wsdl_document.hpp"
#include "endpoints/wsdl_source.hpp"
#include "engine/message/fault.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"
#include "tests/unit/engine/config/temporary_folder.hpp"

namespace {

using namespace myelin;
using config::test::TemporaryFolder;
using endpoints::WsdlDocuments;
using endpoints::test::Backend;
using endpoints::test::Setup;
using message::WireFormat;

/// A WSDL with one service, "Quotes", and these ports in it.
std::string wsdl(const std::string& ports, const std::string& more = {}) {
    return "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/' "
           "xmlns:s11='http://schemas.xmlsoap.org/wsdl/soap/' "
           "xmlns:s12='http://schemas.xmlsoap.org/wsdl/soap12/' xmlns:h='http://schemas.xmlsoap.org/wsdl/http/' "
           "xmlns:t='urn:t' targetNamespace='urn:t'>" +
           more + "<w:service name='Quotes'>" + ports + "</w:service></w:definitions>";
}

std::string port(const std::string& name, const std::string& address, const std::string& binding = "t:B") {
    return "<w:port name='" + name + "' binding='" + binding + "'>" + address + "</w:port>";
}

const std::string kAll = port("Eleven", "<s11:address location='http://h/eleven'/>") +
                         port("Twelve", "<s12:address location=' http://h/twelve '/>") +
                         port("Get", "<h:address location='http://h/get'/>", "t:G") +
                         port("Post", "<h:address location='http://h/post'/>", "t:P") + port("Nowhere", "");
const std::string kBindings =
    "<w:binding name='G'><h:binding verb='GET'/></w:binding><w:binding name='P'><h:binding verb='POST'/></w:binding>";

std::string use(const std::string& attributes, const std::string& content = {}) {
    return "<endpoint name='w'><wsdl " + attributes + ">" + content + "</wsdl></endpoint>";
}

std::string findings(const std::string& xml) {
    Setup setup(xml);
    (void)setup.endpoint();
    return setup.findings();
}

}  // namespace

#define CHECK_FOUND(xml, part)                                                                      \
    do {                                                                                            \
        const std::string foundHere = findings(xml);                                                \
        BOOST_CHECK_MESSAGE(foundHere.find(part) != std::string::npos, "found only: " + foundHere); \
    } while (false)

BOOST_AUTO_TEST_SUITE(Wsdl)

BOOST_AUTO_TEST_CASE(theKindOfAddressIsTheFormat) {
    const TemporaryFolder folder;
    folder.write("q.wsdl", wsdl(kAll, kBindings));
    WsdlDocuments documents;
    const auto get = [&](std::string_view name) { return documents.port(folder.path("q.wsdl"), "Quotes", name); };
    BOOST_CHECK_EQUAL(get("Eleven").address, "http://h/eleven");
    BOOST_CHECK(get("Eleven").format == WireFormat::Soap11);
    BOOST_CHECK_EQUAL(get("Twelve").address, "http://h/twelve");
    BOOST_CHECK(get("Twelve").format == WireFormat::Soap12);
    BOOST_CHECK(get("Get").format == WireFormat::Get);
    BOOST_CHECK(get("Post").format == WireFormat::Rest);
    BOOST_CHECK(!get("Nowhere").ok());
}

BOOST_AUTO_TEST_CASE(whatIsNotThereIsNamedWithWhatIs) {
    WsdlDocuments documents;
    const TemporaryFolder folder;
    folder.write("q.wsdl", wsdl(kAll));
    const auto service = documents.port(folder.path("q.wsdl"), "Quote", "Eleven");
    BOOST_CHECK(service.wrong == endpoints::WsdlPort::Wrong::Service);
    BOOST_CHECK(service.error.find("did you mean \"Quotes\"") != std::string::npos);
    const auto missing = documents.port(folder.path("q.wsdl"), "Quotes", "Elven");
    BOOST_CHECK(missing.wrong == endpoints::WsdlPort::Wrong::Port);
    BOOST_CHECK(missing.error.find("did you mean \"Eleven\"") != std::string::npos);
    BOOST_CHECK_EQUAL(missing.help, "ports there: Eleven, Twelve, Get, Post, Nowhere");
}

BOOST_AUTO_TEST_CASE(importsAreFollowedNextToTheDocument) {
    const TemporaryFolder folder;
    const std::string head = "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/'>";
    folder.write("main.wsdl",
                 head +
                     "<w:import namespace='urn:t' location='part/service.wsdl'/>"
                     "<w:import location='http://127.0.0.1:1/x'/><w:import location='main.wsdl'/></w:definitions>");
    folder.write("part/service.wsdl", wsdl(kAll, "<w:import location='../bindings.wsdl'/>"));
    folder.write("bindings.wsdl",
                 "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/' "
                 "xmlns:h='http://schemas.xmlsoap.org/wsdl/http/'>" +
                     kBindings + "</w:definitions>");
    WsdlDocuments documents;
    BOOST_CHECK_EQUAL(documents.port(folder.path("main.wsdl"), "Quotes", "Eleven").address, "http://h/eleven");
    BOOST_CHECK(documents.port(folder.path("main.wsdl"), "Quotes", "Get").format == WireFormat::Get);
    const auto missing = documents.port(folder.path("main.wsdl"), "Other", "Get");
    BOOST_CHECK_MESSAGE(missing.help.find("http://127.0.0.1:1/x is not followed") != std::string::npos, missing.help);
}

BOOST_AUTO_TEST_CASE(whereADocumentIs) {
    using endpoints::importedLocation;
    using endpoints::wsdlLocation;
    const TemporaryFolder folder;
    folder.write("q.wsdl", "");
    BOOST_CHECK_EQUAL(wsdlLocation("http://h/s?wsdl", "c.xml"), "http://h/s?wsdl");
    BOOST_CHECK_EQUAL(wsdlLocation("file:q.wsdl", folder.path("c.xml")), folder.path("q.wsdl"));
    BOOST_CHECK_EQUAL(wsdlLocation("x/../q.wsdl", folder.path("c.xml")), folder.path("q.wsdl"));
    BOOST_CHECK_EQUAL(wsdlLocation("file:///a/b%20c.wsdl", "c.xml"), "/a/b c.wsdl");
    BOOST_CHECK_EQUAL(wsdlLocation("conf:/a.wsdl", "c.xml"), "");
    BOOST_CHECK_EQUAL(importedLocation("b.xsd", "http://h:1/s/a?wsdl"), "http://h:1/s/b.xsd");
    BOOST_CHECK_EQUAL(importedLocation("http://other/b", "http://h:1/s/a"), "");
    BOOST_CHECK_EQUAL(importedLocation("file:///etc/passwd", "http://h:1/s/a"), "");
    BOOST_CHECK_EQUAL(importedLocation("/etc/passwd", "a.wsdl"), "");
}

BOOST_AUTO_TEST_CASE(documentsThatCannotBeUsed) {
    const std::string names = " service='Quotes' port='Eleven'";
    CHECK_FOUND(use("uri='/no/such.wsdl'" + names), "error: 1: the WSDL /no/such.wsdl cannot be had");
    CHECK_FOUND(use("uri='jms:/q'" + names), "error: 1: a WSDL cannot be read from \"jms:/q\"");
    CHECK_FOUND(use(names), "error: 1: <wsdl> has no WSDL");
    CHECK_FOUND(use("uri='/x' port='p'"), "<wsdl> needs attribute \"service\"");
    CHECK_FOUND(use("uri='/x' service='s'"), "<wsdl> needs attribute \"port\"");
    CHECK_FOUND(use("uri='/x' service='s' endpoint='e'"), "an endpoint of WSDL 2.0 cannot be named");
    CHECK_FOUND(use(names, "<d:description xmlns:d='http://www.w3.org/ns/wsdl'/>"), "it is a WSDL 2.0 document");
    CHECK_FOUND(use(names, "<definitions xmlns='urn:x'/>"), "it is no WSDL 1.1 document: its root is <definitions>");
    CHECK_FOUND(use("uri='" + endpoints::test::deadUrl() + "'" + names), "cannot be had");
    const TemporaryFolder folder;
    folder.write("q.wsdl", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>");
    CHECK_FOUND(use("uri='" + folder.path("q.wsdl") + "'" + names), "cannot be read");
    folder.write("m.wsdl", wsdl(port("Eleven", "<s11:address location='jms:/q'/>")));
    CHECK_FOUND(use("uri='" + folder.path("m.wsdl") + "'" + names), "the address that the WSDL gives, \"jms:/q\"");
}

BOOST_AUTO_TEST_CASE(serversThatDoNotGiveAWsdl) {
    const std::string names = "' service='Quotes' port='Eleven'";
    const Backend missing(endpoints::test::answer("404 Not Found"));
    CHECK_FOUND(use("uri='" + missing.url() + names), "the server answered 404");
    const Backend moved("HTTP/1.1 302 Found\r\nLocation: http://h/\r\nContent-Length: 0\r\n\r\n");
    CHECK_FOUND(use("uri='" + moved.url() + names), "a redirect to http://h/, and redirects are not followed");
    BOOST_CHECK_EQUAL(moved.requests().size(), 1U);
}

BOOST_AUTO_TEST_CASE(anInlineWsdlIsRead) {
    const std::string definitions = wsdl(kAll, kBindings);
    BOOST_CHECK_EQUAL(
        findings(use("service='Quotes' port='Twelve'",
                     definitions + "<description>d</description><timeout><duration>5</duration></timeout>")),
        "");
    CHECK_FOUND(use("service='Quotes' port='Twelv'", definitions), "did you mean \"Twelve\"");
    CHECK_FOUND("<endpoint><wsdl service='Quotes' port='Twelve'>" + definitions +
                    "</wsdl><property name='skip.wsdl.parsing' value='true'/></endpoint>",
                "warning: 1: skip.wsdl.parsing has no effect");
}

BOOST_AUTO_TEST_CASE(row65AWsdlEndpointIsSuspendedAsOthersAre) {
    const std::string address = "<s11:address location='" + endpoints::test::deadUrl() + "'/>";
    const Backend server(endpoints::test::answer("200 OK", wsdl(port("Eleven", address))));
    Setup setup(use("uri='" + server.url("/s?wsdl") + "' service='Quotes' port='Eleven'"));
    const auto endpoint = setup.endpoint();
    BOOST_REQUIRE_MESSAGE(endpoint, setup.findings());
    BOOST_CHECK(server.requests().front().starts_with("GET /s?wsdl HTTP/1.1"));
    BOOST_CHECK_EQUAL(endpoints::test::send(*endpoint).code, message::error_code::kConnectionFailed);
    const auto second = endpoints::test::send(*endpoint);
    BOOST_CHECK_EQUAL(second.code, message::error_code::kLeafNotReady);
    BOOST_CHECK(second.text.starts_with("Currently , WSDL endpoint : [ Name : w ]"));
}

BOOST_AUTO_TEST_SUITE_END()
