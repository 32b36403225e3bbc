#include "engine/message/outgoing.hpp"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "engine/message/soap.hpp"
#include "engine/message/soap_fault.hpp"
#include "engine/xml/writer.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using namespace myelin::message::test;

namespace {

struct Prepared {
    explicit Prepared(FakeCall& call, WireFormat format = WireFormat::AsIs) : Prepared(call.request, format) {}
    explicit Prepared(MessageContext& context, WireFormat format = WireFormat::AsIs) : wire(context.arena()) {
        prepareRequest(context, format, wire);
        fields = fieldsOf(wire.headers);
        body = drain(wire.body.body).text;
    }
    std::string field(std::string_view name) const { return fieldOf(fields, name).value_or("(none)"); }
    WireRequest wire;
    FieldList fields;
    std::string body;
};

const std::string kQuote = "<m:q xmlns:m=\"urn:m\"><m:s>IBM</m:s><m:t>a b</m:t></m:q>";

std::string contentOf(std::string_view envelope) {
    xml::Document document;
    BOOST_TEST(xml::Document::parse(document, envelope).ok);
    std::string out;
    if (const auto node = soap::content(document)) xml::writeSubtree(node, out);
    return out;
}

soap::Version versionOf(std::string_view envelope) {
    xml::Document document;
    BOOST_TEST(xml::Document::parse(document, envelope).ok);
    const auto version = soap::versionOf(document);
    BOOST_REQUIRE(version.has_value());
    return *version;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outgoing_request)

BOOST_AUTO_TEST_CASE(an_untouched_message_goes_out_as_it_came) {
    FakeCall call("text/xml; charset=\"utf-8\"", soap11(kQuote));
    for (const auto& [name, value] : FieldList{{"Host", "front"},
                                               {"SOAPAction", "urn:q"},
                                               {"X-A", "1"},
                                               {"x-a", "2"},
                                               {"User-Agent", "curl"},
                                               {"Date", "today"},
                                               {"Connection", "X-A"},
                                               {"Content-Length", "17"}}) {
        call.server.request().headers.add(name, value);
    }
    const Prepared sent(call);
    const FieldList expected{{"Content-Type", "text/xml; charset=\"utf-8\""},
                             {"SOAPAction", "urn:q"},
                             {"X-A", "1"},
                             {"x-a", "2"},
                             {"Connection", "X-A"},
                             {"User-Agent", std::string(kUserAgent)}};
    BOOST_TEST((sent.fields == expected));
    BOOST_TEST(sent.wire.method == "POST");
    BOOST_TEST(sent.body == soap11(kQuote));
    BOOST_TEST(sent.wire.body.body.bytes.data() == call.server.body()->wholeIfBuffered()->data());
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    BOOST_TEST(sent.wire.host.empty());
    BOOST_TEST(sent.wire.suffix.empty());
    // The context is as it was and can be sent again.
    BOOST_TEST((Prepared(call).fields == expected));
    BOOST_TEST(std::as_const(call.request).headers().size() == 9u);
}

BOOST_AUTO_TEST_CASE(user_agent_is_kept_on_request) {
    FakeCall call("text/xml", soap11(kQuote));
    call.server.request().headers.add("User-Agent", "curl");
    call.artifacts.settings.preserveUserAgent = true;
    BOOST_TEST(Prepared(call).field("User-Agent") == "curl");
}

BOOST_AUTO_TEST_CASE(requests_without_body) {
    FakeCall call(FakeCall::Fields{{{"Accept", "application/json"}}, "GET", "/a"});
    call.request.setRestSuffix("/x?y=1");
    const Prepared sent(call);
    BOOST_TEST(sent.wire.method == "GET");
    BOOST_TEST((sent.wire.body.body.kind == http::OutgoingBody::Kind::None));
    BOOST_TEST(sent.field("Content-Type") == "(none)");
    BOOST_TEST(sent.field("Accept") == "application/json");
    BOOST_TEST(sent.wire.targetFor("/base") == "/base/x?y=1");
}

BOOST_AUTO_TEST_CASE(formats_for_soap11_input) {
    FakeCall call("text/xml", soap11(kQuote));
    call.server.request().headers.add("SOAPAction", "\"urn:act\"");
    call.request.setRestSuffix("/rest");

    const Prepared same(call, WireFormat::Soap11);
    BOOST_TEST(same.body == soap11(kQuote));
    BOOST_TEST(same.field("SOAPAction") == "\"urn:act\"");
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    BOOST_TEST(same.wire.suffix.empty());

    const Prepared twelve(call, WireFormat::Soap12);
    BOOST_TEST((versionOf(twelve.body) == soap::Version::V12));
    BOOST_TEST(contentOf(twelve.body) == kQuote);
    BOOST_TEST(twelve.field("Content-Type") == "application/soap+xml; charset=UTF-8; action=\"urn:act\"");
    BOOST_TEST(twelve.field("SOAPAction") == "(none)");
    BOOST_TEST(twelve.wire.method == "POST");

    const Prepared pox(call, WireFormat::Pox);
    BOOST_TEST(pox.body == kQuote);
    BOOST_TEST(pox.field("Content-Type") == "application/xml; charset=UTF-8");
    BOOST_TEST(pox.field("SOAPAction") == "(none)");
    BOOST_TEST(pox.wire.suffix == "/rest");

    const Prepared get(call, WireFormat::Get);
    BOOST_TEST(get.wire.method == "GET");
    BOOST_TEST((get.wire.body.body.kind == http::OutgoingBody::Kind::None));
    BOOST_TEST(get.wire.query == "s=IBM&t=a+b");
    BOOST_TEST(get.field("Content-Type") == "(none)");
    BOOST_TEST(get.wire.targetFor("/p?k=1") == "/p/rest?k=1&s=IBM&t=a+b");

    const Prepared rest(call, WireFormat::Rest);
    BOOST_TEST(rest.wire.suffix == "/rest");

    // None of it changed the message.
    BOOST_TEST(!call.request.payload().edited());
    BOOST_TEST(Prepared(call).body == soap11(kQuote));
}

BOOST_AUTO_TEST_CASE(formats_for_pox_input) {
    FakeCall call("application/xml", kQuote);
    call.request.setRestSuffix("/rest");
    const Prepared same(call, WireFormat::Pox);
    BOOST_TEST(same.body == kQuote);
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    BOOST_TEST(same.field("Content-Type") == "application/xml");

    const Prepared eleven(call, WireFormat::Soap11);
    BOOST_TEST((versionOf(eleven.body) == soap::Version::V11));
    BOOST_TEST(contentOf(eleven.body) == kQuote);
    BOOST_TEST(eleven.field("Content-Type") == "text/xml; charset=UTF-8");
    BOOST_TEST(eleven.field("SOAPAction") == "\"\"");
    BOOST_TEST(eleven.wire.suffix.empty());

    const Prepared twelve(call, WireFormat::Soap12);
    BOOST_TEST((versionOf(twelve.body) == soap::Version::V12));
    BOOST_TEST(twelve.field("Content-Type") == "application/soap+xml; charset=UTF-8");
    BOOST_TEST(Prepared(call).wire.suffix == "/rest");
}

BOOST_AUTO_TEST_CASE(formats_for_other_input) {
    FakeCall twelve("application/soap+xml", soap12(kQuote));
    const Prepared eleven(twelve, WireFormat::Soap11);
    BOOST_TEST((versionOf(eleven.body) == soap::Version::V11));
    BOOST_TEST(contentOf(eleven.body) == kQuote);

    FakeCall get(FakeCall::Fields{});
    const Prepared empty(get, WireFormat::Soap11);
    BOOST_TEST((versionOf(empty.body) == soap::Version::V11));
    BOOST_TEST(contentOf(empty.body) == "");
    BOOST_TEST(empty.wire.method == "POST");

    FakeCall form("application/x-www-form-urlencoded", "s=IBM");
    BOOST_TEST(contentOf(Prepared(form, WireFormat::Soap11).body) == "<xformValues><s>IBM</s></xformValues>");
    BOOST_TEST(Prepared(form).body == "s=IBM");

    FakeCall json("application/json", "{}");
    BOOST_CHECK_THROW(Prepared(json, WireFormat::Soap11), MediationFault);
    BOOST_TEST(Prepared(json).body == "{}");

    FakeCall binary("application/pdf", "%PDF");
    BOOST_TEST(Prepared(binary, WireFormat::Soap11).body == "%PDF");
    BOOST_TEST(Prepared(binary, WireFormat::Soap11).field("Content-Type") == "application/pdf");
}

BOOST_AUTO_TEST_CASE(a_fault_for_a_pox_backend_is_an_exception) {
    FakeCall call("text/xml",
                  soap11("<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>no</faultstring>"
                         "</soapenv:Fault>"));
    BOOST_TEST(Prepared(call, WireFormat::Pox).body == "<Exception>no</Exception>");
}

BOOST_AUTO_TEST_CASE(edited_messages_are_written_anew) {
    FakeCall call("text/xml; charset=iso-8859-1", soap11(kQuote));
    soap::content(call.request.envelope()).append_child("m:u");
    call.request.payload().markEdited();
    const Prepared sent(call);
    BOOST_TEST(sent.body.starts_with(kXmlDeclaration));
    BOOST_TEST(sent.body.find("<m:u/>") != std::string::npos);
    BOOST_TEST(sent.field("Content-Type") == "text/xml; charset=UTF-8");

    FakeCall utf("text/xml;charset=UTF-8;x=y", soap11(kQuote));
    utf.request.envelope();
    utf.request.payload().markEdited();
    BOOST_TEST(Prepared(utf).field("Content-Type") == "text/xml;charset=UTF-8;x=y");
}

BOOST_AUTO_TEST_CASE(addressing_is_stripped_when_written_anew) {
    const std::string header = "<a:To xmlns:a='http://www.w3.org/2005/08/addressing'>http://real/</a:To><k/>";
    FakeCall call("text/xml", soap11(kQuote, header));
    BOOST_TEST(Prepared(call).body == soap11(kQuote, header));
    call.request.envelope();
    call.request.payload().markEdited();
    const Prepared stripped(call);
    BOOST_TEST(stripped.body.find("http://real/") == std::string::npos);
    BOOST_TEST(stripped.body.find("<k/>") != std::string::npos);
    call.request.setProperty(Scope::Default, "PRESERVE_WS_ADDRESSING", std::string_view("true"));
    BOOST_TEST(Prepared(call).body.find("http://real/") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(actions_set_by_mediators_are_sent) {
    FakeCall call("text/xml", soap11(kQuote));
    call.server.request().headers.add("SOAPAction", "urn:old");
    call.request.addressing().action = "urn:new";
    BOOST_TEST(Prepared(call).field("SOAPAction") == "\"urn:new\"");
    FakeCall twelve("application/soap+xml; action=\"urn:old\"", soap12(kQuote));
    twelve.request.addressing().action = "urn:new";
    BOOST_TEST(Prepared(twelve).field("Content-Type") == "application/soap+xml; action=\"urn:new\"");
    FakeCall quoted("application/soap+xml ; action=\"a;\\\"b\"; charset=ISO-8859-1", soap12(kQuote));
    quoted.request.addressing().action = "urn:\"new\r\nX: y";
    BOOST_TEST(Prepared(quoted).field("Content-Type") ==
               "application/soap+xml ; charset=ISO-8859-1; action=\"urn:\\\"new  X: y\"");
    // An action comes from the message: it must not make a field of its own.
    FakeCall hostile("text/xml", soap11(kQuote));
    hostile.request.addressing().action = "a\r\nX-Evil: 1";
    BOOST_TEST(Prepared(hostile).field("SOAPAction") == "\"a  X-Evil: 1\"");
}

BOOST_AUTO_TEST_CASE(message_type_converts_and_content_type_relabels) {
    FakeCall call("text/xml", soap11(kQuote));
    call.request.setProperty(Scope::Axis2, "messageType", std::string_view("application/xml"));
    const Prepared pox(call);
    BOOST_TEST(pox.body == kQuote);
    BOOST_TEST(pox.field("Content-Type") == "application/xml; charset=UTF-8");
    call.request.setProperty(Scope::Axis2, "ContentType", std::string_view("application/vnd.q+xml"));
    BOOST_TEST(Prepared(call).field("Content-Type") == "application/vnd.q+xml");

    FakeCall form("text/xml", soap11(kQuote));
    form.request.setProperty(Scope::Axis2, "messageType", std::string_view("application/x-www-form-urlencoded"));
    BOOST_TEST(Prepared(form).body == "s=IBM&t=a+b");
    FakeCall json("text/xml", soap11(kQuote));
    json.request.setProperty(Scope::Axis2, "messageType", std::string_view("application/json"));
    BOOST_CHECK_THROW(Prepared{json}, MediationFault);
    FakeCall same("application/json", "{}");
    same.request.setProperty(Scope::Axis2, "messageType", std::string_view("application/json"));
    BOOST_TEST(Prepared(same).body == "{}");
}

BOOST_AUTO_TEST_CASE(axis2_properties_on_the_wire) {
    FakeCall call("text/xml", "unused");
    call.server.setBody(std::make_unique<FakeBodySource>(std::vector<std::string>{"<a", "/>"}));
    MessageContext request(call.exchange);
    request.setProperty(Scope::Axis2, "HTTP_METHOD", std::string_view("PATCH"));
    request.setProperty(Scope::Axis2, "NO_KEEPALIVE", std::string_view("true"));
    request.setProperty(Scope::Axis2, "REQUEST_HOST_HEADER", std::string_view("other:81"));
    request.setProperty(Scope::Axis2, "POST_TO_URI", true);
    request.setProperty(Scope::Axis2, "DISABLE_CHUNKING", std::string_view("true"));
    request.setProperty(Scope::Axis2, "REST_URL_POSTFIX", std::string_view("/p q?é=1#x"));
    const Prepared sent(request);
    BOOST_TEST(sent.wire.method == "PATCH");
    BOOST_TEST(sent.wire.close);
    BOOST_TEST(sent.wire.host == "other:81");
    BOOST_TEST(sent.wire.absoluteTarget);
    BOOST_TEST((sent.wire.body.body.kind == http::OutgoingBody::Kind::Bytes));
    BOOST_TEST(sent.body == "<a/>");
    BOOST_TEST(sent.wire.targetFor("/x/") == "/x/p%20q?%C3%A9=1%23x");
    const auto out = sent.wire.request("/t");
    BOOST_TEST(out.method == "PATCH");
    BOOST_TEST(out.target == "/t");
    BOOST_TEST(out.close);
    request.setProperty(Scope::Axis2, "HTTP_METHOD", std::string_view("GET /evil HTTP/1.1\r\n"));
    BOOST_CHECK_THROW(Prepared{request}, MediationFault);
    BOOST_TEST(Prepared(request, WireFormat::Soap11).wire.method == "POST");
}

BOOST_AUTO_TEST_CASE(no_body_on_request) {
    for (const char* name : {"NO_ENTITY_BODY", "FORCE_POST_PUT_NOBODY"}) {
        FakeCall call("text/xml", soap11(kQuote));
        call.request.setProperty(Scope::Axis2, name, std::string_view("true"));
        BOOST_TEST((Prepared(call).wire.body.body.kind == http::OutgoingBody::Kind::None));
    }
}

BOOST_AUTO_TEST_CASE(targets) {
    const std::tuple<const char*, const char*, const char*> rows[] = {
        {"/a", "", "/a"},
        {"", "", "/"},
        {"/a", "/b", "/a/b"},
        {"/a/", "/b", "/a/b"},
        {"/a", "b", "/a/b"},
        {"/a", "?x=1", "/a?x=1"},
        {"/a?k=1", "?x=1", "/a?k=1&x=1"},
        {"/a?k=1", "/b?x=1", "/a/b?k=1&x=1"},
        {"/", "/b", "/b"},
        {"", "?x", "/?x"},
        {"/a%20b", "/%C3", "/a%20b/%C3"},
    };
    for (const auto& [address, suffix, target] : rows) {
        base::Arena arena;
        WireRequest wire(arena);
        wire.suffix = suffix;
        BOOST_TEST(wire.targetFor(address) == target);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_sent_on_is_a_request_again) {
    FakeCall call("text/xml", soap11(kQuote));
    FakeBodySource source(soap11("<r/>"));
    source.whole = true;
    Exchange::PendingReply reply(call.server.arena());
    fillReply(
        reply, 200, "text/xml", &source, {{"Server", "b"}, {"Set-Cookie", "c"}, {"Location", "/l"}, {"X-A", "1"}});
    MessageContext context(call.exchange, reply);
    const Prepared sent(context);
    BOOST_TEST(sent.wire.method == "POST");
    BOOST_TEST(sent.field("Server") == "(none)");
    BOOST_TEST(sent.field("Set-Cookie") == "(none)");
    BOOST_TEST(sent.field("Location") == "(none)");
    BOOST_TEST(sent.field("X-A") == "1");
    BOOST_TEST(sent.body == soap11("<r/>"));
}

BOOST_AUTO_TEST_SUITE_END()
