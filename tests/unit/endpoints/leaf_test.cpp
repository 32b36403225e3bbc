#include "endpoints/leaf.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "endpoints/default.hpp"
#include "tests/unit/endpoints/backend.hpp"
#include "tests/unit/endpoints/support.hpp"

// Rows are those of the table of expected behaviour in endpoints/README.md's numbering. Real sockets on the loopback.

namespace {

using namespace myelin;
using endpoints::test::answer;
using endpoints::test::Backend;
using endpoints::test::deadUrl;
using endpoints::test::Message;
using endpoints::test::Setup;
using endpoints::test::soon;

std::string address(const std::string& uri, const std::string& content = {}, const std::string& attributes = {}) {
    return "<endpoint name='leaf'><address uri='" + uri + "' " + attributes + ">" + content + "</address></endpoint>";
}

/// A configuration without mistakes, and its endpoint.
struct Tree {
    explicit Tree(const std::string& xml) : setup(xml), endpoint(setup.endpoint()) {
        BOOST_REQUIRE_MESSAGE(endpoint && setup.findings().empty(), setup.findings());
    }
    message::SendOutcome send() const { return Message().send(*endpoint, soon()); }
    bool ready() const { return endpoint->ready(base::Clock::now()); }
    Setup setup;
    std::unique_ptr<message::Endpoint> endpoint;
};

std::string firstLine(const Backend& backend) {
    const auto requests = backend.requests();
    return requests.empty() ? "" : requests.front().substr(0, requests.front().find("\r\n"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Leaf)

BOOST_AUTO_TEST_CASE(row45RefusedThenNotReady) {
    const Tree tree(address(deadUrl()));
    auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 101503);
    BOOST_CHECK_EQUAL(outcome.status, 503);
    BOOST_CHECK(!outcome.mayHaveReachedServer);
    BOOST_CHECK(!tree.ready());
    outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_EQUAL(outcome.status, 503);
    BOOST_CHECK_EQUAL(outcome.text, "Currently , Address endpoint : [ Name : leaf ] [ State : SUSPENDED ]");
    BOOST_CHECK_MESSAGE(outcome.detail.find("after error 101503") != std::string::npos, outcome.detail);
}

BOOST_AUTO_TEST_CASE(row47AnyStatusIsASuccess) {
    const Backend backend(answer("500 Internal Server Error"));
    const Tree tree(address(backend.url("/services/Quote")));
    Message message;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 500);
    BOOST_CHECK(tree.ready());
}

const std::string kFault =
    "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:Client</faultcode>"
    "<faultstring>no such symbol</faultstring></e:Fault></e:Body></e:Envelope>";

std::string soapAnswer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::string wholeBody(http::ClientResponse& reply) {
    std::string text;
    while (reply.body) {
        const auto part = reply.body->next(soon());
        if (part.status != http::BodyStatus::Data) break;
        text += part.bytes;
    }
    return text;
}

BOOST_AUTO_TEST_CASE(row47ASoapFaultIsASuccess) {
    const Backend backend(soapAnswer("500 Internal Server Error", kFault));
    const Tree tree(address(backend.url()));
    Message message;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(wholeBody(message.reply()), kFault);
    BOOST_CHECK(tree.ready());
}

BOOST_AUTO_TEST_CASE(row62OutOfServiceNothingReachesTheNetwork) {
    const Backend backend(answer("200 OK"));
    const Tree tree(address(backend.url()));
    tree.endpoint->switchOff(base::Clock::now());
    auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_EQUAL(outcome.text, "Currently , Address endpoint : [ Name : leaf ] [ State : MAINTNENCE ]");
    BOOST_CHECK(outcome.detail.find("switched off by an operator") != std::string::npos);
    BOOST_CHECK(backend.requests().empty());
    tree.endpoint->switchOn(base::Clock::now());
    BOOST_CHECK(tree.send().answered);
}

/// For a message that wants SOAP faults to count as failures.
void faultsFail(Message& message) {
    message.context().setProperty(
        message::Scope::Default, "FORCE_ERROR_ON_SOAP_FAULT", message::PropertyValue(std::string_view("true")));
}

BOOST_AUTO_TEST_CASE(row111ASoapFaultThatCountsAsFailure) {
    const Backend faulty(soapAnswer("500 Internal Server Error", kFault));
    const Backend live(soapAnswer("200 OK", "<ok/>"));
    for (const std::string group : {"failover", "loadbalance"}) {
        const Tree tree("<endpoint><" + group + ">" + address(faulty.url()) + address(live.url()) + "</" + group +
                        "></endpoint>");
        Message message;
        faultsFail(message);
        BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
        BOOST_CHECK_EQUAL(wholeBody(message.reply()), "<ok/>");
    }
    BOOST_CHECK_EQUAL(live.requests().size(), 2U);

    const Tree alone(address(faulty.url()));
    Message message;
    faultsFail(message);
    const auto outcome = message.send(*alone.endpoint, soon());
    BOOST_CHECK_EQUAL(outcome.code, 500000);
    BOOST_CHECK(outcome.mayHaveReachedServer);
    BOOST_CHECK_MESSAGE(outcome.detail.find("Client: no such symbol") != std::string::npos, outcome.detail);
    // The caller's mistake, by the fault's own words.
    BOOST_CHECK(alone.ready());

    std::string servers = kFault;
    servers.replace(servers.find("Client"), 6, "Server");
    const Backend ill(soapAnswer("200 OK", servers));
    const Tree guilty(address(ill.url()));
    Message second;
    faultsFail(second);
    BOOST_CHECK_EQUAL(second.send(*guilty.endpoint, soon()).code, 500000);
    BOOST_CHECK(!guilty.ready());
}

BOOST_AUTO_TEST_CASE(row111AnswersThatWereLookedIntoStayWhole) {
    const std::string large = "<a>" + std::string(200'000, 'x') + "</a>";
    for (const std::string& body : {std::string("<ok/>"), std::string("no XML"), large}) {
        // Cut into pieces, and without a length that would tell how much there is.
        const Backend backend("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n" + body);
        const Tree tree(address(backend.url()));
        Message message;
        faultsFail(message);
        BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
        BOOST_CHECK(wholeBody(message.reply()) == body);
    }
}

BOOST_AUTO_TEST_CASE(row67WithoutAnAnswerNoStateChanges) {
    const Tree tree(address(deadUrl()));
    Message message;
    message.context().setProperty(message::Scope::Default, "OUT_ONLY", message::PropertyValue(true));
    for (int i = 0; i < 3; ++i) BOOST_CHECK_EQUAL(message.send(*tree.endpoint, soon()).code, 101503);
    BOOST_CHECK(tree.ready());
}

BOOST_AUTO_TEST_CASE(closedBeforeTheAnswer) {
    const Backend backend({}, Backend::Manner::CloseAtOnce);
    const Tree tree(address(backend.url()));
    const auto outcome = Message("POST").send(*tree.endpoint, soon());
    BOOST_CHECK_EQUAL(outcome.code, 101505);
    BOOST_CHECK_EQUAL(outcome.status, 502);
    BOOST_CHECK(outcome.mayHaveReachedServer);
}

BOOST_AUTO_TEST_CASE(answersThatAreNoHttp) {
    const Backend backend("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    BOOST_CHECK_EQUAL(Tree(address(backend.url())).send().code, 101506);
}

BOOST_AUTO_TEST_CASE(row137EndpointTimeoutIsPrecise) {
    const Backend backend({}, Backend::Manner::Silent);
    const Tree tree(
        address(backend.url(), "<timeout><duration>150</duration><responseAction>fault</responseAction></timeout>"));
    const auto before = base::Clock::now();
    const auto outcome = tree.send();
    const auto taken = base::Clock::now() - before;
    BOOST_CHECK_EQUAL(outcome.code, 101504);
    BOOST_CHECK_EQUAL(outcome.status, 504);
    BOOST_CHECK(taken >= base::Milliseconds(150) && taken < base::Milliseconds(5000));
}

BOOST_AUTO_TEST_CASE(aTimeoutThatIsComputedForEachMessage) {
    const Backend backend({}, Backend::Manner::Silent);
    const Tree tree(address(backend.url(), "<timeout><duration>{get-property('patience')}</duration></timeout>"));
    const auto taken = [&](const std::string& patience) {
        Message message;
        message.options().globalTimeout = base::Milliseconds(600);
        message.context().setProperty(
            message::Scope::Default, "patience", message::PropertyValue(std::string_view(patience)));
        const auto before = base::Clock::now();
        BOOST_CHECK_EQUAL(message.send(*tree.endpoint, soon()).code, 101504);
        tree.endpoint->switchOn(base::Clock::now());
        return base::Clock::now() - before;
    };
    BOOST_CHECK(taken("100") < base::Milliseconds(550));
    // No more than the global one, which also stands in for what is no number.
    for (const std::string text : {"5000", "soon", "0"}) {
        const auto time = taken(text);
        BOOST_CHECK(time >= base::Milliseconds(600) && time < base::Milliseconds(4000));
    }
    BOOST_CHECK_EQUAL(tree.endpoint->bounds().waiting.count(), 180'000);
}

BOOST_AUTO_TEST_CASE(rows138And139DeviationDiscardStillAnswers) {
    const Backend backend(answer("200 OK"));
    const std::string discard = "<timeout><duration>1000</duration><responseAction>discard</responseAction></timeout>";
    const Tree tree("<endpoint><failover>" + address(deadUrl(), discard) + address(backend.url()) +
                    "</failover></endpoint>");
    BOOST_CHECK(tree.send().answered);
}

BOOST_AUTO_TEST_CASE(row101FailoverOverRealSockets) {
    const Backend backend(answer("200 OK"));
    const Tree tree("<endpoint><failover>" + address(deadUrl()) + address(backend.url("/b")) +
                    "</failover></endpoint>");
    Message message("GET", "/");
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 200);
    BOOST_CHECK_EQUAL(backend.requests().size(), 1U);
}

BOOST_AUTO_TEST_CASE(row110AStatusIsNoReasonForFailover) {
    const Backend first(answer("503 Service Unavailable"));
    const Backend second(answer("200 OK"));
    const Tree tree("<endpoint><failover>" + address(first.url()) + address(second.url()) + "</failover></endpoint>");
    Message message;
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK_EQUAL(message.reply().head.status, 503);
    BOOST_CHECK(second.requests().empty());
}

BOOST_AUTO_TEST_CASE(aBodyGoesToTheSecondChildWhole) {
    const Backend first({}, Backend::Manner::CloseAtOnce);
    const Backend second(answer("200 OK"));
    const Tree tree("<endpoint><failover>" + address(first.url()) + address(second.url()) + "</failover></endpoint>");
    endpoints::test::StreamedBody body(3, "<a/>");
    Message message("POST", "/", &body);
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_REQUIRE_EQUAL(second.requests().size(), 1U);
    BOOST_CHECK(second.requests().front().ends_with("\r\n\r\n<a/><a/><a/>"));
}

BOOST_AUTO_TEST_CASE(row161RestSuffix) {
    const std::pair<std::string, std::string> all[] = {{"b/c", "GET /a/b/c HTTP/1.1"}, {"?x=1", "GET /a?x=1 HTTP/1.1"}};
    for (const auto& [suffix, line] : all) {
        const Backend backend(answer("200 OK"));
        const Tree tree(address(backend.url("/a")));
        Message message;
        message.context().setRestSuffix(suffix);
        BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
        BOOST_CHECK_EQUAL(firstLine(backend), line);
    }
}

BOOST_AUTO_TEST_CASE(aPropertyInTheAddress) {
    const Backend backend(answer("200 OK"));
    const Tree tree(address("${base}/x/${missing}"));
    Message message;
    message.context().setProperty(message::Scope::Default,
                                  "base",
                                  message::PropertyValue(std::string_view(message.arena().copy(backend.url("")))));
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    BOOST_CHECK(firstLine(backend).starts_with("GET /x/$"));
    const auto outcome = tree.send();
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK(tree.ready());
}

BOOST_AUTO_TEST_CASE(onErrorIsHandedBackAndFinal) {
    Tree tree("<endpoint><failover><endpoint onError='seqE'><address uri='" + deadUrl() +
              "'/></endpoint><endpoint><scripted id='B'/></endpoint></failover></endpoint>");
    endpoints::test::Script::reset();
    const auto& references = tree.setup.build().references();
    BOOST_REQUIRE_EQUAL(references.size(), 1U);
    struct Nothing final : message::Mediator {
        message::Flow mediate(message::MessageContext&) const override { return message::Flow::Continue; }
        std::string_view name() const noexcept override { return "nothing"; }
    } sequence;
    *references.front().sequence = &sequence;
    const auto outcome = tree.send();
    BOOST_CHECK(outcome.onError == &sequence);
    BOOST_CHECK_EQUAL(endpoints::test::Script::instance().taken(), "");
}

BOOST_AUTO_TEST_CASE(defaultGoesToTheMessagesTo) {
    const Backend backend(answer("200 OK"));
    const Tree tree("<endpoint name='leaf'><default/></endpoint>");
    for (const message::Endpoint* endpoint :
         {static_cast<const message::Endpoint*>(tree.endpoint.get()), &endpoints::implicitEndpoint()}) {
        Message message;
        message.context().addressing().to = message.arena().copy(backend.url("/to?x=1"));
        BOOST_REQUIRE(message.send(*endpoint, soon()).answered);
        BOOST_CHECK_EQUAL(firstLine(backend), "GET /to?x=1 HTTP/1.1");
    }
    Message relative("GET", "/services/Quote");
    const auto outcome = relative.send(*tree.endpoint, soon());
    BOOST_CHECK_EQUAL(outcome.code, 303001);
    BOOST_CHECK_MESSAGE(outcome.text.find("no absolute URL") != std::string::npos, outcome.text);
    BOOST_CHECK(tree.ready());
}

BOOST_AUTO_TEST_CASE(addressingHeadersAreWritten) {
    const Backend backend(answer("200 OK"));
    const Tree tree(address(backend.url("/s"), "<enableAddressing version='submission'/>"));
    endpoints::test::StreamedBody body(1,
                                       "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
                                       "<e:Body><q/></e:Body></e:Envelope>");
    Message message("POST", "/", &body);
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    const auto request = backend.requests().front();
    BOOST_CHECK_MESSAGE(request.find("http://schemas.xmlsoap.org/ws/2004/08/addressing\"") != std::string::npos,
                        request);
    BOOST_CHECK(request.find(">" + backend.url("/s") + "<") != std::string::npos);
    BOOST_CHECK(request.find("urn:uuid:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(row5FormatInAnyCase) {
    const Backend backend(answer("200 OK"));
    const Tree tree("<endpoint><address uri='" + backend.url("/s") + "' format=' SOAP11 '/></endpoint>");
    BOOST_REQUIRE(tree.send().answered);
    const auto request = backend.requests().front();
    BOOST_CHECK(request.starts_with("POST /s HTTP/1.1\r\n"));
    BOOST_CHECK_MESSAGE(request.find("Content-Type: text/xml; charset=UTF-8") != std::string::npos, request);
    BOOST_CHECK(request.find("SOAPAction: \"\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(row157AnonymousTo) {
    const Tree tree("<endpoint name='leaf'><default/></endpoint>");
    for (const char* to : {"http://www.w3.org/2005/08/addressing/anonymous",
                           "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"}) {
        Message message;
        message.context().addressing().to = to;
        const auto outcome = message.send(*tree.endpoint, soon());
        BOOST_CHECK_EQUAL(outcome.code, 303001);
        BOOST_CHECK_MESSAGE(outcome.text.find("anonymous") != std::string::npos, outcome.text);
    }
    BOOST_CHECK(tree.ready());
}

BOOST_AUTO_TEST_CASE(encodingAndOptimizeReachTheWire) {
    const Backend backend(answer("200 OK"));
    const Tree tree("<endpoint><address uri='" + backend.url("/s") +
                    "' format='soap12' encoding='ISO-8859-1' optimize='mtom'><enableAddressing/></address></endpoint>");
    endpoints::test::StreamedBody body(1,
                                       "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
                                       "<e:Body><q>\xC3\xA9</q></e:Body></e:Envelope>");
    Message message("POST", "/", &body);
    BOOST_REQUIRE(message.send(*tree.endpoint, soon()).answered);
    const auto request = backend.requests().front();
    for (const char* piece : {"Content-Type: multipart/related; boundary=",
                              "start-info=\"application/soap+xml\"",
                              "Content-Type: application/xop+xml; charset=ISO-8859-1; type=\"application/soap+xml\"",
                              "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
                              "<q>\xE9</q>",
                              "http://www.w3.org/2005/08/addressing",
                              "http://www.w3.org/2003/05/soap-envelope"}) {
        BOOST_CHECK_MESSAGE(request.find(piece) != std::string::npos, piece << " is missing in " << request);
    }
}

BOOST_AUTO_TEST_SUITE_END()
