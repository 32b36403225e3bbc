#include "engine/http/headers.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "engine/http/characters.hpp"

using namespace myelin;
using http::HeaderId;

BOOST_AUTO_TEST_SUITE(headers)

BOOST_AUTO_TEST_CASE(known_names_are_recognised_in_any_case_and_nothing_else_is) {
    const std::pair<std::string, HeaderId> known[] = {
        {"Accept", HeaderId::Accept},
        {"Authorization", HeaderId::Authorization},
        {"Connection", HeaderId::Connection},
        {"Content-Encoding", HeaderId::ContentEncoding},
        {"Content-Length", HeaderId::ContentLength},
        {"Content-Type", HeaderId::ContentType},
        {"Cookie", HeaderId::Cookie},
        {"Date", HeaderId::Date},
        {"Expect", HeaderId::Expect},
        {"Host", HeaderId::Host},
        {"Keep-Alive", HeaderId::KeepAlive},
        {"Location", HeaderId::Location},
        {"Proxy-Authenticate", HeaderId::ProxyAuthenticate},
        {"Proxy-Authorization", HeaderId::ProxyAuthorization},
        {"Proxy-Connection", HeaderId::ProxyConnection},
        {"Server", HeaderId::Server},
        {"Set-Cookie", HeaderId::SetCookie},
        {"SOAPAction", HeaderId::SoapAction},
        {"TE", HeaderId::Te},
        {"Trailer", HeaderId::Trailer},
        {"Transfer-Encoding", HeaderId::TransferEncoding},
        {"Upgrade", HeaderId::Upgrade},
        {"User-Agent", HeaderId::UserAgent},
    };
    BOOST_TEST(std::size(known) + 1 == static_cast<std::size_t>(HeaderId::Count));
    for (const auto& [name, id] : known) {
        BOOST_TEST_CONTEXT(name) {
            std::string lower = name;
            std::string upper = name;
            for (char& c : lower) c = static_cast<char>(std::tolower(c));
            for (char& c : upper) c = static_cast<char>(std::toupper(c));
            BOOST_TEST((http::classifyHeader(name) == id));
            BOOST_TEST((http::classifyHeader(lower) == id));
            BOOST_TEST((http::classifyHeader(upper) == id));
            // Every other character at every place makes another name, also those that differ in one bit only.
            for (std::size_t at = 0; at < name.size(); ++at) {
                for (int c = 0; c < 256; ++c) {
                    std::string other = name;
                    other[at] = static_cast<char>(c);
                    if (http::sameIgnoringCase(other, name)) continue;
                    BOOST_REQUIRE((http::classifyHeader(other) != id));
                }
            }
            BOOST_TEST((http::classifyHeader(name + "x") == HeaderId::Other));
            BOOST_TEST((http::classifyHeader(name.substr(1)) == HeaderId::Other));
        }
    }
    BOOST_TEST((http::classifyHeader("") == HeaderId::Other));
}

BOOST_AUTO_TEST_CASE(fields_keep_order_spelling_and_repetition) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-One", "1");
    headers.add("Accept", "a");
    headers.add("accept", "b");
    BOOST_TEST(headers.size() == 3U);
    BOOST_TEST(*headers.get("ACCEPT") == "a");
    BOOST_TEST(*headers.get(HeaderId::Accept) == "a");
    BOOST_TEST(*headers.get("x-one") == "1");
    BOOST_TEST(!headers.get("x-two"));
    BOOST_TEST(headers.begin()[2].name == "accept");
}

BOOST_AUTO_TEST_CASE(set_replaces_the_first_and_drops_the_rest) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-A", "1");
    headers.add("X-B", "2");
    headers.add("x-a", "3");
    headers.add("X-A", "4");
    headers.set("X-a", "5");
    BOOST_TEST(headers.size() == 2U);
    BOOST_TEST(headers.begin()[0].value == "5");
    BOOST_TEST(headers.begin()[1].name == "X-B");
    headers.set("Host", "h");
    BOOST_TEST(*headers.get(HeaderId::Host) == "h");
    // The new value may be a view of the old one.
    headers.set("X-A", headers.get("X-B")->substr(0));
    BOOST_TEST(*headers.get("X-A") == "2");
}

BOOST_AUTO_TEST_CASE(set_forgets_that_a_field_came_from_the_network) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.addView("Accept", "a", HeaderId::Accept, true);
    headers.set("Accept", "b\r\nEvil: 1");
    BOOST_TEST(!headers.begin()->verbatim);
}

BOOST_AUTO_TEST_CASE(remove_counts) {
    base::Arena arena;
    http::Headers headers(arena);
    headers.add("X-A", "1");
    headers.add("Cookie", "2");
    headers.add("x-A", "3");
    BOOST_TEST(headers.remove("x-a") == 2U);
    BOOST_TEST(headers.remove("x-a") == 0U);
    BOOST_TEST(headers.remove(HeaderId::Cookie) == 1U);
    BOOST_TEST(headers.size() == 0U);
}

BOOST_AUTO_TEST_CASE(connection_options) {
    BOOST_TEST(http::connectionNames("close, X-Token ,te", "x-token"));
    BOOST_TEST(http::connectionNames(",,TE", "te"));
    BOOST_TEST(!http::connectionNames("X-Token2", "X-Token"));
    BOOST_TEST(!http::connectionNames("", ""));
    BOOST_TEST(http::isHopByHop(HeaderId::Te));
    BOOST_TEST(http::isHopByHop(HeaderId::ProxyAuthorization));
    BOOST_TEST(!http::isHopByHop(HeaderId::Authorization));
    BOOST_TEST(!http::isHopByHop(HeaderId::Other));
}

BOOST_AUTO_TEST_CASE(fast_scans_agree_with_the_tables_at_every_place) {
    // Sixteen bytes a step, or one: the answer may not depend on where in a step a character stands.
    for (std::size_t size : {1U, 15U, 16U, 17U, 31U, 32U, 40U}) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int c = 0; c < 256; ++c) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(c);
                const char* const begin = text.data();
                const char* const end = begin + size;
                const bool token = http::isOf(text[at], http::kTokenCharacter);
                const bool target = http::isOf(text[at], http::kTargetCharacter);
                BOOST_REQUIRE(http::skipToken(begin, end) == (token ? end : begin + at));
                BOOST_REQUIRE(http::skipTarget(begin, end) == (target ? end : begin + at));
                BOOST_REQUIRE(http::findForbidden(begin, end) ==
                              (http::isForbiddenInValue(text[at]) ? begin + at : end));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
