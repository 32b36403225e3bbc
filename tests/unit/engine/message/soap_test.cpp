#include "engine/message/soap.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/soap_fault.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using message::test::soap11;
using message::test::soap12;
using soap::Version;

namespace {

struct Parsed {
    explicit Parsed(std::string_view text) { BOOST_REQUIRE(xml::Document::parse(document, text).ok); }
    std::string text() const {
        std::string out;
        xml::write(document.root(), out);
        return out;
    }
    xml::Document document;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(soap_documents)

BOOST_AUTO_TEST_CASE(the_root_tells_the_version) {
    BOOST_TEST((soap::versionOf(Parsed(soap11("")).document) == Version::V11));
    BOOST_TEST((soap::versionOf(Parsed(soap12("")).document) == Version::V12));
    BOOST_TEST((soap::versionOf(Parsed("<Envelope/>").document) == std::nullopt));
    BOOST_TEST((soap::versionOf(Parsed("<Envelope xmlns='urn:x'/>").document) == std::nullopt));
    BOOST_TEST((soap::versionOf(xml::Document()) == std::nullopt));
    BOOST_TEST((soap::versionOf(Parsed("<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'/>").document) ==
                Version::V11));
}

BOOST_AUTO_TEST_CASE(parts_are_found_by_namespace) {
    const Parsed parsed(soap12("<a/><b/>", "<h/>"));
    BOOST_TEST(xml::localName(soap::content(parsed.document)) == "a");
    BOOST_TEST(xml::localName(xml::firstElement(soap::header(parsed.document))) == "h");
    const Parsed bare("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><Body/></e:Envelope>");
    BOOST_TEST(!soap::body(bare.document));
}

BOOST_AUTO_TEST_CASE(missing_parts_are_made_with_the_roots_prefix) {
    Parsed parsed("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>");
    soap::ensureHeader(parsed.document);
    soap::ensureHeader(parsed.document);
    BOOST_TEST(parsed.text() ==
               R"(<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header/><e:Body/></e:Envelope>)");
}

BOOST_AUTO_TEST_CASE(other_xml_is_wrapped) {
    Parsed parsed("<!-- gone --><a xmlns='urn:a'><b/></a><?gone?>");
    soap::wrap(parsed.document, Version::V11);
    BOOST_TEST(parsed.text() ==
               R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header/>)"
               R"(<soapenv:Body><a xmlns="urn:a"><b/></a></soapenv:Body></soapenv:Envelope>)");
}

BOOST_AUTO_TEST_CASE(versions_are_converted_both_ways) {
    const std::string one = soap11(
        "<m:q xmlns:m='urn:m'>x</m:q>",
        "<t:h xmlns:t='urn:t' soapenv:mustUnderstand='1' soapenv:actor='http://schemas.xmlsoap.org/soap/actor/next'/>");
    Parsed parsed(one);
    soap::convert(parsed.document, Version::V12);
    BOOST_TEST((soap::versionOf(parsed.document) == Version::V12));
    const pugi::xml_node block = xml::firstElement(soap::header(parsed.document));
    BOOST_TEST(xml::attribute(block, kSoap12Namespace, "role").value_or("") ==
               "http://www.w3.org/2003/05/soap-envelope/role/next");
    BOOST_TEST(xml::attribute(block, kSoap12Namespace, "mustUnderstand").value_or("") == "1");
    BOOST_TEST(xml::namespaceUri(soap::content(parsed.document)) == "urn:m");

    soap::convert(parsed.document, Version::V11);
    Parsed original(one);
    BOOST_TEST(parsed.text() == original.text());
}

BOOST_AUTO_TEST_CASE(attributes_that_only_one_version_has) {
    Parsed parsed(
        soap12("", "<t:h xmlns:t='urn:t' s:mustUnderstand='true' s:relay='true' s:role='urn:r' role='own'/>"));
    soap::convert(parsed.document, Version::V11);
    const pugi::xml_node block = xml::firstElement(soap::header(parsed.document));
    BOOST_TEST(xml::attribute(block, kSoap11Namespace, "mustUnderstand").value_or("") == "1");
    BOOST_TEST(xml::attribute(block, kSoap11Namespace, "actor").value_or("") == "urn:r");
    BOOST_TEST(!xml::attribute(block, kSoap11Namespace, "relay"));
    BOOST_TEST(std::string_view(block.attribute("role").value()) == "own");
}

BOOST_AUTO_TEST_CASE(an_envelope_carried_as_content_stays) {
    const std::string inner = "<x xmlns='urn:x'><i:Envelope xmlns:i='http://schemas.xmlsoap.org/soap/envelope/'/></x>";
    Parsed parsed(soap11(inner));
    soap::convert(parsed.document, Version::V12);
    const auto carried = xml::firstElement(soap::content(parsed.document));
    BOOST_TEST(xml::namespaceUri(carried) == kSoap11Namespace);
}

BOOST_AUTO_TEST_CASE(default_namespace_envelopes_are_converted) {
    Parsed parsed(
        "<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body><Fault><faultcode xmlns='' "
        "xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>s:Client</faultcode><faultstring "
        "xmlns=''>no</faultstring></Fault></Body></Envelope>");
    BOOST_TEST(soap::isFault(parsed.document));
    soap::convert(parsed.document, Version::V12);
    BOOST_REQUIRE(soap::isFault(parsed.document));
    const soap::Fault fault = soap::readFault(parsed.document);
    BOOST_TEST(fault.code == "Sender");
    BOOST_TEST(fault.codeNamespace == kSoap12Namespace);
    BOOST_TEST(fault.reason == "no");

    soap::convert(parsed.document, Version::V11);
    BOOST_REQUIRE(soap::isFault(parsed.document));
    const soap::Fault back = soap::readFault(parsed.document);
    BOOST_TEST(back.code == "Client");
    BOOST_TEST(back.codeNamespace == kSoap11Namespace);
    BOOST_TEST(back.reason == "no");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(soap_faults)

BOOST_AUTO_TEST_CASE(soap11_order_of_parts) {
    xml::Document document;
    soap::makeEnvelope(document, Version::V11);
    soap::Fault fault;
    fault.code = "Receiver";
    fault.codeNamespace = std::string(kSoap12Namespace);
    fault.reason = "a < b";
    fault.role = "urn:role";
    fault.node = "urn:node";
    fault.detailText = "why";
    soap::setFault(document, fault);
    std::string out;
    xml::write(soap::content(document), out);
    BOOST_TEST(out ==
               "<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>a &lt; b</faultstring>"
               "<faultactor>urn:role</faultactor><detail>why</detail></soapenv:Fault>");
    BOOST_TEST(soap::isFault(document));
}

BOOST_AUTO_TEST_CASE(soap12_order_of_parts) {
    xml::Document document;
    soap::makeEnvelope(document, Version::V12);
    soap::Fault fault;
    fault.code = "Client";
    fault.reason = "r";
    fault.role = "urn:role";
    fault.node = "urn:node";
    fault.detailText = "why";
    soap::setFault(document, fault);
    std::string out;
    xml::write(soap::content(document), out);
    BOOST_TEST(out ==
               "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Sender</soapenv:Value></soapenv:Code>"
               "<soapenv:Reason><soapenv:Text xml:lang=\"en\">r</soapenv:Text></soapenv:Reason>"
               "<soapenv:Node>urn:node</soapenv:Node><soapenv:Role>urn:role</soapenv:Role>"
               "<soapenv:Detail>why</soapenv:Detail></soapenv:Fault>");
}

BOOST_AUTO_TEST_CASE(codes_are_mapped_by_version) {
    const std::tuple<Version, const char*, const char*> rows[] = {
        {Version::V11, "Sender", "Client"},
        {Version::V11, "Receiver", "Server"},
        {Version::V11, "MustUnderstand", "MustUnderstand"},
        {Version::V11, "VersionMismatch", "VersionMismatch"},
        {Version::V11, "DataEncodingUnknown", "Client"},
        {Version::V11, "Client.Auth", "Client.Auth"},
        {Version::V12, "Client", "Sender"},
        {Version::V12, "Client.Auth", "Sender"},
        {Version::V12, "Server", "Receiver"},
        {Version::V12, "MustUnderstand", "MustUnderstand"},
        {Version::V12, "DataEncodingUnknown", "DataEncodingUnknown"},
        {Version::V12, "Nonsense", "Receiver"},
    };
    for (const auto& [version, given, expected] : rows) {
        xml::Document document;
        soap::makeEnvelope(document, version);
        soap::Fault fault;
        fault.code = given;
        soap::setFault(document, fault);
        const soap::Fault read = soap::readFault(document);
        BOOST_TEST(read.code == expected);
        BOOST_TEST(read.codeNamespace == soap::namespaceOf(version));
    }
}

BOOST_AUTO_TEST_CASE(foreign_codes_survive_both_versions) {
    Parsed parsed(
        soap11("<soapenv:Fault><faultcode xmlns:q='urn:q'>q:Odd</faultcode><faultstring>s</faultstring>"
               "<faultactor>urn:a</faultactor><detail><d:x xmlns:d='urn:d' d:a='1'>t</d:x></detail>"
               "</soapenv:Fault>"));
    soap::convert(parsed.document, Version::V12);
    soap::Fault fault = soap::readFault(parsed.document);
    BOOST_TEST(fault.code == "Odd");
    BOOST_TEST(fault.codeNamespace == "urn:q");
    BOOST_TEST(fault.role == "urn:a");
    BOOST_TEST(xml::namespaceUri(xml::firstElement(fault.detail)) == "urn:d");
    soap::convert(parsed.document, Version::V11);
    fault = soap::readFault(parsed.document);
    BOOST_TEST(fault.code == "Odd");
    BOOST_TEST(fault.codeNamespace == "urn:q");
    BOOST_TEST(fault.reason == "s");
    BOOST_TEST(std::string_view(xml::firstElement(fault.detail).text().get()) == "t");
}

BOOST_AUTO_TEST_CASE(detail_nodes_come_from_any_document) {
    Parsed other("<w xmlns:k='urn:k'><k:a/>text<k:b/></w>");
    xml::Document document;
    soap::makeEnvelope(document, Version::V11);
    soap::Fault fault;
    fault.reason = "r";
    fault.detail = other.document.root();
    soap::setFault(document, fault);
    std::string out;
    xml::write(soap::readFault(document).detail, out);
    BOOST_TEST(out == R"(<detail><k:a xmlns:k="urn:k"/>text<k:b xmlns:k="urn:k"/></detail>)");
}

BOOST_AUTO_TEST_CASE(exceptions_for_pox) {
    const auto rendered = [](const soap::Fault& fault) {
        xml::Document document;
        soap::makeEnvelope(document, Version::V11);
        soap::setException(document, fault);
        std::string out;
        xml::writeSubtree(soap::content(document), out);
        return out;
    };
    soap::Fault fault;
    fault.reason = "reason & more";
    BOOST_TEST(rendered(fault) == "<Exception>reason &amp; more</Exception>");
    fault.detailText = "detail";
    BOOST_TEST(rendered(fault) == "<Exception>detail</Exception>");
    fault.detailText = "<d><e/></d>";
    BOOST_TEST(rendered(fault) == "<Exception><d><e/></d></Exception>");
    fault.detailText = "<d><broken";
    BOOST_TEST(rendered(fault) == "<Exception>&lt;d&gt;&lt;broken</Exception>");
}

BOOST_AUTO_TEST_CASE(bytes_that_xml_cannot_hold_do_not_break_a_fault) {
    xml::Document document;
    soap::makeEnvelope(document, Version::V11);
    soap::Fault fault;
    fault.reason = std::string("bad \xff\x01 bytes");
    soap::setFault(document, fault);
    std::string out;
    xml::write(document.root(), out);
    xml::Document again;
    BOOST_TEST(xml::Document::parse(again, out).ok);
    BOOST_TEST(soap::readFault(again).reason == "bad ?? bytes");
}

BOOST_AUTO_TEST_SUITE_END()
