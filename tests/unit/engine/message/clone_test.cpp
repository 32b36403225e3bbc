#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "engine/message/message_context.hpp"
#include "tests/unit/engine/message/fakes.hpp"

// Copies of a message for several recipients, and what is dealt with beside an exchange.

namespace {

using namespace myelin;
using message::Exchange;
using message::MessageContext;
using message::Scope;
using message::test::FakeCall;

constexpr std::string_view kXml = "<a><b>1</b></a>";

std::string bodyOf(MessageContext& context) {
    return std::string(context.payload().bytes(runtime::Deadline::never()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Clone)

BOOST_AUTO_TEST_CASE(copiesAreIndependent) {
    FakeCall call("text/xml", std::string(kXml));
    auto& context = call.request;
    context.properties(Scope::Default).set("p", "1");
    context.setHeader("X-A", "1");
    context.setRestSuffix("/x");
    const auto copy = context.clone();
    copy->properties(Scope::Default).set("p", "2");
    copy->setHeader("X-A", "2");
    BOOST_TEST(context.properties(Scope::Default).text("p") == "1");
    BOOST_TEST(*context.headers().get("X-A") == "1");
    BOOST_TEST(copy->restSuffix() == "/x");
    BOOST_TEST(copy->method() == context.method());
    BOOST_TEST(copy->addressing().to == "/services/Quote");
    BOOST_TEST(bodyOf(*copy) == kXml);
    BOOST_TEST(bodyOf(context) == kXml);
}

BOOST_AUTO_TEST_CASE(aCopyOfAnEditedBodyIsItsOwn) {
    FakeCall call("text/xml", std::string(kXml));
    auto& context = call.request;
    context.envelope();
    context.payload().markEdited();
    const auto copy = context.clone();
    BOOST_TEST(copy->payload().edited());
    context.payload().clear();
    BOOST_TEST(bodyOf(*copy).find("<b>1</b>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(aCopyOfAnAnswerOutlivesIt) {
    FakeCall call;
    auto reply = call.exchange.makeReply();
    auto body = std::make_unique<message::test::FakeBodySource>(std::string(kXml));
    body->whole = true;
    message::test::fillReply(*reply, 201, "text/xml", body.get(), {{"X-B", "1"}});
    auto response = std::make_unique<MessageContext>(call.exchange, *reply);
    const auto copy = response->clone();
    response.reset();
    reply.reset();
    body.reset();
    BOOST_TEST(copy->status() == 201);
    BOOST_TEST(copy->reason() == "As Said");
    BOOST_TEST(*copy->headers().get("X-B") == "1");
    BOOST_TEST(copy->mediaType() == "text/xml");
    BOOST_TEST(bodyOf(*copy) == kXml);
}

BOOST_AUTO_TEST_CASE(answersComeBeforeFailures) {
    FakeCall call;
    auto failed = call.exchange.makeReply();
    failed->failure = std::make_unique<message::MediationFault>(101503, "refused");
    failed->looped = call.request.clone();
    call.exchange.deliver(std::move(failed));
    call.exchange.deliver(call.exchange.makeReply());
    const auto first = call.exchange.nextReply();
    BOOST_REQUIRE(first);
    BOOST_TEST(!first->failure);
    const auto second = call.exchange.nextReply();
    BOOST_REQUIRE(second);
    BOOST_REQUIRE(second->failure);
    BOOST_TEST(second->failure->code() == 101503);
    BOOST_TEST(!call.exchange.nextReply());
}

BOOST_AUTO_TEST_CASE(nothingIsTakenAfterAbandoning) {
    FakeCall call;
    int ran = 0;
    call.exchange.runBeside([&] { ++ran; });
    BOOST_TEST(ran == 1);
    BOOST_TEST(call.exchange.begunBeside() == 1u);
    call.exchange.deliver(call.exchange.makeReply());
    call.exchange.abandon();
    call.exchange.deliver(call.exchange.makeReply());
    BOOST_TEST(!call.exchange.nextReply());
}

BOOST_AUTO_TEST_SUITE_END()
