#include "engine/message/payload.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/fault.hpp"
#include "engine/message/soap.hpp"
#include "engine/xml/namespaces.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using namespace myelin::message::test;

namespace {

using Pieces = std::vector<std::string>;

const auto kNever = runtime::Deadline::never();

struct Body {
    explicit Body(std::string text, ContentKind kind, std::string_view contentType = {}) : source(std::move(text)) {
        source.whole = true;
        payload.setSource(source, kind);
        payload.describe(contentType, {});
    }
    explicit Body(Pieces pieces,
                  ContentKind kind,
                  http::BodyStatus end = http::BodyStatus::End,
                  BodyOrigin origin = BodyOrigin::Client)
        : source(std::move(pieces), end) {
        payload.setSource(source, kind, origin);
    }
    std::string content() {
        std::string out;
        if (const auto node = soap::content(payload.envelope(kNever))) xml::writeSubtree(node, out);
        return out;
    }
    std::string sent() { return drain(payload.outgoing()).text; }

    FakeBodySource source;
    PayloadLimits limits;
    Payload payload{limits};
};

/// The fault that a call throws.
template <typename F>
MediationFault faultOf(F&& call) {
    try {
        call();
    } catch (const MediationFault& fault) {
        return fault;
    }
    BOOST_ERROR("no fault was thrown");
    return {0, ""};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(payload)

BOOST_AUTO_TEST_CASE(nothing_is_an_empty_envelope) {
    const PayloadLimits limits;
    Payload payload(limits);
    BOOST_TEST(payload.empty());
    BOOST_TEST((payload.outgoing().kind == http::OutgoingBody::Kind::None));
    BOOST_TEST((soap::versionOf(payload.envelope(kNever)) == soap::Version::V11));
    BOOST_TEST(payload.empty());
    BOOST_TEST((payload.kind() == ContentKind::None));
    BOOST_TEST(!payload.edited());
}

BOOST_AUTO_TEST_CASE(a_body_in_memory_is_passed_as_bytes_without_a_copy) {
    Body body("<a/>", ContentKind::Pox);
    const std::string_view inMemory = *body.source.wholeIfBuffered();
    const auto out = body.payload.outgoing();
    BOOST_TEST((out.kind == http::OutgoingBody::Kind::Bytes));
    BOOST_TEST(out.bytes.data() == inMemory.data());
    BOOST_TEST(body.payload.replayable());
    BOOST_TEST(body.payload.outgoing().bytes.data() == inMemory.data());
}

BOOST_AUTO_TEST_CASE(a_stream_nobody_looks_at_is_relayed) {
    Body body(Pieces{"<a", "/>"}, ContentKind::Soap11);
    BOOST_TEST(body.source.calls == 0u);
    const auto out = body.payload.outgoing();
    BOOST_TEST((out.kind == http::OutgoingBody::Kind::Source));
    BOOST_TEST(body.source.calls == 0u);
    BOOST_TEST(body.payload.replayable());  // nothing has left yet
    BOOST_TEST(drain(out).text == "<a/>");
    BOOST_TEST(body.payload.gone());
    BOOST_CHECK_THROW(body.payload.outgoing(), MediationFault);
}

BOOST_AUTO_TEST_CASE(kept_streams_are_sent_again) {
    Body body(Pieces{"<a", "/>"}, ContentKind::Soap11);
    body.payload.keepForReplay();
    for (int i = 0; i < 3; ++i) BOOST_TEST(body.sent() == "<a/>");
    BOOST_TEST(body.content() == "<a/>");
    BOOST_TEST((body.payload.kind() == ContentKind::Pox));
    BOOST_TEST(body.sent() == "<a/>");
}

BOOST_AUTO_TEST_CASE(more_than_the_limit_is_not_kept) {
    Body body(Pieces{"1234", "5678"}, ContentKind::Opaque);
    body.limits.kept = 7;
    body.payload.keepForReplay();
    BOOST_TEST(body.sent() == "12345678");
    BOOST_TEST(!body.payload.replayable());
    BOOST_CHECK_THROW(body.payload.outgoing(), MediationFault);
}

BOOST_AUTO_TEST_CASE(reading_does_not_change_the_bytes) {
    const std::string text = "<?xml version='1.0'?>\n<!-- c -->" + soap11("<a  b='1'/>");
    for (const bool whole : {true, false}) {
        Body body(text, ContentKind::Soap11);
        body.source.whole = whole;
        BOOST_TEST(body.content() == "<a b=\"1\"/>");
        BOOST_TEST(!body.payload.edited());
        BOOST_TEST(body.sent() == text);
        BOOST_TEST(body.payload.bytes(kNever) == text);
    }
}

BOOST_AUTO_TEST_CASE(edited_soap_goes_out_as_a_whole_envelope) {
    Body body(soap11("<a/>"), ContentKind::Soap11);
    auto& envelope = body.payload.envelope(kNever);
    soap::content(envelope).append_child("b");
    const auto revision = body.payload.revision();
    body.payload.markEdited();
    BOOST_TEST(body.payload.revision() != revision);
    BOOST_TEST(body.sent().substr(0, kXmlDeclaration.size()) == kXmlDeclaration);
    xml::Document again;
    BOOST_TEST(xml::Document::parse(again, body.sent()).ok);
    BOOST_TEST(std::string_view(soap::content(again).first_child().name()) == "b");
    soap::content(envelope).append_child("c");
    body.payload.markEdited();
    BOOST_TEST(body.sent().find("<c/>") != std::string::npos);
    BOOST_TEST(body.payload.bytes(kNever) == body.sent());
}

BOOST_AUTO_TEST_CASE(pox_stands_in_an_envelope_and_goes_out_without) {
    Body body("<p:a xmlns:p='urn:p'><p:b/></p:a>", ContentKind::Pox);
    auto& envelope = body.payload.envelope(kNever);
    BOOST_TEST((soap::versionOf(envelope) == soap::Version::V11));
    soap::content(envelope).append_child("p:c");
    body.payload.markEdited();
    BOOST_TEST(body.sent() == R"(<p:a xmlns:p="urn:p"><p:b/><p:c/></p:a>)");
}

BOOST_AUTO_TEST_CASE(pox_takes_the_declarations_it_needs_along) {
    Body body("", ContentKind::Pox);
    auto envelope = std::make_unique<xml::Document>();
    BOOST_REQUIRE(xml::Document::parse(*envelope,
                                       "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' "
                                       "xmlns:m='urn:m'><s:Body><m:a/></s:Body></s:Envelope>")
                      .ok);
    body.payload.setEnvelope(std::move(envelope), ContentKind::Pox);
    BOOST_TEST(body.sent() == R"(<m:a xmlns:m="urn:m"/>)");
}

BOOST_AUTO_TEST_CASE(the_root_decides_what_text_xml_is) {
    Body pox("<a/>", ContentKind::Soap11);
    pox.payload.envelope(kNever);
    BOOST_TEST((pox.payload.kind() == ContentKind::Pox));
    Body twelve(soap12("<a/>"), ContentKind::Soap11);
    twelve.payload.envelope(kNever);
    BOOST_TEST((twelve.payload.kind() == ContentKind::Soap12));
    Body wrapped(soap11("<a/>"), ContentKind::Pox);
    wrapped.payload.envelope(kNever);
    BOOST_TEST((wrapped.payload.kind() == ContentKind::Soap11));
    Body blank("  \n", ContentKind::Soap12);
    BOOST_TEST((soap::versionOf(blank.payload.envelope(kNever)) == soap::Version::V12));
}

BOOST_AUTO_TEST_CASE(forms_and_text_are_elements) {
    Body form("symbol=IBM&n=a+b%26c&9x=%zz&empty&&x=1&x=2", ContentKind::Form);
    BOOST_TEST(form.content() ==
               "<xformValues><symbol>IBM</symbol><n>a b&amp;c</n><_x>%zz</_x><empty/>"
               "<x>1</x><x>2</x></xformValues>");
    soap::content(form.payload.envelope(kNever)).remove_children();
    soap::content(form.payload.envelope(kNever)).append_child("q").text().set("a b&c/é");
    form.payload.markEdited();
    BOOST_TEST((form.payload.kind() == ContentKind::Form));
    BOOST_TEST(form.sent() == "q=a+b%26c%2F%C3%A9");

    Body text("a < b", ContentKind::Text);
    BOOST_TEST(text.content() == R"(<text xmlns="http://ws.apache.org/commons/ns/payload">a &lt; b</text>)");
    BOOST_TEST(text.sent() == "a < b");
    Body latin("caf\xe9", ContentKind::Text, "text/plain; charset=iso-8859-1");
    BOOST_TEST(latin.content() == R"(<text xmlns="http://ws.apache.org/commons/ns/payload">café</text>)");
}

BOOST_AUTO_TEST_CASE(json_and_binary_show_an_empty_body_and_stay_as_they_are) {
    for (const auto kind : {ContentKind::Json, ContentKind::Opaque}) {
        Body body(Pieces{"{\"a\"", ":1}"}, kind);
        BOOST_TEST(body.content().empty());
        BOOST_TEST(body.source.calls == 0u);
        BOOST_TEST((body.payload.kind() == kind));
        BOOST_TEST(body.sent() == "{\"a\":1}");
    }
    Body body("{}", ContentKind::Json);
    soap::body(body.payload.envelope(kNever)).append_child("a");
    body.payload.markEdited();
    BOOST_TEST((body.payload.kind() == ContentKind::Pox));
    BOOST_TEST(body.sent() == "<a/>");
}

BOOST_AUTO_TEST_CASE(charset_of_the_media_type_counts) {
    Body body("<a>\xe9</a>", ContentKind::Pox, "application/xml; charset=iso-8859-1");
    BOOST_TEST(body.content() == "<a>é</a>");
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_be_read_is_a_fault_once) {
    const std::pair<std::string, ContentKind> rows[] = {
        {"<a", ContentKind::Pox},
        {"<a/><b/>", ContentKind::Soap11},
        {"<!DOCTYPE a><a/>", ContentKind::Soap11},
        {"<a/>", ContentKind::Soap12},
        {"<Envelope xmlns='urn:old'/>", ContentKind::Soap11},
        {"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>", ContentKind::Soap11},
        {"not xml", ContentKind::Soap11},
    };
    for (const auto& [text, kind] : rows) {
        Body body(text, kind);
        const MediationFault fault = faultOf([&] { body.payload.envelope(kNever); });
        BOOST_TEST(fault.code() == error_code::kMessageParsing);
        BOOST_TEST(fault.status() == 400);
        // A fault sequence sees an empty body, of the same SOAP version.
        BOOST_TEST(!soap::content(body.payload.envelope(kNever)));
        BOOST_TEST((soap::versionOf(body.payload.envelope(kNever)) == soap::versionFor(kind)));
        BOOST_TEST(body.payload.replayable());
        BOOST_CHECK_NO_THROW(body.payload.outgoing());
    }
}

BOOST_AUTO_TEST_CASE(failures_of_the_sender_have_their_status) {
    const std::tuple<http::BodyStatus, int, int, int, int> rows[] = {
        {http::BodyStatus::Truncated, 400, error_code::kReceiverIoReceiving, 502, error_code::kSenderIoReceiving},
        {http::BodyStatus::Malformed, 400, error_code::kMessageParsing, 502, error_code::kMessageParsing},
        {http::BodyStatus::TooLarge, 413, error_code::kMessageParsing, 502, error_code::kMessageParsing},
        {http::BodyStatus::TrailersTooLarge, 431, error_code::kMessageParsing, 502, error_code::kMessageParsing},
        {http::BodyStatus::TimedOut, 408, error_code::kReceiverIoReceiving, 504, error_code::kConnectionTimeout},
    };
    for (const auto& [status, client, clientCode, backend, backendCode] : rows) {
        Body mine(Pieces{"<a>"}, ContentKind::Soap11, status);
        const MediationFault fault = faultOf([&] { mine.payload.envelope(kNever); });
        BOOST_TEST(fault.status() == client);
        BOOST_TEST(fault.code() == clientCode);
        Body theirs(Pieces{"<a>"}, ContentKind::Soap11, status, BodyOrigin::Backend);
        const MediationFault other = faultOf([&] { theirs.payload.bytes(kNever); });
        BOOST_TEST(other.status() == backend);
        BOOST_TEST(other.code() == backendCode);
        BOOST_CHECK_NO_THROW(theirs.payload.envelope(kNever));
    }
}

BOOST_AUTO_TEST_CASE(too_large_bodies_are_refused) {
    const std::string text = "<a>123456</a>";
    for (std::size_t limit : {text.size() - 1, text.size()}) {
        for (int way = 0; way < 3; ++way) {
            Body body(
                way == 0 ? std::vector<std::string>{text} : std::vector<std::string>{text.substr(0, 5), text.substr(5)},
                ContentKind::Pox);
            body.limits.buffered = limit;
            body.source.whole = way == 0;
            if (way == 2) body.source.announced = text.size();
            if (limit == text.size()) {
                BOOST_TEST(body.content() == text);
            } else {
                BOOST_TEST(faultOf([&] { body.payload.envelope(kNever); }).status() == 413);
                if (way == 2) BOOST_TEST(body.source.calls == 0u);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(compressed_bodies_are_relayed_but_not_read) {
    Body body("\x1f\x8b", ContentKind::Soap11);
    body.payload.describe("text/xml", "gzip");
    BOOST_TEST(!body.payload.readable());
    BOOST_TEST(body.sent() == "\x1f\x8b");
    const MediationFault fault = faultOf([&] { body.payload.envelope(kNever); });
    BOOST_TEST(fault.status() == 415);
    Body plain("<a/>", ContentKind::Pox);
    plain.payload.describe("application/xml", "Identity");
    BOOST_TEST(plain.content() == "<a/>");
}

BOOST_AUTO_TEST_CASE(taking_moves_everything) {
    for (const bool whole : {true, false}) {
        Body body("<a/>", ContentKind::Pox);
        body.source.whole = whole;
        BOOST_TEST(body.content() == "<a/>");
        Payload other(body.limits);
        other.take(body.payload);
        BOOST_TEST(body.payload.empty());
        BOOST_TEST(drain(other.outgoing()).text == "<a/>");
        BOOST_TEST(other.envelopeIfBuilt() != nullptr);
    }
}

BOOST_AUTO_TEST_CASE(empty_bodies) {
    BOOST_TEST(Body("", ContentKind::Soap11).payload.empty() == false);  // not known before it is read
    Body none("", ContentKind::Soap11);
    none.source.announced = 0;
    BOOST_TEST(none.payload.empty());
    Body edited("<a/>", ContentKind::Pox);
    soap::body(edited.payload.envelope(kNever)).remove_children();
    edited.payload.markEdited();
    BOOST_TEST(edited.payload.empty());
    BOOST_TEST((edited.payload.outgoing().kind == http::OutgoingBody::Kind::None));
}

BOOST_AUTO_TEST_CASE(an_envelope_goes_out_in_the_version_of_its_kind) {
    Body body(soap11("<a/>"), ContentKind::Soap11);
    body.payload.envelope(kNever);
    body.payload.markEdited();
    body.payload.setKind(ContentKind::Soap12);
    BOOST_TEST(body.sent().find(kSoap12Namespace) != std::string::npos);
    BOOST_TEST(body.sent().find(kSoap11Namespace) == std::string::npos);
    body.payload.setKind(ContentKind::Json);
    BOOST_TEST(faultOf([&] { body.payload.outgoing(); }).code() == error_code::kMessageParsing);
}

BOOST_AUTO_TEST_SUITE_END()
