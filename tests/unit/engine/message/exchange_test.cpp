#include "engine/message/exchange.hpp"

#include <boost/test/unit_test.hpp>

#include "engine/message/outgoing.hpp"
#include "engine/message/problem.hpp"
#include "engine/message/soap.hpp"
#include "engine/message/soap_fault.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using namespace myelin::message;
using namespace myelin::message::test;

namespace {

/// A call whose backend has answered.
struct Answered {
    Answered(FakeCall& owner, int status, std::string_view type, std::string body, const FieldList& fields = {})
        : call(owner), source(std::move(body)), reply(owner.server.arena()) {
        source.whole = true;
        fillReply(reply, status, type, type.empty() ? nullptr : &source, fields);
        context.emplace(owner.exchange, reply);
    }
    FakeServerExchange& send() {
        BOOST_TEST(call.exchange.answer(*context));
        return call.server;
    }
    FakeCall& call;
    FakeBodySource source;
    Exchange::PendingReply reply;
    std::optional<MessageContext> context;
};

const std::string kFault =
    "<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>no</faultstring></soapenv:Fault>";

std::string soapCall() {
    return soap11("<q/>");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exchange)

BOOST_AUTO_TEST_CASE(what_a_client_speaks) {
    const std::tuple<FieldList, ContentKind> rows[] = {
        {FieldList{{"Content-Type", "text/xml"}}, ContentKind::Soap11},
        {FieldList{{"Content-Type", "application/soap+xml; action=x"}}, ContentKind::Soap12},
        {FieldList{{"Content-Type", "application/json"}, {"Accept", "text/xml"}}, ContentKind::Json},
        {FieldList{{"Content-Type", "image/png"}}, ContentKind::Opaque},
        {FieldList{}, ContentKind::Pox},
        {FieldList{{"Accept", "*/*"}}, ContentKind::Pox},
        {FieldList{{"Accept", "application/json"}}, ContentKind::Json},
        {FieldList{{"Accept", "text/html, application/problem+json;q=0.5"}}, ContentKind::Json},
        {FieldList{{"Accept", "application/xml, application/json"}}, ContentKind::Pox},
    };
    for (const auto& [fields, kind] : rows) {
        FakeCall call(FakeCall::Fields{fields});
        BOOST_TEST((call.exchange.clientKind() == kind));
    }
}

BOOST_AUTO_TEST_CASE(a_backends_answer_is_relayed_untouched) {
    FakeCall call("text/xml", soapCall());
    Answered answered(call,
                      203,
                      "text/xml;charset=utf-8",
                      soap11("<r/>"),
                      {{"Date", "d"}, {"Server", "s"}, {"Set-Cookie", "a"}, {"Set-Cookie", "b"}, {"Location", "/x"}});
    auto& server = answered.send();
    BOOST_TEST(server.status == 203);
    BOOST_TEST(server.reason == "As Said");
    const FieldList expected{{"Content-Type", "text/xml;charset=utf-8"},
                             {"Set-Cookie", "a"},
                             {"Set-Cookie", "b"},
                             {"Location", "/x"},
                             {"Server", "Myelin"}};
    BOOST_TEST((server.fields == expected));
    BOOST_TEST((server.bodyKind == http::OutgoingBody::Kind::Source));
    BOOST_TEST(server.answerBody == soap11("<r/>"));
    BOOST_TEST(answered.context->payload().envelopeIfBuilt() == nullptr);
    BOOST_TEST(call.exchange.answered());
}

BOOST_AUTO_TEST_CASE(the_backends_server_field_is_kept_on_request) {
    FakeCall call("text/xml", soapCall());
    call.artifacts.settings.preserveServer = true;
    Answered answered(call, 200, "text/xml", soap11("<r/>"), {{"Server", "nginx"}});
    BOOST_TEST(answered.send().field("Server").value_or("") == "nginx");
}

BOOST_AUTO_TEST_CASE(answers_are_converted_to_the_clients_xml) {
    const std::string wrapped =
        std::string(kXmlDeclaration) +
        R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header/>)"
        R"(<soapenv:Body><r/></soapenv:Body></soapenv:Envelope>)";
    struct Row {
        const char* client;
        const char* type;
        std::string body;
        const char* expectedType;
        std::string expected;  // empty: as it came
    };
    const Row rows[] = {
        {"text/xml", "application/xml", "<r/>", "text/xml; charset=UTF-8", wrapped},
        {"application/xml", "text/xml", soap11("<r/>"), "application/xml; charset=UTF-8", "<r/>"},
        {"application/xml", "application/soap+xml", soap12("<r/>"), "application/xml; charset=UTF-8", "<r/>"},
        {"application/xml", "text/xml", "<r/>", "text/xml", ""},
        {"application/xml", "text/xml", soap11(kFault), "application/xml; charset=UTF-8", "<Exception>no</Exception>"},
        {"text/xml", "application/json", "{}", "application/json", ""},
        {"text/xml", "text/html", "<html>", "text/html", ""},
        {"application/json", "text/xml", soap11("<r/>"), "text/xml", ""},
        {"application/x-www-form-urlencoded", "text/xml", soap11("<r/>"), "text/xml", ""},
        {"application/pdf", "application/xml", "<r/>", "application/xml", ""},
    };
    for (const Row& row : rows) {
        FakeCall call(row.client, "x");
        Answered answered(call, 200, row.type, row.body);
        auto& server = answered.send();
        BOOST_TEST(server.field("Content-Type").value_or("") == row.expectedType);
        BOOST_TEST(server.answerBody == (row.expected.empty() ? row.body : row.expected));
    }
}

