#include "endpoints/sessions/cookies.hpp"

#include <boost/test/unit_test.hpp>

#include "endpoints/sessions/http_sessions.hpp"
#include "tests/unit/endpoints/sessions/servers.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;

namespace {

/// "name=value" of each cookie, joined by " | ".
std::string read(std::string_view field) {
    std::string all;
    while (const auto cookie = takeCookie(field)) {
        all += (all.empty() ? "" : " | ") + std::string(cookie->name) + "=" + std::string(cookie->value);
    }
    return all;
}

std::string without(const std::vector<std::string>& fields, const std::vector<std::string>& names) {
    base::Arena arena;
    http::Headers headers(arena);
    for (const auto& field : fields) headers.add("Cookie", field);
    removeCookies(headers, names);
    std::string all;
    for (const auto& field : headers) all += (all.empty() ? "" : " | ") + std::string(field.value);
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Cookies)

BOOST_AUTO_TEST_CASE(pairsAreReadAsTheyAreMeant) {
    BOOST_TEST(read("") == "");
    BOOST_TEST(read(" ; ;") == "");
    BOOST_TEST(read("a=1") == "a=1");
    BOOST_TEST(read("a=1; b=2;c=3 ;") == "a=1 | b=2 | c=3");
    BOOST_TEST(read("a = 1 ; b") == "a=1 | b=");
    BOOST_TEST(read("a=x=y; b=") == "a=x=y | b=");
    BOOST_TEST(read(R"(a="x;y"; b="z")") == R"(a="x | y"= | b=z)");
    BOOST_TEST(read(R"(a="x; b="2"; c="3")") == R"(a="x | b=2 | c=3)");
    BOOST_TEST(read(R"(a="x; b=2)") == R"(a="x | b=2)");
    BOOST_TEST(read(R"(a=x"y;z"; b=2)") == R"(a=x"y | z"= | b=2)");
    BOOST_TEST(read("=v; a=1") == "=v | a=1");
}

BOOST_AUTO_TEST_CASE(othersStayAsTheyAreWritten) {
    BOOST_TEST(without({"s=1"}, {"s"}) == "");
    BOOST_TEST(without({"a=1;  b=\"x;t=1\"; s=2; S=3"}, {"s"}) == "a=1; b=\"x;t=1\"; S=3");
    BOOST_TEST(without({"a=1", "s=1; b=2"}, {"s"}) == "a=1; b=2");
    BOOST_TEST(without({"a=1;b=2", "c=3"}, {"s"}) == "a=1;b=2 | c=3");
}

BOOST_AUTO_TEST_CASE(aCookieThatIsDeletedIsNotLearned) {
    for (const std::string_view gone : {"; Max-Age=0",
                                        "; max-age=-1",
                                        "; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                                        "; expires=Thu, 01-Jan-1970",
                                        "; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Max-Age=0",
                                        "; Expires=Mon, 01 Jan 2001 00:00:00 GMT"}) {
        BOOST_TEST(deletesCookie(gone));
    }
    for (const std::string_view stays : {"",
                                         "; Max-Age=60",
                                         "; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                                         "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60",
                                         "; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
                                         "; Path=/1970"}) {
        BOOST_TEST(!deletesCookie(stays));
    }
}

BOOST_AUTO_TEST_CASE(anyNameCanBeTheSessions) {
    Server::reset();
    Group group(sessions("type='http' cookie='APPSESSION, other'", server("A") + server("B")));
    Server::of("A").sets = {"JSESSIONID=1", "other=\"7\"; Path=/x; HttpOnly; SameSite=Strict"};
    BOOST_TEST(group.with({}) == "A");
    BOOST_TEST(group.withCookie("JSESSIONID=1") == "B");
    BOOST_TEST(group.withCookie("other=\"7\"") == "A");
    BOOST_TEST(group.withCookie("other=7") == "A");
    BOOST_TEST(group.with({{"Cookie", "a=1"}, {"Cookie", "other=7"}}) == "A");
    // An id that the server gives anew stays with the server.
    Server::of("A").sets = {"other=8"};
    BOOST_TEST(group.withCookie("other=7") == "A");
    BOOST_TEST(group.withCookie("other=8") == "A");
    // Of several the first that is known counts.
    BOOST_TEST(group.withCookie("APPSESSION=9; other=8") == "A");
    BOOST_TEST(Server::of("A").cookie == "APPSESSION=9; other=8");
}

BOOST_AUTO_TEST_CASE(manyAndLongCookiesCostLittle) {
    Server::reset();
    Group group(sessions("type='http'", server("A") + server("B")));
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "JSESSIONID=" + std::to_string(i) + "; ";
    BOOST_TEST(group.withCookie(many) == "A");
    BOOST_TEST(Server::of("A").cookie == "");
    BOOST_TEST(group.withCookie("JSESSIONID=" + std::string(65536, 'x') + "; a=1") == "B");
    // Too long to be one, so it is not taken out either.
    BOOST_TEST(Server::of("B").cookie.size() > 65536);
    BOOST_TEST(group.store().size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
