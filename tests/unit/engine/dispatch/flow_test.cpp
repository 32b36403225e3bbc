#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "engine/dispatch/dispatcher.hpp"
#include "engine/observe/log.hpp"
#include "tests/unit/engine/message/fakes.hpp"

using namespace myelin;
using message::test::FakeServerExchange;
using message::test::soap11;

namespace {

/// A configuration from text, through the real loader, with a dispatcher on it.
class Engine {
public:
    explicit Engine(const std::string& artifacts) {
        observe::setLogLevel(observe::Level::Off);
        router_ = load(artifacts);
        BOOST_REQUIRE_MESSAGE(router_, findings_);
        dispatcher_ = std::make_unique<dispatch::Dispatcher>(router_);
    }
    ~Engine() { observe::setLogLevel(observe::Level::Info); }

    std::shared_ptr<const dispatch::Router> load(const std::string& artifacts) {
        const auto file =
            std::filesystem::temp_directory_path() / ("myelin-flow-test-" + std::to_string(::getpid()) + ".xml");
        std::ofstream(file) << "<definitions xmlns=\"http://ws.apache.org/ns/synapse\">" << artifacts
                            << "</definitions>";
        config::Diagnostics diagnostics;
        auto configuration = config::Configuration::load(file.string(), settings_, states_, diagnostics);
        std::filesystem::remove(file);
        std::ostringstream text;
        diagnostics.print(text);
        findings_ = text.str();
        if (!configuration) return nullptr;
        return std::make_shared<const dispatch::Router>(std::move(configuration));
    }
    const std::string& findings() const { return findings_; }
    dispatch::Dispatcher& dispatcher() { return *dispatcher_; }

    /// The status that a request gets.
    int call(FakeServerExchange& request) {
        dispatcher_->handle(request);
        BOOST_TEST(request.answers == 1U);
        return request.status;
    }
    int call(const std::string& method, const std::string& target) {
        FakeServerExchange request(method, target);
        return call(request);
    }

private:
    config::Settings settings_;
    config::StateStore states_;
    std::shared_ptr<const dispatch::Router> router_;
    std::unique_ptr<dispatch::Dispatcher> dispatcher_;
    std::string findings_;
};

/// A sequence that answers with a status and a marker.
std::string answering(int status) {
    return "<property name=\"HTTP_SC\" value=\"" + std::to_string(status) + "\" scope=\"axis2\"/><respond/>";
}

std::string resource(const std::string& attributes, int status) {
    return "<resource " + attributes + "><inSequence>" + answering(status) + "</inSequence></resource>";
}

const std::string kNobody = "http://127.0.0.1:1/";  // a port that refuses

}  // namespace

BOOST_AUTO_TEST_SUITE(flow)

BOOST_AUTO_TEST_CASE(a_flow_without_an_answer_ends_in_202) {
    Engine engine("<sequence name=\"main\"><drop/></sequence>");
    BOOST_TEST(engine.call("POST", "/x") == 202);
}

BOOST_AUTO_TEST_CASE(without_a_main_sequence_nothing_is_found) {
    Engine engine("<sequence name=\"other\"><drop/></sequence>");
    BOOST_TEST(engine.call("GET", "/x") == 404);
}

BOOST_AUTO_TEST_CASE(the_longest_proxy_name_takes_the_request_and_unknown_services_go_to_main) {
    const auto proxy = [](const std::string& name, int status) {
        return "<proxy name=\"" + name + "\"><target><inSequence>" + answering(status) +
               "</inSequence></target></proxy>";
    };
    Engine engine(proxy("Quote", 211) + proxy("Quote/Deep", 212) + "<sequence name=\"main\">" + answering(213) +
                  "</sequence>");
    BOOST_TEST(engine.call("POST", "/services/Quote") == 211);
    BOOST_TEST(engine.call("POST", "/services/Quote/other?x=1") == 211);
    BOOST_TEST(engine.call("POST", "/services/Quote/Deep/er") == 212);
    BOOST_TEST(engine.call("POST", "/services/Quotes") == 213);
    BOOST_TEST(engine.call("POST", "http://somewhere.test/services/Quote") == 211);
}