BOOST_AUTO_TEST_CASE(soap_versions_are_converted) {
    FakeCall call("text/xml", soapCall());
    Answered answered(call,
                      500,
                      "application/soap+xml",
                      soap12("<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text "
                             "xml:lang='en'>no</s:Text></s:Reason></s:Fault>"));
    auto& server = answered.send();
    BOOST_TEST(server.status == 500);
    BOOST_TEST(server.field("Content-Type").value_or("") == "text/xml; charset=UTF-8");
    xml::Document document;
    BOOST_REQUIRE(xml::Document::parse(document, server.answerBody).ok);
    BOOST_TEST((soap::versionOf(document) == soap::Version::V11));
    BOOST_TEST(soap::readFault(document).code == "Client");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_relayed) {
    FakeCall call("application/xml", "<x/>");
    Answered gzip(call, 200, "text/xml", "\x1f\x8b", {{"Content-Encoding", "gzip"}});
    auto& server = gzip.send();
    BOOST_TEST(server.answerBody == "\x1f\x8b");
    BOOST_TEST(server.field("Content-Encoding").value_or("") == "gzip");
    FakeCall large("application/xml", "<x/>");
    large.artifacts.settings.payload.buffered = 4;
    Answered answered(large, 200, "text/xml", soap11("<r/>"));
    answered.source.announced = soap11("<r/>").size();
    BOOST_TEST(answered.send().answerBody == soap11("<r/>"));
}

BOOST_AUTO_TEST_CASE(a_broken_answer_that_has_to_be_read_is_a_fault) {
    FakeCall call("application/xml", "<x/>");
    Answered answered(call, 200, "text/xml", "<broken");
    BOOST_CHECK_EXCEPTION(call.exchange.answer(*answered.context), MediationFault, [](const MediationFault& fault) {
        return fault.status() == 502;
    });
    BOOST_TEST(!call.exchange.answered());
}

