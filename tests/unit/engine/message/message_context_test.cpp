#include "engine/message/message_context.hpp"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "engine/message/soap.hpp"
#include "engine/message/soap_fault.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using namespace myelin::message::test;

namespace {

std::string text(MessageContext& context, Scope scope, std::string_view name) {
    const auto value = context.property(scope, name);
    return value ? message::toText(*value) : "(nothing)";
}

xml::XPath xpath(std::string_view expression) {
    return xml::XPath::compile(expression,
                               {{"m", "urn:m"}, {"s11", kSoap11Namespace}, {"syn", "http://ws.apache.org/ns/synapse"}});
}

std::string evaluated(MessageContext& context, std::string_view expression) {
    return context.evaluateText(xpath(expression)).value_or("(null)");
}

/// A backend's answer in a call.
struct Reply {
    Reply(FakeCall& call, int status, std::string_view contentType, std::string body, const FieldList& fields = {})
        : source(std::move(body)), pending(call.server.arena()) {
        source.whole = true;
        pending.inherited.inherit(call.request.properties(Scope::Default));
        fillReply(pending, status, contentType, &source, fields);
        context.emplace(call.exchange, pending);
    }
    FakeBodySource source;
    Exchange::PendingReply pending;
    std::optional<MessageContext> context;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(message_context)

BOOST_AUTO_TEST_CASE(a_request_is_what_the_client_sent) {
    FakeCall call("text/xml; charset=UTF-8", soap11("<m:a xmlns:m='urn:m'>x</m:a>"));
    BOOST_TEST(call.request.method() == "POST");
    BOOST_TEST(call.request.mediaType() == "text/xml");
    BOOST_TEST(call.request.status() == 0);
    BOOST_TEST(!call.request.isResponse());
    BOOST_TEST((call.request.payload().kind() == ContentKind::Soap11));
    BOOST_TEST(call.request.addressing().to == "/services/Quote");
    BOOST_TEST(text(call.request, Scope::Axis2, "HTTP_SC") == "(nothing)");
    BOOST_TEST(call.server.body()->calls == 0u);
}

BOOST_AUTO_TEST_CASE(setting_a_field_leaves_the_received_head_alone) {
    FakeCall call("text/xml", soap11(""));
    call.request.setProperty(Scope::Transport, "X-A", std::string_view("1"));
    call.request.setProperty(Scope::Transport, "content-type", std::string_view("a/b"));
    BOOST_TEST(text(call.request, Scope::Transport, "x-a") == "1");
    BOOST_TEST(std::as_const(call.request).headers().size() == 2u);
    BOOST_TEST(call.server.request().headers.size() == 1u);
    BOOST_TEST(call.server.request().headers.get("Content-Type").value_or("") == "text/xml");
    call.request.removeProperty(Scope::Transport, "X-A");
    BOOST_TEST(text(call.request, Scope::Transport, "X-A") == "(nothing)");
}

BOOST_AUTO_TEST_CASE(fields_from_messages_cannot_smuggle_lines) {
    FakeCall call("text/xml", soap11(""));
    call.request.setProperty(Scope::Transport, "X-A", std::string_view("a\r\nEvil: 1\n"));
    BOOST_TEST(text(call.request, Scope::Transport, "X-A") == "a  Evil: 1");
    BOOST_CHECK_THROW(call.request.setHeader("Bad Name", "x"), MediationFault);
    BOOST_CHECK_THROW(call.request.setHeader("", "x"), MediationFault);
    BOOST_CHECK_THROW(call.request.setHeader("a\r\n", "x"), MediationFault);
}

BOOST_AUTO_TEST_CASE(a_reply_inherits_default_properties_only) {
    FakeCall call("text/xml", soap11(""));
    call.request.setProperty(Scope::Default, "mine", std::string_view("1"));
    call.request.setProperty(Scope::Axis2, "other", std::string_view("2"));
    call.request.setProperty(Scope::Operation, "shared", std::string_view("3"));
    Reply reply(call, 404, "application/json", "{}");
    BOOST_TEST(reply.context->isResponse());
    BOOST_TEST(text(*reply.context, Scope::Default, "mine") == "1");
    BOOST_TEST(text(*reply.context, Scope::Axis2, "other") == "(nothing)");
    BOOST_TEST(text(*reply.context, Scope::Operation, "shared") == "3");
    BOOST_TEST(text(*reply.context, Scope::Axis2, "HTTP_SC") == "404");
    BOOST_TEST(text(*reply.context, Scope::Default, "FAULT") == "TRUE");
    BOOST_TEST(reply.context->addressing().to.empty());
    BOOST_TEST(reply.context->method() == "POST");
}

BOOST_AUTO_TEST_CASE(direction_is_a_flag_or_a_property) {
    FakeCall call("text/xml", soap11(""));
    BOOST_TEST(!call.exchange.answerExpected());
    call.request.setProperty(Scope::Default, "RESPONSE", std::string_view("True"));
    BOOST_TEST(call.request.isResponse());
    BOOST_TEST(call.exchange.answerExpected());
    call.request.setProperty(Scope::Default, "RESPONSE", std::string_view("false"));
    BOOST_TEST(!call.request.isResponse());
    call.request.setResponse(true);
    BOOST_TEST(call.request.isResponse());
}

BOOST_AUTO_TEST_CASE(null_in_the_default_scope_is_ignored) {
    FakeCall call("text/xml", soap11(""));
    call.request.setProperty(Scope::Default, "a", std::string_view("1"));
    call.request.setProperty(Scope::Default, "a", PropertyValue());
    BOOST_TEST(text(call.request, Scope::Default, "a") == "1");
}

BOOST_AUTO_TEST_CASE(special_names_come_first_and_local_entries_last) {
    FakeCall call(FakeCall::Fields{{{"SOAPAction", "\"urn:act\""}}, "GET", "/a?b=1"});
    call.artifacts.localEntries["version"] = "0.1";
    call.artifacts.localEntries["both"] = "entry";
    call.artifacts.settings.serverHost = "esb.test";
    call.request.setProperty(Scope::Default, "both", std::string_view("property"));
    call.request.setProperty(Scope::Default, "To", std::string_view("shadowed"));
    const std::pair<const char*, const char*> rows[] = {
        {"To", "/a?b=1"},
        {"Action", "urn:act"},
        {"From", ""},
        {"ReplyTo", ""},
        {"FaultTo", ""},
        {"MessageID", ""},
        {"RelatesTo", ""},
        {"FAULT", ""},
        {"MESSAGE_FORMAT", "get"},
        {"OperationName", "mediate"},
        {"SERVER_HOST", "esb.test"},
        {"SERVER_IP", "esb.test"},
        {"both", "property"},
        {"version", "0.1"},
        {"none", "(nothing)"},
    };
    for (const auto& [name, value] : rows) BOOST_TEST(text(call.request, Scope::Default, name) == value, name);
    BOOST_TEST(text(call.request, Scope::Default, "SYSTEM_TIME").size() == 13u);
    BOOST_TEST(text(call.request, Scope::Default, "SYSTEM_DATE").find('T') == 10u);
    BOOST_TEST(text(call.request, Scope::Default, "").substr(0, 9) == "(nothing)");
}

BOOST_AUTO_TEST_CASE(message_formats) {
    const std::tuple<const char*, std::string, const char*> rows[] = {
        {"text/xml", soap11("<a/>"), "soap11"},
        {"text/xml", "<a/>", "pox"},
        {"application/soap+xml", soap12("<a/>"), "soap12"},
        {"application/xml", "<a/>", "pox"},
        {"application/json", "{}", "pox"},
    };
    for (const auto& [type, body, format] : rows) {
        FakeCall call(type, body);
        BOOST_TEST(text(call.request, Scope::Default, "MESSAGE_FORMAT") == format);
    }
}

BOOST_AUTO_TEST_CASE(faults_are_told_by_body_flag_and_status) {
    FakeCall call("text/xml", soap11("<soapenv:Fault><faultcode>soapenv:Server</faultcode></soapenv:Fault>"));
    BOOST_TEST(text(call.request, Scope::Default, "FAULT") == "TRUE");
    FakeCall plain("text/xml", soap11("<a/>"));
    BOOST_TEST(text(plain.request, Scope::Default, "FAULT") == "");
    plain.request.setFault(true);
    BOOST_TEST(text(plain.request, Scope::Default, "FAULT") == "TRUE");
}

BOOST_AUTO_TEST_CASE(axis2_names_that_are_there_without_being_set) {
    FakeCall call("text/xml; charset=x", soap11(""));
    call.request.setRestSuffix("/rest?x=1");
    const std::pair<const char*, const char*> rows[] = {
        {"HTTP_METHOD", "POST"},
        {"REST_URL_POSTFIX", "/rest?x=1"},
        {"messageType", "text/xml"},
        {"ContentType", "text/xml; charset=x"},
        {"REMOTE_ADDR", "192.0.2.7"},
        {"REMOTE_HOST", "192.0.2.7"},
        {"NO_ENTITY_BODY", "(nothing)"},
        {"TransportInURL", "/services/Quote"},
    };
    for (const auto& [name, value] : rows) BOOST_TEST(text(call.request, Scope::Axis2, name) == value, name);
    FakeCall get(FakeCall::Fields{});
    BOOST_TEST(text(get.request, Scope::Axis2, "NO_ENTITY_BODY") == "true");

    call.request.setProperty(Scope::Axis2, "HTTP_METHOD", std::string_view("PUT"));
    call.request.setProperty(Scope::Axis2, "REST_URL_POSTFIX", std::string_view("/other"));
    BOOST_TEST(call.request.method() == "PUT");
    BOOST_TEST(call.request.restSuffix() == "/other");
    call.request.removeProperty(Scope::Axis2, "REST_URL_POSTFIX");
    BOOST_TEST(call.request.restSuffix().empty());
    BOOST_TEST(text(call.request, Scope::Axis2, "REST_URL_POSTFIX") == "(nothing)");
}

BOOST_AUTO_TEST_CASE(types_set_by_mediators_are_header_fields_too) {
    FakeCall call("text/xml", soap11(""));
    call.request.setProperty(Scope::Axis2, "messageType", std::string_view("application/xml"));
    BOOST_TEST(text(call.request, Scope::Transport, "Content-Type") == "application/xml");
    call.request.setProperty(Scope::Axis2, "ContentType", std::string_view("application/vnd.x+xml"));
    BOOST_TEST(text(call.request, Scope::Transport, "Content-Type") == "application/vnd.x+xml");
    call.request.removeProperty(Scope::Axis2, "TRANSPORT_HEADERS");
    BOOST_TEST(std::as_const(call.request).headers().size() == 0u);
}

BOOST_AUTO_TEST_CASE(status_codes) {
    FakeCall call("text/xml", soap11(""));
    BOOST_TEST((call.request.httpStatus() == std::nullopt));
    const std::pair<PropertyValue, std::optional<int>> rows[] = {
        {std::string_view("202"), 202},
        {std::int64_t{404}, 404},
        {std::string_view(" 500 "), 500},
        {503.0, 503},
        {std::string_view("abc"), std::nullopt},
        {std::int64_t{100}, std::nullopt},
        {std::int64_t{700}, std::nullopt},
    };
    for (const auto& [value, status] : rows) {
        call.request.setProperty(Scope::Axis2, "HTTP_SC", value);
        BOOST_TEST((call.request.httpStatus() == status));
    }
    Reply reply(call, 404, "text/xml", soap11(""));
    BOOST_TEST((reply.context->httpStatus() == 404));
    reply.context->removeProperty(Scope::Axis2, "HTTP_SC");
    BOOST_TEST((reply.context->httpStatus() == std::nullopt));
    BOOST_TEST(reply.context->status() == 404);
}

BOOST_AUTO_TEST_CASE(no_entity_body_ends_when_the_body_changes) {
    FakeCall call("text/xml", soap11("<a/>"));
    call.request.setProperty(Scope::Axis2, "NO_ENTITY_BODY", true);
    BOOST_TEST(call.request.noEntityBody());
    call.request.envelope();
    BOOST_TEST(call.request.noEntityBody());
    call.request.payload().markEdited();
    BOOST_TEST(!call.request.noEntityBody());
    call.request.setProperty(Scope::Axis2, "NO_ENTITY_BODY", std::string_view("true"));
    BOOST_TEST(call.request.noEntityBody());
    call.request.removeProperty(Scope::Axis2, "NO_ENTITY_BODY");
    BOOST_TEST(!call.request.noEntityBody());
}

BOOST_AUTO_TEST_CASE(addressing_comes_from_the_envelope_once_it_is_built) {
    const std::string header =
        "<a:To xmlns:a='http://www.w3.org/2005/08/addressing'>http://real/</a:To>"
        "<a:Action xmlns:a='http://www.w3.org/2005/08/addressing'>urn:wsa</a:Action>"
        "<a:MessageID xmlns:a='http://www.w3.org/2005/08/addressing'>urn:1</a:MessageID>";
    FakeCall call("text/xml", soap11("<x/>", header));
    BOOST_TEST(call.request.addressing().to == "/services/Quote");
    BOOST_TEST(call.request.addressingOfEnvelope().to == "http://real/");
    BOOST_TEST(call.request.addressing().action == "urn:wsa");
    BOOST_TEST(call.request.addressing().messageId == "urn:1");
    BOOST_TEST(!call.request.actionChanged());

    FakeCall set("text/xml", soap11("<x/>", header));
    set.request.addressing().to = "http://chosen/";
    set.request.addressing().action = "urn:chosen";
    BOOST_TEST(set.request.addressingOfEnvelope().to == "http://chosen/");
    BOOST_TEST(set.request.addressing().action == "urn:chosen");
    BOOST_TEST(set.request.actionChanged());
}

BOOST_AUTO_TEST_CASE(actions_by_field_and_parameter) {
    FakeCall unquoted(FakeCall::Fields{{{"SOAPAction", " urn:a "}}});
    BOOST_TEST(unquoted.request.addressing().action == "urn:a");
    FakeCall empty(FakeCall::Fields{{{"SOAPAction", "\"\""}}});
    BOOST_TEST(empty.request.addressing().action == "");
    FakeCall parameter("application/soap+xml; action=\"urn:b\"", soap12(""));
    BOOST_TEST(parameter.request.addressing().action == "urn:b");
}

BOOST_AUTO_TEST_CASE(a_recorded_fault_is_seen_by_the_fault_sequence) {
    FakeCall call("text/xml", soap11("<a/>"));
    call.request.recordFault(MediationFault(101503, "cannot connect", "refused"));
    BOOST_TEST(text(call.request, Scope::Default, "ERROR_CODE") == "101503");
    BOOST_TEST(text(call.request, Scope::Default, "ERROR_MESSAGE") == "cannot connect");
    BOOST_TEST(text(call.request, Scope::Default, "ERROR_DETAIL") == "refused");
    BOOST_TEST(text(call.request, Scope::Default, "FAULT") == "TRUE");
    BOOST_TEST(soap::content(call.request.envelope()));
}

BOOST_AUTO_TEST_CASE(a_body_that_was_streamed_away_is_empty_in_the_fault_sequence) {
    FakeCall call("text/xml", "unused");
    call.server.setBody(std::make_unique<FakeBodySource>(std::vector<std::string>{soap11("<a/>"), " "}));
    MessageContext request(call.exchange);
    drain(request.payload().outgoing());
    request.recordFault(MediationFault(101504, "too late"));
    BOOST_TEST(!soap::content(request.envelope()));
    BOOST_CHECK_NO_THROW(request.payload().outgoing());
}

BOOST_AUTO_TEST_CASE(loopback_takes_the_message_along) {
    FakeCall call("text/xml", soap11("<m:a xmlns:m='urn:m'>x</m:a>"));
    call.request.setProperty(Scope::Default, "p", std::string_view("1"));
    call.request.setProperty(Scope::Axis2, "q", std::string_view("2"));
    call.request.setProperty(Scope::Transport, "X-T", std::string_view("3"));
    const auto looped = call.request.loopback();
    BOOST_TEST(looped->isResponse());
    BOOST_TEST(looped->addressing().to.empty());
    BOOST_TEST(text(*looped, Scope::Default, "p") == "1");
    BOOST_TEST(text(*looped, Scope::Axis2, "q") == "2");
    BOOST_TEST(text(*looped, Scope::Transport, "X-T") == "3");
    BOOST_TEST(std::string_view(soap::content(looped->envelope()).name()) == "m:a");
    BOOST_TEST(call.request.payload().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(variables_and_functions_see_the_message) {
    FakeCall call("text/xml",
                  soap11("<m:a xmlns:m='urn:m'><m:s>IBM</m:s></m:a>", "<h>head</h>"),
                  "POST",
                  "/services/Quote?Name=a%20b&x");
    call.artifacts.localEntries["entry"] = "local";
    call.request.setProperty(Scope::Default, "p", std::string_view("ctx"));
    call.request.setProperty(Scope::Axis2, "q", std::string_view("axis"));
    call.request.setProperty(Scope::Operation, "o", std::string_view("op"));
    call.request.setProperty(Scope::Transport, "X-H", std::string_view("trp"));
    const std::pair<const char*, const char*> rows[] = {
        {"$ctx:p", "ctx"},
        {"$ctx:none", "(null)"},
        {"$axis2:q", "axis"},
        {"$operation:o", "op"},
        {"$trp:x-h", "trp"},
        {"$url:name", "a b"},
        {"$url:none", ""},
        {"$func:none", "(null)"},
        {"get-property('p')", "ctx"},
        {"get-property('axis2', 'q')", "axis"},
        {"get-property('transport', 'X-H')", "trp"},
        {"get-property('operation', 'o')", "op"},
        {"get-property('registry', 'entry')", "local"},
        {"get-property('entry')", "local"},
        {"get-property('none')", "(null)"},
        {"syn:get-property('To')", "/services/Quote?Name=a%20b&x"},
        {"$body/m:a/m:s", "IBM"},
        {"$header/h", "head"},
        {"//m:s", "IBM"},
        {"/s11:Envelope/s11:Body/m:a/m:s/text()", "IBM"},
        {"s11:Body/m:a/m:s", "IBM"},
        {"concat($ctx:p, '-', //m:s)", "ctx-IBM"},
    };
    for (const auto& [expression, value] : rows) BOOST_TEST(evaluated(call.request, expression) == value, expression);
    BOOST_TEST(call.request.evaluateBoolean(xpath("//m:s = 'IBM'")));
    BOOST_TEST(!call.request.evaluateBoolean(xpath("//m:t")));
    BOOST_TEST(call.request.evaluateNodes(xpath("//m:s")).size() == 1u);
    BOOST_CHECK_THROW(call.request.evaluateNodes(xpath("count(//m:s)")), MediationFault);
}

BOOST_AUTO_TEST_CASE(dates_have_a_format) {
    FakeCall call("text/xml", soap11(""));
    BOOST_TEST(evaluated(call.request, "get-property('SYSTEM_DATE', 'yyyy')").size() == 4u);
    BOOST_TEST(evaluated(call.request, "get-property('default', 'SYSTEM_DATE', \"'x'\")") == "x");
}

BOOST_AUTO_TEST_CASE(the_body_is_not_read_for_what_does_not_need_it) {
    FakeCall call("text/xml", "<not xml");
    call.request.setProperty(Scope::Default, "p", std::string_view("1"));
    BOOST_TEST(evaluated(call.request, "$ctx:p") == "1");
    BOOST_TEST(evaluated(call.request, "concat(get-property('p'), $trp:none, $url:x)") == "1");
    BOOST_TEST(call.request.payload().envelopeIfBuilt() == nullptr);
    BOOST_CHECK_THROW(evaluated(call.request, "//x"), MediationFault);
    BOOST_TEST(evaluated(call.request, "//x") == "");
}

BOOST_AUTO_TEST_CASE(xml_properties_are_nodes) {
    FakeCall call("text/xml", soap11(""));
    auto document = std::make_shared<xml::Document>();
    BOOST_REQUIRE(xml::Document::parse(*document, "<m:a xmlns:m='urn:m'><m:b>x</m:b></m:a>").ok);
    call.request.setProperty(Scope::Default, "saved", document);
    BOOST_TEST(evaluated(call.request, "$ctx:saved/m:b") == "x");
}

BOOST_AUTO_TEST_SUITE_END()
