#include <boost/test/unit_test.hpp>
#include <utility>

#include "engine/message/outgoing.hpp"
#include "engine/message/packaging.hpp"
#include "engine/message/soap.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/engine/message/fakes.hpp"

// The encoding and the packaging of what is sent: attributes encoding and optimize of an endpoint, and messages that
// come with attachments.

using namespace myelin;
using namespace myelin::message;
using namespace myelin::message::test;

namespace {

const std::string kQuote = "<m:q xmlns:m=\"urn:m\"><m:s>\xC3\xA9\xE2\x82\xAC</m:s></m:q>";
const std::string kLatinQuote = "<m:q xmlns:m=\"urn:m\"><m:s>\xE9&#8364;</m:s></m:q>";

struct Sent {
    explicit Sent(MessageContext& context, const RequestWish& wish = {}) : wire(context.arena()) {
        prepareRequest(context, wish, wire);
        fields = fieldsOf(wire.headers);
        body = drain(wire.body.body).text;
    }
    std::string type() const { return fieldOf(fields, "Content-Type").value_or("(none)"); }
    /// The parts, when it is a package.
    const Multipart& parts() {
        BOOST_TEST(Multipart::parse(body, type(), {}, parts_) == "");
        BOOST_REQUIRE(!parts_.parts().empty());
        return parts_;
    }
    std::string_view root() { return parts().root().body; }
    WireRequest wire;
    FieldList fields;
    std::string body;

private:
    Multipart parts_;
};

const Charset kLatin = Charset::named("ISO-8859-1").value();
const Charset kUtf8 = Charset::named("UTF-8").value();

RequestWish in(const Charset& charset, WireFormat format = WireFormat::AsIs) {
    RequestWish wish(format);
    wish.charset = &charset;
    return wish;
}
RequestWish as(Packaging packaging, WireFormat format = WireFormat::AsIs) {
    RequestWish wish(format);
    wish.packaging = packaging;
    return wish;
}

const std::string kMtomType =
    "multipart/related; boundary=\"x\"; type=\"application/xop+xml\"; start=\"<0>\"; start-info=\"text/xml\"";
const std::string kSwaType = "multipart/related; boundary=\"x\"; type=\"text/xml\"";
const std::string kInclude = "<d><i:Include xmlns:i=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:1\"/></d>";
const std::string kAttachment = "Content-Type: image/png\r\nContent-ID: <1>\r\n\r\n" + std::string("\x89P\0NG", 5);

std::string packaged(const std::string& rootType, const std::string& root) {
    return "--x\r\nContent-Type: " + rootType + "\r\nContent-ID: <0>\r\n\r\n" + root + "\r\n--x\r\n" + kAttachment +
           "\r\n--x\r\nContent-ID: <2>\r\n\r\nother\r\n--x--\r\n";
}
std::string mtom(const std::string& body) {
    return packaged("application/xop+xml; charset=UTF-8; type=\"text/xml\"", soap11(body));
}
std::string swa(const std::string& body) {
    return packaged("text/xml; charset=UTF-8", soap11(body));
}

/// soap11() as Myelin writes it.
std::string rewritten(const std::string& body) {
    std::string text = soap11(body);
    const std::string header = "<soapenv:Header></soapenv:Header>";
    return text.replace(text.find(header), header.size(), "<soapenv:Header/>");
}

std::string contentOf(std::string_view text, std::string_view charset = {}) {
    xml::Document document;
    BOOST_TEST(xml::Document::parse(document, text, {}, charset).ok);
    std::string out;
    if (const auto node = soap::content(document)) xml::writeSubtree(node, out);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(encoding_of_requests)

BOOST_AUTO_TEST_CASE(bodies_in_the_wanted_encoding_pass_untouched) {
    for (const char* type : {"text/xml; charset=iso-8859-1", "text/xml; charset=Latin1"}) {
        FakeCall call(type, "not even XML \xE9");
        Sent sent(call.request, in(kLatin));
        BOOST_TEST(sent.body == "not even XML \xE9");
        BOOST_TEST(sent.type() == type);
        BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    }
    // Without a charset in the field, the document says it.
    const std::string declared = "<?xml version='1.0' encoding='ISO-8859-1'?>" + soap11(kLatinQuote);
    FakeCall call("text/xml", declared);
    BOOST_TEST(Sent(call.request, in(kLatin)).body == declared);
    FakeCall plain("text/xml", soap11(kQuote));
    BOOST_TEST(Sent(plain.request, in(kUtf8)).body == soap11(kQuote));
    BOOST_TEST(plain.request.payload().envelopeIfBuilt() == nullptr);
}

BOOST_AUTO_TEST_CASE(other_encodings_are_rewritten) {
    FakeCall call("text/xml; charset=UTF-8", soap11(kQuote));
    Sent latin(call.request, in(kLatin));
    BOOST_TEST(latin.body == "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + rewritten(kLatinQuote));
    BOOST_TEST(latin.type() == "text/xml; charset=ISO-8859-1");
    BOOST_TEST(!call.request.payload().edited());
    BOOST_TEST(Sent(call.request).body == soap11(kQuote));

    FakeCall back("text/xml; charset=ISO-8859-1", soap11(kLatinQuote));
    Sent utf8(back.request, in(kUtf8));
    BOOST_TEST(utf8.body == std::string(kXmlDeclaration) + rewritten(kQuote));
    BOOST_TEST(utf8.type() == "text/xml; charset=UTF-8");
    FakeCall declared("text/xml", "<?xml version='1.0' encoding='ISO-8859-1'?>" + soap11(kLatinQuote));
    BOOST_TEST(Sent(declared.request, in(kUtf8)).body == utf8.body);
}

BOOST_AUTO_TEST_CASE(every_kind_has_its_way) {
    FakeCall pox("application/xml; charset=UTF-8", kQuote);
    Sent sent(pox.request, in(kLatin));
    BOOST_TEST(sent.body == "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + kLatinQuote);
    BOOST_TEST(sent.type() == "application/xml; charset=ISO-8859-1");
    Sent twelve(pox.request, in(kLatin, WireFormat::Soap12));
    BOOST_TEST(twelve.type() == "application/soap+xml; charset=ISO-8859-1");
    BOOST_TEST(twelve.body.find("\xE9&#8364;") != std::string::npos);

    // Labelled text/xml, but no envelope: it is not put into one.
    FakeCall root("text/xml; charset=UTF-8", kQuote);
    BOOST_TEST(Sent(root.request, in(kLatin)).body.ends_with("?>" + kLatinQuote));

    FakeCall text("text/plain; charset=UTF-8", "\xC3\xA9\xE2\x82\xAC");
    Sent plain(text.request, in(kLatin));
    BOOST_TEST(plain.body == "\xE9?");
    BOOST_TEST(plain.type() == "text/plain; charset=ISO-8859-1");

    // These have no choice of encoding.
    FakeCall json("application/json", "{\"a\":\"\xC3\xA9\"}");
    BOOST_TEST(Sent(json.request, in(kLatin)).body == "{\"a\":\"\xC3\xA9\"}");
    FakeCall form("application/x-www-form-urlencoded", "a=%C3%A9");
    BOOST_TEST(Sent(form.request, in(kLatin)).body == "a=%C3%A9");
    FakeCall empty(FakeCall::Fields{});
    Sent none(empty.request, in(kLatin));
    BOOST_TEST(none.type() == "(none)");
    BOOST_TEST((none.wire.body.body.kind == http::OutgoingBody::Kind::None));
}

BOOST_AUTO_TEST_CASE(edited_messages_and_answers_too) {
    FakeCall call("text/xml; charset=ISO-8859-1", soap11(kLatinQuote));
    soap::content(call.request.envelope()).append_child("m:u");
    call.request.payload().markEdited();
    Sent sent(call.request, in(kLatin));
    BOOST_TEST(contentOf(sent.body).find("\xC3\xA9\xE2\x82\xAC</m:s><m:u/>") != std::string::npos);
    BOOST_TEST(sent.type() == "text/xml; charset=ISO-8859-1");

    call.request.setProperty(Scope::Axis2, "CHARACTER_SET_ENCODING", std::string_view("US-ASCII"));
    Sent ascii(call.request);
    BOOST_TEST(ascii.type() == "text/xml; charset=US-ASCII");
    BOOST_TEST(ascii.body.find("&#233;&#8364;") != std::string::npos);
    BOOST_TEST(Sent(call.request, in(kLatin)).type() == "text/xml; charset=ISO-8859-1");
    BOOST_TEST(call.exchange.answer(call.request));
    BOOST_TEST(call.server.field("Content-Type").value_or("") == "text/xml; charset=US-ASCII");
    BOOST_TEST(call.server.answerBody.find("&#233;") != std::string::npos);

    FakeCall wrong("text/xml", soap11(kQuote));
    wrong.request.setProperty(Scope::Axis2, "CHARACTER_SET_ENCODING", std::string_view("klingon"));
    BOOST_CHECK_THROW(Sent{wrong.request}, MediationFault);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(packaged_messages)

BOOST_AUTO_TEST_CASE(untouched_ones_are_relayed_byte_for_byte) {
    for (const auto& [type, body] : {std::pair(kMtomType, mtom(kInclude)),
                                     std::pair(kSwaType, swa("<a/>")),
                                     std::pair(kMtomType, std::string("broken"))}) {
        FakeCall call(type, body);
        for (const Packaging packaging : {Packaging::None, call.request.payload().packaging()}) {
            Sent sent(call.request, as(packaging));
            BOOST_TEST((sent.body == body));
            BOOST_TEST(sent.type() == type);
        }
        BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(the_envelope_is_the_root_part) {
    FakeCall call(kMtomType, mtom(kInclude));
    BOOST_TEST(soap::content(call.request.envelope()).name() == "d");
    BOOST_TEST((call.request.payload().kind() == ContentKind::Soap11));
    BOOST_REQUIRE(call.request.payload().parts() != nullptr);
    BOOST_TEST(call.request.payload().parts()->parts().size() == 3u);
    // Having looked changes nothing.
    BOOST_TEST((Sent(call.request).body == mtom(kInclude)));
    BOOST_TEST((call.exchange.clientKind() == ContentKind::Soap11));
}

BOOST_AUTO_TEST_CASE(edited_ones_keep_their_attachments) {
    for (const auto& [type, body] : {std::pair(kMtomType, mtom(kInclude)), std::pair(kSwaType, swa("<d/>"))}) {
        FakeCall call(type, body);
        soap::content(call.request.envelope()).append_child("new");
        call.request.payload().markEdited();
        Sent sent(call.request);
        BOOST_TEST((packagingOf(sent.type()) == packagingOf(type)));
        BOOST_TEST(contentOf(sent.root()).find("<new/>") != std::string::npos);
        BOOST_REQUIRE(sent.parts().parts().size() == 3u);
        BOOST_TEST((sent.parts().parts()[1].whole == kAttachment));
        BOOST_TEST(sent.parts().root().contentId == "0");
        // An answer is made the same way.
        BOOST_TEST(call.exchange.answer(call.request));
        BOOST_TEST((packagingOf(call.server.field("Content-Type").value_or("")) == packagingOf(type)));
        BOOST_TEST(call.server.answerBody.find("<new/>") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(broken_ones_are_refused_when_they_are_read) {
    for (const std::string& body : {std::string("broken"), packaged("text/xml", "<a>")}) {
        FakeCall call(kSwaType, body);
        try {
            call.request.envelope();
            BOOST_ERROR("it was taken");
        } catch (const MediationFault& fault) {
            BOOST_TEST(fault.code() == error_code::kMessageParsing);
            BOOST_TEST(fault.status() == 400);
        }
        BOOST_CHECK_NO_THROW(call.request.envelope());
        // What stands in its place is for mediators to look at.
        BOOST_CHECK_THROW(Sent{call.request}, MediationFault);
    }
    const std::string encoded = "--x\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEvPg==\r\n--x--";
    FakeCall call(kSwaType, encoded);
    BOOST_CHECK_THROW(call.request.envelope(), MediationFault);
    FakeCall empty(kSwaType, "");
    BOOST_CHECK_NO_THROW(empty.request.envelope());
}

BOOST_AUTO_TEST_CASE(a_format_keeps_the_package) {
    FakeCall call(kMtomType, mtom(kInclude));
    call.server.request().headers.add("SOAPAction", "\"urn:act\"");
    Sent twelve(call.request, WireFormat::Soap12);
    BOOST_TEST((classifyContent(twelve.type()) == ContentKind::Soap12), twelve.type());
    BOOST_TEST(contentTypeParameter(twelve.type(), "action") == "urn:act");
    BOOST_TEST(twelve.root().find(kSoap12Namespace) != std::string_view::npos);
    BOOST_TEST(contentOf(twelve.root()) == kInclude);
    BOOST_TEST(twelve.parts().parts().size() == 3u);
    Sent pox(call.request, WireFormat::Pox);
    BOOST_TEST(pox.root() == kInclude);
    BOOST_TEST(contentTypeParameter(pox.type(), "start-info") == "application/xml");
    Sent get(call.request, WireFormat::Get);
    BOOST_TEST((get.wire.body.body.kind == http::OutgoingBody::Kind::None));
    Sent same(call.request, WireFormat::Soap11);
    BOOST_TEST((same.body == mtom(kInclude)));
    BOOST_TEST(fieldOf(same.fields, "SOAPAction").value_or("") == "\"urn:act\"");
}

BOOST_AUTO_TEST_CASE(a_new_action_leaves_the_boundary_alone) {
    const std::string type = "multipart/related; boundary=\"x\"; type=\"application/soap+xml\"; action=\"urn:old\"";
    const std::string body = packaged("application/soap+xml", soap12("<a/>"));
    FakeCall call(type, body);
    call.request.addressing().action = "urn:new";
    Sent sent(call.request);
    BOOST_TEST((sent.body == body));
    BOOST_TEST(sent.type() == "multipart/related; boundary=\"x\"; type=\"application/soap+xml\"; action=\"urn:new\"");
}

BOOST_AUTO_TEST_CASE(plain_envelopes_are_packaged) {
    for (const Packaging packaging : {Packaging::Mtom, Packaging::Swa}) {
        FakeCall call("text/xml; charset=ISO-8859-1", soap11(kLatinQuote));
        Sent sent(call.request, as(packaging));
        BOOST_TEST((packagingOf(sent.type()) == packaging));
        BOOST_TEST(sent.parts().parts().size() == 1u);
        BOOST_TEST(sent.root() == soap11(kLatinQuote));
        BOOST_TEST(contentTypeParameter(sent.parts().root().contentType, "charset") == "ISO-8859-1");
        BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
        FakeCall twelve("application/soap+xml; action=\"urn:a\"", soap12("<a/>"));
        Sent other(twelve.request, as(packaging));
        BOOST_TEST((classifyContent(other.type()) == ContentKind::Soap12));
        BOOST_TEST(contentTypeParameter(other.type(), "action") == "urn:a");
        Sent converted(twelve.request, as(packaging, WireFormat::Soap11));
        BOOST_TEST((classifyContent(converted.type()) == ContentKind::Soap11));
        BOOST_TEST(fieldOf(converted.fields, "SOAPAction").value_or("") == "\"urn:a\"");
    }
    FakeCall json("application/json", "{}");
    BOOST_TEST(Sent(json.request, as(Packaging::Mtom)).body == "{}");
    FakeCall pox("application/xml", "<a/>");
    BOOST_TEST(Sent(pox.request, as(Packaging::Mtom)).body == "<a/>");
    BOOST_TEST((packagingOf(Sent(pox.request, as(Packaging::Mtom, WireFormat::Soap11)).type()) == Packaging::Mtom));
    FakeCall none(FakeCall::Fields{});
    BOOST_TEST((Sent(none.request, as(Packaging::Mtom)).wire.body.body.kind == http::OutgoingBody::Kind::None));
}

BOOST_AUTO_TEST_CASE(one_packaging_becomes_the_other) {
    FakeCall call(kMtomType, mtom(kInclude));
    Sent attached(call.request, as(Packaging::Swa));
    BOOST_TEST((packagingOf(attached.type()) == Packaging::Swa));
    BOOST_TEST(contentOf(attached.root()) == "<d>iVAATkc=</d>");
    BOOST_REQUIRE(attached.parts().parts().size() == 2u);
    BOOST_TEST(attached.parts().parts()[1].body == "other");

    FakeCall other(kSwaType, swa("<d href=\"cid:1\"/>"));
    Sent optimized(other.request, as(Packaging::Mtom));
    BOOST_TEST((packagingOf(optimized.type()) == Packaging::Mtom));
    BOOST_TEST(contentOf(optimized.root()) == "<d href=\"cid:1\"/>");
    BOOST_TEST(optimized.parts().parts().size() == 3u);
    BOOST_TEST(!call.request.payload().edited());
}

BOOST_AUTO_TEST_CASE(properties_choose_the_packaging) {
    FakeCall plain("text/xml", soap11("<a/>"));
    plain.request.setProperty(Scope::Axis2, "enableMTOM", std::string_view("true"));
    BOOST_TEST((packagingOf(Sent(plain.request).type()) == Packaging::Mtom));
    BOOST_TEST((packagingOf(Sent(plain.request, as(Packaging::Swa)).type()) == Packaging::Swa));
    FakeCall swaToo("text/xml", soap11("<a/>"));
    swaToo.request.setProperty(Scope::Axis2, "enableSwA", true);
    BOOST_TEST((packagingOf(Sent(swaToo.request).type()) == Packaging::Swa));

    // A messageType asks for the envelope alone.
    FakeCall call(kMtomType, mtom(kInclude));
    call.request.setProperty(Scope::Axis2, "messageType", std::string_view("text/xml"));
    Sent alone(call.request);
    BOOST_TEST(alone.type() == "text/xml");
    BOOST_TEST(contentOf(alone.body) == "<d>iVAATkc=</d>");
    call.request.setProperty(Scope::Axis2, "enableMTOM", std::string_view("true"));
    BOOST_TEST((Sent(call.request).body == mtom(kInclude)));
    BOOST_TEST(Sent(call.request).type() == kMtomType);

    FakeCall asked("text/xml", soap11("<a/>"));
    asked.request.setProperty(Scope::Axis2, "messageType", std::string_view("multipart/related"));
    BOOST_TEST((packagingOf(Sent(asked.request).type()) == Packaging::Mtom));
    FakeCall kept(kSwaType, swa("<a/>"));
    kept.request.setProperty(Scope::Axis2, "messageType", std::string_view("multipart/related"));
    BOOST_TEST((Sent(kept.request).body == swa("<a/>")));
    BOOST_TEST(Sent(kept.request).type() == kSwaType);
}

BOOST_AUTO_TEST_CASE(the_root_part_has_the_encoding) {
    FakeCall call(kSwaType, swa(kQuote));
    BOOST_TEST((Sent(call.request, in(kUtf8)).body == swa(kQuote)));
    Sent latin(call.request, in(kLatin));
    BOOST_TEST(latin.root() == "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + rewritten(kLatinQuote));
    BOOST_TEST(latin.parts().root().contentType == "text/xml; charset=ISO-8859-1");
    BOOST_TEST((latin.parts().parts()[1].whole == kAttachment));
}

BOOST_AUTO_TEST_CASE(addressing_is_written_into_the_root_part) {
    AddressingWish addressing;
    addressing.fields.to = "http://b/";
    RequestWish wish = in(kLatin);
    wish.addressing = &addressing;
    FakeCall call(kSwaType, swa(kQuote));
    Sent sent(call.request, wish);
    BOOST_TEST(sent.root().find("http://b/") != std::string_view::npos);
    BOOST_TEST(contentOf(sent.root()) == kQuote);
    BOOST_TEST(sent.parts().parts().size() == 3u);
    FakeCall plain("text/xml; charset=ISO-8859-1", soap11(kLatinQuote));
    RequestWish only;
    only.addressing = &addressing;
    Sent alone(plain.request, only);
    BOOST_TEST(alone.type() == "text/xml; charset=UTF-8");
    BOOST_TEST(contentOf(alone.body) == kQuote);
}

BOOST_AUTO_TEST_CASE(copies_for_several_recipients_have_the_attachments) {
    FakeCall call(kMtomType, mtom(kInclude));
    const auto untouched = call.request.clone();
    BOOST_TEST((Sent(*untouched).body == mtom(kInclude)));
    BOOST_TEST(soap::content(untouched->envelope()).name() == "d");
    soap::content(call.request.envelope()).append_child("new");
    call.request.payload().markEdited();
    const auto copy = call.request.clone();
    call.request.payload().clear();
    Sent edited(*copy);
    BOOST_TEST((packagingOf(edited.type()) == Packaging::Mtom));
    BOOST_TEST(contentOf(edited.root()).find("<new/>") != std::string::npos);
    BOOST_REQUIRE(edited.parts().parts().size() == 3u);
    BOOST_TEST((edited.parts().parts()[1].whole == kAttachment));

    // Of an answer the copy outlives the head and the buffer.
    auto source = std::make_unique<FakeBodySource>(mtom(kInclude));
    source->whole = true;
    auto reply = std::make_unique<Exchange::PendingReply>(call.server.arena());
    fillReply(*reply, 200, kMtomType, source.get());
    auto answer = std::make_unique<MessageContext>(call.exchange, *reply);
    soap::content(answer->envelope()).append_child("new");
    answer->payload().markEdited();
    answer->headers().set("Content-Type", "application/x");
    const auto kept = answer->clone();
    answer.reset();
    reply.reset();
    source.reset();
    Sent sent(*kept);
    BOOST_REQUIRE(sent.parts().parts().size() == 3u);
    BOOST_TEST(contentOf(sent.root()).find("<new/>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(answers_stay_packages) {
    const auto answered = [](const std::string& clientType, const std::string& request) {
        FakeCall call(clientType, request);
        FakeBodySource source(mtom(kInclude));
        source.whole = true;
        Exchange::PendingReply reply(call.server.arena());
        fillReply(reply, 200, kMtomType, &source);
        MessageContext context(call.exchange, reply);
        BOOST_TEST(call.exchange.answer(context));
        return std::pair(call.server.answerBody == mtom(kInclude), call.server.field("Content-Type").value_or(""));
    };
    BOOST_TEST((answered("text/xml", soap11("<a/>")) == std::pair(true, kMtomType)));
    BOOST_TEST((answered("application/xml", "<a/>") == std::pair(true, kMtomType)));
    BOOST_TEST((answered("application/json", "{}") == std::pair(true, kMtomType)));
    // The other SOAP version is the client's to get.
    const auto twelve = answered("application/soap+xml", soap12("<a/>"));
    BOOST_TEST(!twelve.first);
    BOOST_TEST((classifyContent(twelve.second) == ContentKind::Soap12));
    BOOST_TEST((packagingOf(twelve.second) == Packaging::Mtom));
}

BOOST_AUTO_TEST_SUITE_END()