BOOST_AUTO_TEST_CASE(status_rules) {
    // Plain request sent back.
    {
        FakeCall call("text/xml", soapCall());
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 200);
    }
    // A fault that a mediator made.
    const auto makeFault = [](FakeCall& call) {
        soap::Fault fault;
        fault.reason = "no";
        soap::setFault(call.request.envelope(), fault);
        call.request.payload().markEdited();
    };
    {
        FakeCall call("text/xml", soapCall());
        makeFault(call);
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 500);
    }
    for (const char* yes : {"TRUE", "true"}) {
        FakeCall call("text/xml", soapCall());
        makeFault(call);
        call.request.setProperty(Scope::Axis2, "FAULTS_AS_HTTP_200", std::string_view(yes));
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 200);
    }
    // HTTP_SC overrides all.
    {
        FakeCall call("text/xml", soapCall());
        makeFault(call);
        call.request.setProperty(Scope::Axis2, "HTTP_SC", std::string_view("403"));
        call.request.setProperty(Scope::Axis2, "HTTP_SC_DESC", std::string_view("Not For You"));
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 403);
        BOOST_TEST(call.server.reason == "Not For You");
    }
    {
        FakeCall call("text/xml", soapCall());
        Answered answered(call, 200, "text/xml", soap11("<r/>"));
        answered.context->setProperty(Scope::Axis2, "HTTP_SC", std::int64_t{418});
        BOOST_TEST(answered.send().status == 418);
        BOOST_TEST(call.server.reason == "");
    }
    // A failure in the out flow is no success, whatever the backend said.
    {
        FakeCall call("text/xml", soapCall());
        Answered answered(call, 200, "text/xml", soap11("<r/>"));
        answered.context->recordFault(MediationFault(0, "x"));
        BOOST_TEST(answered.send().status == 500);
    }
    {
        FakeCall call("application/json", "{}");
        call.request.recordFault(MediationFault(0, "x"));
        call.request.setProperty(Scope::Axis2, "HTTP_SC", std::string_view("200"));
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 200);
    }
}

BOOST_AUTO_TEST_CASE(a_request_sent_back_loses_what_only_requests_have) {
    FakeCall call("text/xml", soapCall());
    for (const auto& [name, value] : FieldList{{"Host", "h"},
                                               {"User-Agent", "u"},
                                               {"Accept", "a"},
                                               {"Accept-Encoding", "e"},
                                               {"Cookie", "c"},
                                               {"Authorization", "z"},
                                               {"Expect", "100-continue"},
                                               {"SOAPAction", "s"},
                                               {"Content-Length", "9"},
                                               {"If-None-Match", "i"},
                                               {"Referer", "r"},
                                               {"X-Forwarded-For", "f"},
                                               {"X-Mine", "m"}}) {
        call.server.request().headers.add(name, value);
    }
    call.request.setProperty(Scope::Transport, "X-Set", std::string_view("s"));
    call.exchange.answer(call.request);
    const FieldList expected{{"Content-Type", "text/xml"}, {"X-Mine", "m"}, {"X-Set", "s"}, {"Server", "Myelin"}};
    BOOST_TEST((call.server.fields == expected));
    BOOST_TEST(call.server.answerBody == soapCall());
}

BOOST_AUTO_TEST_CASE(bodies_made_for_get_requests_are_sent) {
    FakeCall call(FakeCall::Fields{});
    soap::body(call.request.envelope()).append_child("made");
    call.request.payload().markEdited();
    call.exchange.answer(call.request);
    BOOST_TEST(call.server.answerBody == "<made/>");
    BOOST_TEST(call.server.field("Content-Type").value_or("") == "application/xml; charset=UTF-8");
}

BOOST_AUTO_TEST_CASE(empty_requests_are_sent_back_empty) {
    FakeCall call(FakeCall::Fields{});
    call.exchange.answer(call.request);
    BOOST_TEST(call.server.status == 200);
    BOOST_TEST((call.server.bodyKind == http::OutgoingBody::Kind::None));
    BOOST_TEST(!call.server.field("Content-Type"));
}

BOOST_AUTO_TEST_CASE(no_entity_body_is_obeyed) {
    FakeCall call("text/xml", soapCall());
    Answered answered(call, 200, "text/xml", soap11("<r/>"));
    answered.context->setProperty(Scope::Axis2, "NO_ENTITY_BODY", true);
    BOOST_TEST((answered.send().bodyKind == http::OutgoingBody::Kind::None));
}

