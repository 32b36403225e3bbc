#include "endpoints/token_answer.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using myelin::endpoints::parseTokenAnswer;

std::optional<std::int64_t> lifetime(const std::string& value) {
    const auto answer = parseTokenAnswer(R"({"access_token":"t","expires_in":)" + value + "}");
    return answer ? answer->expiresIn : std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TokenAnswers)

BOOST_AUTO_TEST_CASE(allMembers) {
    const auto answer =
        parseTokenAnswer(R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,)"
                         R"("refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"a b","more":{"x":[1,null]}})");
    BOOST_REQUIRE(answer);
    BOOST_CHECK_EQUAL(answer->accessToken, "2YotnFZFEjr1zCsicMWpAA");
    BOOST_CHECK_EQUAL(answer->refreshToken, "tGzv3JOkF0XG5Qx2TlKWIA");
    BOOST_CHECK_EQUAL(answer->tokenType, "Bearer");
    BOOST_CHECK(answer->expiresIn == 3600);
    BOOST_CHECK_EQUAL(answer->error, "");
}

BOOST_AUTO_TEST_CASE(lifetimes) {
    BOOST_CHECK(lifetime("\"300\"") == 300);
    BOOST_CHECK(lifetime("59.9") == 59);
    BOOST_CHECK(lifetime("-1") == -1);
    BOOST_CHECK(!lifetime("\"soon\""));
    BOOST_CHECK(!lifetime("null"));
    BOOST_CHECK(!lifetime("1e300"));
    BOOST_CHECK(!lifetime("18446744073709551615"));
}

BOOST_AUTO_TEST_CASE(errorsAreKnownWordsOnly) {
    BOOST_CHECK_EQUAL(parseTokenAnswer(R"({"error":"invalid_client"})")->error, "invalid_client");
    BOOST_CHECK_EQUAL(parseTokenAnswer(R"({"error":"your secret was s3cr3t"})")->error, "");
}

BOOST_AUTO_TEST_CASE(whatIsNoAnswer) {
    for (const auto* text : {"", "[]", "\"t\"", "null", "{", "{}x", "{\"access_token\":\"\xff\"}", "<html/>"}) {
        BOOST_CHECK_MESSAGE(!parseTokenAnswer(text), text);
    }
    BOOST_CHECK_EQUAL(parseTokenAnswer(R"({"access_token":5})")->accessToken, "");
}

BOOST_AUTO_TEST_CASE(deepNestingIsNoRecursion) {
    const std::size_t depth = 200'000;
    BOOST_CHECK(!parseTokenAnswer(std::string(depth, '[')));
    const auto deep = R"({"access_token":"t","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    const auto answer = parseTokenAnswer(deep);
    BOOST_REQUIRE(answer);
    BOOST_CHECK_EQUAL(answer->accessToken, "t");
}

BOOST_AUTO_TEST_SUITE_END()