BOOST_AUTO_TEST_CASE(a_stopped_proxy_and_one_for_https_only_are_not_there) {
    Engine engine("<proxy name=\"Off\" startOnLoad=\"false\"><target><inSequence>" + answering(211) +
                  "</inSequence></target></proxy><proxy name=\"Safe\" transports=\"https\"><target><inSequence>" +
                  answering(211) + "</inSequence></target></proxy>");
    BOOST_TEST(engine.call("POST", "/services/Off") == 404);
    BOOST_TEST(engine.call("POST", "/services/Safe") == 404);
}

BOOST_AUTO_TEST_CASE(the_longest_api_context_wins) {
    Engine engine("<api name=\"a\" context=\"/shop\">" + resource("", 211) +
                  "</api><api name=\"b\" context=\"/shop/cart\">" + resource("", 212) + "</api>");
    BOOST_TEST(engine.call("GET", "/shop/x") == 211);
    BOOST_TEST(engine.call("GET", "/shop/cart/x") == 212);
    BOOST_TEST(engine.call("GET", "/shop/cartoon") == 211);
    BOOST_TEST(engine.call("GET", "/shopping") == 404);
}

BOOST_AUTO_TEST_CASE(resources_are_chosen_by_mapping_template_and_default) {
    Engine engine("<api name=\"a\" context=\"/a\">" + resource("uri-template=\"/{id}\" methods=\"GET\"", 211) +
                  resource("uri-template=\"/fixed\" methods=\"GET\"", 212) + resource("url-mapping=\"/m/*\"", 213) +
                  resource("url-mapping=\"/m/deep/*\"", 214) + resource("url-mapping=\"*.jsp\"", 215) +
                  resource("methods=\"POST\"", 216) + "</api>");
    BOOST_TEST(engine.call("GET", "/a/7") == 211);
    BOOST_TEST(engine.call("GET", "/a/fixed") == 212);
    BOOST_TEST(engine.call("GET", "/a/m/x") == 213);
    BOOST_TEST(engine.call("GET", "/a/m/deep/x") == 214);
    BOOST_TEST(engine.call("GET", "/a/x.jsp") == 215);
    BOOST_TEST(engine.call("POST", "/a/anything/else") == 216);
}

BOOST_AUTO_TEST_CASE(a_known_path_with_another_method_is_405_with_allow) {
    Engine engine("<api name=\"a\" context=\"/a\">" + resource("uri-template=\"/x\" methods=\"GET PUT\"", 211) +
                  "</api>");
    FakeServerExchange request("DELETE", "/a/x");
    BOOST_TEST(engine.call(request) == 405);
    BOOST_TEST(request.field("Allow").value_or("") == "GET, PUT");
    BOOST_TEST(request.answerBody.find("GET, PUT only") != std::string::npos);
    BOOST_TEST(engine.call("GET", "/a/y") == 404);
    FakeServerExchange preflight("OPTIONS", "/a/x");
    BOOST_TEST(engine.call(preflight) == 200);
    BOOST_TEST(preflight.field("Allow").value_or("") == "GET, PUT");
}

BOOST_AUTO_TEST_CASE(path_and_query_become_properties) {
    Engine engine(
        "<api name=\"a\" context=\"/a\"><resource uri-template=\"/{id}\"><inSequence>"
        "<filter source=\"fn:concat(get-property('uri.var.id'), '-', get-property('query.param.q'))\" regex=\"x y-1\">"
        "<then>" +
        answering(211) + "</then></filter></inSequence></resource></api>");
    BOOST_TEST(engine.call("GET", "/a/x%20y?q=1") == 211);
    BOOST_TEST(engine.call("GET", "/a/x%20y?q=2") == 202);
}