BOOST_AUTO_TEST_CASE(rest_clients_get_exceptions_for_faults_the_engine_made) {
    for (const char* client : {"application/json", "application/xml", "application/pdf"}) {
        FakeCall call(client, "<x/>");
        auto envelope = std::make_unique<xml::Document>();
        soap::makeEnvelope(*envelope, soap::Version::V11);
        soap::Fault fault;
        fault.reason = "no";
        soap::setFault(*envelope, fault);
        call.request.payload().setEnvelope(std::move(envelope), ContentKind::Soap11);
        call.exchange.answer(call.request);
        BOOST_TEST(call.server.status == 500);
        BOOST_TEST(call.server.answerBody == "<Exception>no</Exception>");
        BOOST_TEST(call.server.field("Content-Type").value_or("") == "application/xml; charset=UTF-8");
    }
}

BOOST_AUTO_TEST_CASE(answers_without_body) {
    FakeCall call("text/xml", soapCall());
    Answered answered(call, 202, "", "");
    auto& server = answered.send();
    BOOST_TEST(server.status == 202);
    BOOST_TEST((server.bodyKind == http::OutgoingBody::Kind::None));
}

BOOST_AUTO_TEST_CASE(a_request_is_answered_once) {
    FakeCall call("text/xml", soapCall());
    BOOST_TEST(call.exchange.answerEmpty(202));
    BOOST_TEST(call.exchange.trouble().empty());
    BOOST_TEST(!call.exchange.answer(call.request));
    BOOST_TEST(!call.exchange.answerProblem(500, 0, "x"));
    BOOST_TEST(!call.exchange.answerEmpty(202));
    BOOST_TEST(!call.exchange.trouble().empty());
    BOOST_TEST(call.server.answers == 1u);
    BOOST_TEST(call.server.status == 202);
    BOOST_TEST(call.server.field("Server").value_or("") == "Myelin");
}

