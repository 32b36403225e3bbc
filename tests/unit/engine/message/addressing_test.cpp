#include "engine/message/addressing.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/soap.hpp"
#include "engine/xml/namespaces.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;

namespace {

std::string headers(std::string_view uri) {
    std::string out = "<x:other xmlns:x='urn:x'/><a:To xmlns:a='" + std::string(uri) + "'> http://t/ </a:To>";
    for (const std::string name : {"From", "ReplyTo", "FaultTo"}) {
        out += "<a:" + name + " xmlns:a='" + std::string(uri) + "'><a:Address>http://" + name +
               "/</a:Address></a:" + name + ">";
    }
    for (const std::string name : {"Action", "MessageID", "RelatesTo"}) {
        out += "<a:" + name + " xmlns:a='" + std::string(uri) + "'>urn:" + name + "</a:" + name + ">";
    }
    return out;
}

void check(const Addressing& found) {
    BOOST_TEST(found.to == "http://t/");
    BOOST_TEST(found.from == "http://From/");
    BOOST_TEST(found.replyTo == "http://ReplyTo/");
    BOOST_TEST(found.faultTo == "http://FaultTo/");
    BOOST_TEST(found.action == "urn:Action");
    BOOST_TEST(found.messageId == "urn:MessageID");
    BOOST_TEST(found.relatesTo == "urn:RelatesTo");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(addressing)

BOOST_AUTO_TEST_CASE(both_versions_are_read_and_stripped) {
    for (const std::string_view uri : {kAddressingNamespace, kAddressingSubmissionNamespace}) {
        base::Arena arena;
        xml::Document document;
        BOOST_REQUIRE(xml::Document::parse(document, message::test::soap11("", headers(uri))).ok);
        check(readAddressing(document, arena));
        BOOST_TEST(stripAddressing(document) == 7u);
        BOOST_TEST(stripAddressing(document) == 0u);
        BOOST_TEST(readAddressing(document, arena).to.empty());
        BOOST_TEST(xml::localName(xml::firstElement(soap::header(document))) == "other");
    }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    for (const auto version : {AddressingVersion::Final, AddressingVersion::Submission}) {
        base::Arena arena;
        xml::Document source;
        BOOST_REQUIRE(xml::Document::parse(source, message::test::soap12("", headers(kAddressingNamespace))).ok);
        const Addressing all = readAddressing(source, arena);
        xml::Document document;
        BOOST_REQUIRE(
            xml::Document::parse(document,
                                 "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>")
                .ok);
        writeAddressing(document, all, version);
        writeAddressing(document, all, version);  // replaces
        check(readAddressing(document, arena));
        BOOST_TEST(stripAddressing(document) == 7u);
    }
}

BOOST_AUTO_TEST_CASE(no_header_is_no_addressing) {
    base::Arena arena;
    xml::Document document;
    BOOST_REQUIRE(
        xml::Document::parse(document, "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>").ok);
    BOOST_TEST(readAddressing(document, arena).to.empty());
    BOOST_TEST(stripAddressing(document) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