BOOST_AUTO_TEST_CASE(a_refused_backend_without_a_fault_sequence_is_a_503_or_a_soap_fault) {
    Engine engine("<sequence name=\"main\"><in><send><endpoint><address uri=\"" + kNobody +
                  "\"/></endpoint></send></in><out><send/></out></sequence>");
    BOOST_TEST(engine.call("GET", "/x") == 503);
    FakeServerExchange soap("POST", "/x", "text/xml", soap11("<a/>"));
    BOOST_TEST(engine.call(soap) == 500);
    BOOST_TEST(soap.answerBody.find("Fault>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_fault_sequence_of_the_engine_answers) {
    Engine engine("<sequence name=\"main\"><send><endpoint><address uri=\"" + kNobody +
                  "\"/></endpoint></send></sequence><sequence name=\"fault\">"
                  "<filter source=\"get-property('ERROR_CODE')\" regex=\"101503\"><then>" +
                  answering(299) + "</then></filter></sequence>");
    BOOST_TEST(engine.call("GET", "/x") == 299);
}

BOOST_AUTO_TEST_CASE(a_fault_sequence_that_fails_or_drops_still_leaves_an_answer) {
    for (const char* fault : {"<drop/>", "<property name=\"x\" expression=\"//nowhere\" type=\"INTEGER\"/>"}) {
        Engine engine("<sequence name=\"main\"><send><endpoint><address uri=\"" + kNobody +
                      "\"/></endpoint></send></sequence><sequence name=\"fault\">" + fault + "</sequence>");
        BOOST_TEST(engine.call("GET", "/x") == 503);
    }
}

BOOST_AUTO_TEST_CASE(on_error_of_a_sequence_comes_before_the_fault_sequence) {
    Engine engine(
        "<sequence name=\"main\"><sequence key=\"inner\"/></sequence><sequence name=\"inner\" onError=\"mend\">"
        "<send><endpoint><address uri=\"" +
        kNobody + "\"/></endpoint></send></sequence><sequence name=\"mend\">" + answering(298) +
        "</sequence><sequence name=\"fault\">" + answering(299) + "</sequence>");
    BOOST_TEST(engine.call("GET", "/x") == 298);
}

BOOST_AUTO_TEST_CASE(loopback_takes_the_message_to_the_out_flow) {
    Engine engine("<proxy name=\"L\"><target><inSequence><loopback/></inSequence><outSequence>" + answering(211) +
                  "</outSequence></target></proxy>");
    BOOST_TEST(engine.call("POST", "/services/L") == 211);
}

BOOST_AUTO_TEST_CASE(a_message_ends_on_the_configuration_it_began_on_and_the_next_takes_the_new_one) {
    Engine engine("<sequence name=\"main\">" + answering(211) + "</sequence>");
    BOOST_TEST(engine.call("GET", "/x") == 211);
    auto next = engine.load("<sequence name=\"main\">" + answering(212) + "</sequence>");
    BOOST_REQUIRE(next);
    std::weak_ptr<const dispatch::Router> watched = next;
    engine.dispatcher().replace(std::move(next));
    BOOST_TEST(engine.call("GET", "/x") == 212);
    engine.dispatcher().replace(engine.load("<sequence name=\"main\">" + answering(213) + "</sequence>"));
    engine.dispatcher().refreshThread();
    BOOST_TEST(watched.expired(), "the old configuration is still held");
    BOOST_TEST(engine.call("GET", "/x") == 213);
}

BOOST_AUTO_TEST_CASE(reference_cycles_are_refused_with_their_path) {
    Engine engine("<sequence name=\"main\"><drop/></sequence>");
    BOOST_TEST(
        !engine.load("<sequence name=\"main\"><sequence key=\"a\"/></sequence>"
                     "<sequence name=\"a\"><sequence key=\"b\"/></sequence>"
                     "<sequence name=\"b\"><sequence key=\"a\"/></sequence>"));
    BOOST_TEST(engine.findings().find("sequence a -> sequence b -> sequence a") != std::string::npos,
               engine.findings());
}

BOOST_AUTO_TEST_CASE(missing_references_name_the_nearest_one) {
    Engine engine("<sequence name=\"main\"><drop/></sequence>");
    BOOST_TEST(
        !engine.load("<sequence name=\"main\"><sequence key=\"quotes\"/></sequence>"
                     "<sequence name=\"quote\"><drop/></sequence>"));
    BOOST_TEST(engine.findings().find("there is no sequence \"quotes\"") != std::string::npos, engine.findings());
    BOOST_TEST(engine.findings().find("did you mean \"quote\"") != std::string::npos, engine.findings());
}

BOOST_AUTO_TEST_SUITE_END()