BOOST_AUTO_TEST_CASE(broken_answers_are_told) {
    for (const auto result :
         {http::AnswerResult::ClientGone, http::AnswerResult::SourceFailed, http::AnswerResult::SourceTimedOut}) {
        FakeCall call("text/xml", soapCall());
        call.server.result = result;
        BOOST_TEST(call.exchange.answer(call.request));
        BOOST_TEST(!call.exchange.trouble().empty());
        BOOST_TEST(!call.exchange.answerProblem(502, 0, "x"));
        BOOST_TEST(call.server.answers == 1u);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_before_its_first_byte_is_a_fault) {
    const std::tuple<http::AnswerResult, http::BodyStatus, int, int> rows[] = {
        {http::AnswerResult::SourceFailed, http::BodyStatus::Malformed, error_code::kMessageParsing, 502},
        {http::AnswerResult::SourceFailed, http::BodyStatus::Truncated, error_code::kSenderIoReceiving, 502},
        {http::AnswerResult::SourceTimedOut, http::BodyStatus::TimedOut, error_code::kConnectionTimeout, 504},
    };
    for (const auto& [result, end, code, status] : rows) {
        FakeCall call("text/plain", "x");
        FakeBodySource source(std::vector<std::string>{}, end);
        Exchange::PendingReply reply(call.server.arena());
        fillReply(reply, 200, "text/plain", &source, {});
        MessageContext response(call.exchange, reply);
        call.server.result = result;
        call.server.begun = false;
        BOOST_CHECK_EXCEPTION(call.exchange.answer(response), MediationFault, [&](const MediationFault& fault) {
            return fault.code() == code && fault.status() == status;
        });
        BOOST_TEST(!call.exchange.answered());
        BOOST_TEST(call.exchange.trouble().empty());
        call.server.begun = true;
        call.server.result = http::AnswerResult::Sent;
        BOOST_TEST(call.exchange.answerProblem(status, code, "broken"));
        BOOST_TEST(call.server.status == status);
    }
}

BOOST_AUTO_TEST_CASE(an_exchange_ends_in_time) {
    FakeCall call("text/xml", soapCall());
    BOOST_TEST(!call.exchange.deadline().isNever());
    BOOST_TEST((call.request.deadline().when() == call.exchange.deadline().when()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(problems)

BOOST_AUTO_TEST_CASE(every_client_gets_its_own_form) {
    struct Row {
        const char* client;
        int status;
        const char* type;
    };
    const Row rows[] = {
        {"text/xml", 500, "text/xml; charset=UTF-8"},
        {"application/soap+xml", 500, "application/soap+xml; charset=UTF-8"},
        {"application/json", 503, "application/problem+json"},
        {"application/xml", 503, "application/problem+xml; charset=UTF-8"},
        {"text/plain", 503, "text/plain; charset=UTF-8"},
        {"application/pdf", 503, "text/plain; charset=UTF-8"},
    };
    for (const Row& row : rows) {
        FakeCall call(row.client, "x");
        BOOST_TEST(call.exchange.answerProblem(503, 303000, "none ready", "all suspended"));
        BOOST_TEST(call.server.status == row.status);
        BOOST_TEST(call.server.field("Content-Type").value_or("") == row.type);
        BOOST_TEST(call.server.field("Retry-After").value_or("") == "1");
        BOOST_TEST(call.server.field("Server").value_or("") == "Myelin");
        BOOST_TEST(call.server.answerBody.find("none ready") != std::string::npos);
        BOOST_TEST(call.server.answerBody.find("all suspended") != std::string::npos);
        BOOST_TEST(call.server.answerBody.find("303000") != std::string::npos);
    }
    FakeCall call("application/json", "x");
    call.exchange.answerProblem(502, 101503, "x");
    BOOST_TEST(!call.server.field("Retry-After"));

    FakeCall limited("application/json", "x");
    limited.exchange.answerProblem(503, error_code::kRateExceeded, "x", {}, {}, 17);
    BOOST_TEST(limited.server.field("Retry-After").value_or("") == "17");
}

BOOST_AUTO_TEST_CASE(soap_faults_are_well_formed_and_blame_the_right_side) {
    for (const auto kind : {ContentKind::Soap11, ContentKind::Soap12}) {
        for (const int status : {400, 502}) {
            const auto rendered = renderProblem(kind, {status, 101503, "a <b> & \x01\xff", "d"});
            BOOST_TEST(rendered.status == 500);
            xml::Document document;
            BOOST_REQUIRE(xml::Document::parse(document, rendered.body).ok);
            BOOST_REQUIRE(soap::isFault(document));
            const soap::Fault fault = soap::readFault(document);
            const bool eleven = kind == ContentKind::Soap11;
            BOOST_TEST(fault.code ==
                       (status == 400 ? (eleven ? "Client" : "Sender") : (eleven ? "Server" : "Receiver")));
            BOOST_TEST(fault.reason == "a <b> & ??");
            BOOST_TEST(fault.detail);
        }
    }
}

BOOST_AUTO_TEST_CASE(documents_are_well_formed) {
    BOOST_TEST(
        renderProblem(ContentKind::Json, {502, 101503, "a \"b\"\n\\ \x01", "a \"b\"\n\\ \x01"}).body ==
        R"({"type":"about:blank","title":"Bad Gateway","status":502,"detail":"a \"b\"\u000a\\ ?","code":101503})");
    BOOST_TEST(renderProblem(ContentKind::Json, {404, 0, "x", "why"}).body ==
               R"({"type":"about:blank","title":"Not Found","status":404,"detail":"x","cause":"why"})");
    xml::Document document;
    BOOST_TEST(xml::Document::parse(document, renderProblem(ContentKind::Pox, {400, 1, "<&>", "]]>"}).body).ok);
    BOOST_TEST(renderProblem(ContentKind::Opaque, {504, 101504, "late", ""}).body ==
               "504 Gateway Timeout\nlate (code 101504)\n");
    for (const auto kind : {ContentKind::Soap11, ContentKind::Soap12, ContentKind::Pox, ContentKind::Opaque}) {
        const auto rendered = renderProblem(kind, {404, 0, "x", ""});
        BOOST_TEST(rendered.body.find("<code>") == std::string::npos);
        BOOST_TEST(rendered.body.find("<e:code>") == std::string::npos);
        BOOST_TEST(rendered.body.find("(code") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
