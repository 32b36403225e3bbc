#include "endpoints/outcome.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using myelin::http::BodyStatus;
using myelin::http::ClientError;
using myelin::http::Progress;

struct Expected {
    ClientError error;
    Progress progress;
    int code;
    int status;
    bool mayHaveReachedServer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(Outcomes)

BOOST_AUTO_TEST_CASE(codesArePure) {
    for (const auto& expected : {
             Expected{ClientError::ConnectFailed, Progress::NotConnected, 101503, 503, false},
             Expected{ClientError::ConnectTimedOut, Progress::NotConnected, 101508, 504, false},
             Expected{ClientError::ResponseTimedOut, Progress::Sent, 101504, 504, true},
             Expected{ClientError::ConnectionClosed, Progress::Sent, 101505, 502, true},
             Expected{ClientError::ConnectionReset, Progress::Sending, 101500, 502, true},
             Expected{ClientError::ConnectionReset, Progress::Connected, 101500, 502, false},
             Expected{ClientError::ConnectionReset, Progress::Sent, 101501, 502, true},
             Expected{ClientError::SendFailed, Progress::Sending, 101500, 502, true},
             Expected{ClientError::ProtocolError, Progress::ResponseHead, 101506, 502, true},
         }) {
        const auto outcome =
            myelin::endpoints::outcomeOf(expected.error, expected.progress, "why", BodyStatus::End, "ep", "http://h");
        BOOST_CHECK(!outcome.answered && !outcome.callerFault);
        BOOST_CHECK_EQUAL(outcome.code, expected.code);
        BOOST_CHECK_EQUAL(outcome.status, expected.status);
        BOOST_CHECK_EQUAL(outcome.mayHaveReachedServer, expected.mayHaveReachedServer);
        BOOST_CHECK_EQUAL(outcome.detail, "endpoint ep at http://h: why");
    }
}

BOOST_AUTO_TEST_CASE(theTextOfSynapse) {
    const auto outcome = myelin::endpoints::outcomeOf(
        ClientError::ConnectFailed, Progress::NotConnected, "", BodyStatus::End, "ep", "http://h");
    BOOST_CHECK_EQUAL(outcome.text, "Error while connecting to the endpoint (Connection Failed)");
}

BOOST_AUTO_TEST_CASE(theCallersBodyIsTheCallersFault) {
    const std::pair<BodyStatus, int> all[] = {{BodyStatus::Truncated, 400},
                                              {BodyStatus::Malformed, 400},
                                              {BodyStatus::TooLarge, 413},
                                              {BodyStatus::TimedOut, 408},
                                              {BodyStatus::End, 400}};
    for (const auto& [body, status] : all) {
        const auto outcome = myelin::endpoints::outcomeOf(
            ClientError::RequestBodyFailed, Progress::Sending, "why", body, "ep", "http://h");
        BOOST_CHECK(outcome.callerFault);
        BOOST_CHECK_EQUAL(outcome.status, status);
    }
}

BOOST_AUTO_TEST_SUITE_END()
