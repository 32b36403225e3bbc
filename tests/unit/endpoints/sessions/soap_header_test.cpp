#include "endpoints/sessions/soap_header.hpp"

#include <boost/test/unit_test.hpp>

#include "endpoints/sessions/header_scan.hpp"
#include "tests/unit/endpoints/sessions/servers.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;

namespace {

const std::string kClientId = "<c:ClientID xmlns:c='http://ws.apache.org/ns/synapse'> 42\n</c:ClientID>";

/// A body of given pieces that counts how many were asked for.
class Pieces final : public http::BodySource {
public:
    Pieces(const std::string& text, std::size_t size) {
        for (std::size_t at = 0; at < text.size(); at += size) pieces_.push_back(text.substr(at, size));
    }
    http::BodyPart next(http::Deadline) override {
        if (given == pieces_.size()) return {};
        return {http::BodyStatus::Data, pieces_[given++]};
    }
    std::optional<std::uint64_t> length() const noexcept override { return std::nullopt; }
    std::optional<std::string_view> wholeIfBuffered() const noexcept override { return std::nullopt; }
    std::size_t given = 0;

private:
    std::vector<std::string> pieces_;
};

std::string scan(const std::string& text, std::size_t size, bool packaged = false) {
    HeaderScan scan(packaged);
    for (std::size_t at = 0; at < text.size(); at += size) {
        const auto found = scan.feed(text.substr(at, size));
        if (found == HeaderScan::Found::Header) return scan.beginning();
        if (found == HeaderScan::Found::None) return "none";
    }
    return "more";
}

std::string clientIn(const std::string& text, std::size_t size = 16384) {
    Pieces body(text, size);
    Message message("POST", "/", &body);
    return soapHeaderText(message.context(), {{"http://ws.apache.org/ns/synapse", "ClientID"}}, soon());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SoapHeaders)

BOOST_AUTO_TEST_CASE(aTextMayStandInSeveralNodes) {
    const auto asked = [](const std::string& text) {
        return clientIn(envelope("<c:ClientID xmlns:c='http://ws.apache.org/ns/synapse'>" + text + "</c:ClientID>"));
    };
    BOOST_TEST(asked(" <!-- c -->42") == "42");
    BOOST_TEST(asked("4<!-- c -->2") == "42");
    BOOST_TEST(asked("4<![CDATA[2]]>") == "42");
}

BOOST_AUTO_TEST_CASE(aPreambleOfAPackageIsSkipped) {
    const auto text = envelope("<a/>");
    const auto wanted = text.substr(0, text.find("<s:Body>")) + "</s:Envelope>";
    const std::string part = "--b\r\nContent-Type: text/xml\r\n\r\n" + text;
    for (const std::string before : {"", "\r\n", "\r\n\r\n", "This is <MIME>.\r\n\r\nReally.\r\n"}) {
        for (std::size_t size = 1; size < 50; ++size) BOOST_TEST(scan(before + part, size, true) == wanted);
    }
}

BOOST_AUTO_TEST_CASE(identityIsNoCompression) {
    for (const auto& [coding, id] : {std::pair("identity", "42"), std::pair("gzip", "")}) {
        Pieces body(envelope(kClientId), 16384);
        Message message("POST", "/", &body);
        message.context().headers().add("Content-Encoding", coding);
        BOOST_TEST(soapHeaderText(message.context(), {{"http://ws.apache.org/ns/synapse", "ClientID"}}, soon()) == id);
    }
}

BOOST_AUTO_TEST_CASE(theEndOfTheHeaderIsFoundInAnyPieces) {
    const std::string inside =
        "<a b='>' c=\"</s:Header>\"/><!-- </s:Header> --><![CDATA[</s:Header>]]><?p </s:Header>?>"
        "<x><Header></Header></x>";
    const auto text = envelope(inside);
    const auto wanted = text.substr(0, text.find("<s:Body>")) + "</s:Envelope>";
    for (std::size_t size = 1; size < 40; ++size) BOOST_TEST(scan(text, size) == wanted);
    BOOST_TEST(scan(text, text.size()) == wanted);
    const std::string package =
        "--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <r>\r\n\r\n" + text + "\r\n--b\r\n\r\n<x/>";
    for (const std::size_t size : {1U, 7U, 4096U}) BOOST_TEST(scan(package, size, true) == wanted);
}

BOOST_AUTO_TEST_CASE(withoutAHeaderThereIsNone) {
    BOOST_TEST(scan("<E><Body><Header>x</Header></Body></E>", 3) == "none");
    BOOST_TEST(scan("<E><Header/><Body/></E>", 3) == "none");
    BOOST_TEST(scan("<E/>", 1) == "none");
    BOOST_TEST(scan("<E></E>", 1) == "none");
    BOOST_TEST(scan("</E>", 1) == "none");
    BOOST_TEST(scan("<!DOCTYPE E [<!ENTITY a 'b'>]><E><Header>", 5) == "none");
    BOOST_TEST(scan("<>", 1) == "none");
    BOOST_TEST(scan("<E><Header><a>", 1) == "more");
    BOOST_TEST(scan("no markup at all", 4) == "more");
    BOOST_TEST(scan("", 1) == "more");
}

BOOST_AUTO_TEST_CASE(theTextIsFoundByItsExpandedName) {
    for (const bool soap12 : {false, true}) {
        BOOST_TEST(clientIn(envelope(kClientId, soap12)) == "42");
        BOOST_TEST(clientIn(envelope(kClientId, soap12), 1) == "42");
    }
    BOOST_TEST(clientIn(envelope("<ClientID xmlns='http://ws.apache.org/ns/synapse'>7</ClientID>")) == "7");
    BOOST_TEST(clientIn(envelope("<c:ClientID xmlns:c='urn:other'>7</c:ClientID>")) == "");
    BOOST_TEST(clientIn(envelope("<ClientID>7</ClientID>")) == "");
    BOOST_TEST(clientIn(envelope("<a>" + kClientId + "</a>")) == "");
    BOOST_TEST(clientIn(envelope("")) == "");
    BOOST_TEST(clientIn("<a><Header>" + kClientId + "</Header></a>") == "");
    BOOST_TEST(clientIn("not XML") == "");
    BOOST_TEST(clientIn(envelope("<a></b>" + kClientId)) == "");
    BOOST_TEST(clientIn(envelope("<c:ClientID xmlns:c='http://ws.apache.org/ns/synapse'>&#52;<![CDATA[2]]>"
                                 "</c:ClientID>")) == "42");
}

BOOST_AUTO_TEST_CASE(noMoreIsReadThanTheHeader) {
    const auto text = envelope(kClientId, false, "<b>" + std::string(200'000, 'x') + "</b>");
    Pieces body(text, 1000);
    Message message("POST", "/", &body);
    auto& context = message.context();
    BOOST_TEST(soapHeaderText(context, {{"http://ws.apache.org/ns/synapse", "ClientID"}}, soon()) == "42");
    BOOST_TEST(body.given == 1);
    BOOST_TEST(!context.payload().envelopeIfBuilt());
    // And all of it goes on.
    const auto out = context.payload().outgoing();
    BOOST_REQUIRE(out.source);
    std::string sent;
    for (auto part = out.source->next(soon()); part.status == http::BodyStatus::Data; part = out.source->next(soon())) {
        sent += part.bytes;
    }
    BOOST_TEST(sent == text);
}

BOOST_AUTO_TEST_CASE(aHeaderWithoutEndIsNotLookedAtForEver) {
    const auto text = envelope("<a>" + std::string(500'000, 'x') + "</a>" + kClientId);
    Pieces body(text, 1000);
    Message message("POST", "/", &body);
    auto& context = message.context();
    BOOST_TEST(soapHeaderText(context, {{"http://ws.apache.org/ns/synapse", "ClientID"}}, soon()) == "");
    BOOST_TEST(body.given <= 66);
    const auto out = context.payload().outgoing();
    std::string sent;
    for (auto part = out.source->next(soon()); part.status == http::BodyStatus::Data; part = out.source->next(soon())) {
        sent += part.bytes;
    }
    BOOST_TEST(sent == text);
}

BOOST_AUTO_TEST_CASE(anAnswerIsRelayedAsIfNobodyHadLooked) {
    base::Arena arena;
    const auto text = envelope(kClientId, true, "<b>" + std::string(100'000, 'x') + "</b>");
    const HeaderPath path{{"http://ws.apache.org/ns/synapse", "ClientID"}};
    Pieces body(text, 5000);
    http::ClientResponse reply(arena);
    reply.head.headers.add("Content-Type", "application/soap+xml; charset=UTF-8");
    reply.body = &body;
    BOOST_TEST(soapHeaderText(reply, path, soon()) == "42");
    BOOST_TEST(body.given == 1);
    // Also when somebody looks again.
    BOOST_TEST(soapHeaderText(reply, path, soon()) == "42");
    std::string sent;
    for (auto part = reply.body->next(soon()); part.status == http::BodyStatus::Data; part = reply.body->next(soon())) {
        sent += part.bytes;
    }
    BOOST_TEST(sent == text);
    http::ClientResponse packed(arena);
    packed.head.headers.add("Content-Type", "text/xml");
    packed.head.headers.add("Content-Encoding", "gzip");
    Pieces other(text, 5000);
    packed.body = &other;
    BOOST_TEST(soapHeaderText(packed, path, soon()) == "");
    BOOST_TEST(other.given == 0);
}

BOOST_AUTO_TEST_SUITE_END()
