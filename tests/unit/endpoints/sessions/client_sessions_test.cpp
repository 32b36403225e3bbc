#include "endpoints/sessions/client_sessions.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/endpoints/sessions/servers.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;

namespace {

const std::string kClientId = "<c:ClientID xmlns:c='http://ws.apache.org/ns/synapse'>soap</c:ClientID>";

std::string idIn(const std::string& target, const std::string& header, const std::string& text) {
    const auto sessions = clientSessions("X-Client", "client");
    StreamedBody body(1, text);
    Message message(text.empty() ? "GET" : "POST", target, text.empty() ? nullptr : &body);
    if (!header.empty()) message.context().headers().add("x-client", header);
    const auto ids = sessions->idsIn(message.context(), soon());
    BOOST_REQUIRE(ids.size() <= 1);
    return ids.empty() ? "" : ids.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ClientSessions)

BOOST_AUTO_TEST_CASE(theHeaderFieldThenTheQueryThenTheEnvelope) {
    BOOST_TEST(idIn("/a?client=query", " header ", envelope(kClientId)) == "header");
    BOOST_TEST(idIn("/a?client=query", "", envelope(kClientId)) == "query");
    BOOST_TEST(idIn("/a?client=", "", envelope(kClientId)) == "soap");
    BOOST_TEST(idIn("/a", "", "") == "");
    BOOST_TEST(idIn("/a?x=1&myclient=2&clients=3&client=4&client=5", "", "") == "4");
    BOOST_TEST(idIn("/client=1", "", "") == "");
    BOOST_TEST(idIn("/a", std::string(kLongestSessionId + 1, 'x'), "") == "");
}

BOOST_AUTO_TEST_CASE(withoutNamesOnlyTheEnvelopeCounts) {
    const auto sessions = clientSessions("", "");
    Message message("GET", "/a?client=1&ClientID=2");
    message.context().headers().add("ClientID", "3");
    message.context().headers().add("simpleClientSession", "4");
    BOOST_TEST(sessions->idsIn(message.context(), soon()).empty());
    BOOST_TEST(sessions->clientNames());
}

BOOST_AUTO_TEST_SUITE_END()
