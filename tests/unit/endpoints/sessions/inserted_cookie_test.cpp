#include "endpoints/sessions/inserted_cookie.hpp"

#include <boost/test/unit_test.hpp>

#include "endpoints/sessions/path_tag.hpp"
#include "tests/unit/endpoints/sessions/servers.hpp"

using namespace myelin;
using namespace myelin::endpoints;
using namespace myelin::endpoints::test;

namespace {

const std::string kThree = server("A") + server("B") + server("C");
const std::string kSecret = "0123456789abcdef0123456789abcdef";
const std::string kInsert = "type='http' insert='true' cookie='SID' secret='" + kSecret + "' ";

std::string pairOf(const std::string& set) {
    return set.substr(0, set.find(';'));
}

std::int64_t inAMinute() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() + 60'000;
}

struct Clean {
    Clean() { Server::reset(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(InsertedCookies, Clean)

BOOST_AUTO_TEST_CASE(theClientRemembersForUs) {
    Group group(sessions(kInsert, kThree));
    Server::of("A").sets = {"own=1"};
    BOOST_TEST(group.with({}) == "A");
    BOOST_REQUIRE(group.lastSets.size() == 2);
    const auto set = group.lastSets.back();
    BOOST_TEST(set.starts_with("SID=1."));
    BOOST_TEST(set.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(group.withCookie("a=1; " + pairOf(set) + "; own=1") == "A");
        BOOST_TEST(Server::of("A").cookie == "a=1; own=1");
        BOOST_TEST(group.lastSets.size() == 1);
    }
    BOOST_TEST(group.store().size() == 0);
    // Another process with the same secret.
    Group other(sessions(kInsert, server("C") + server("B") + server("A")));
    BOOST_TEST(other.withCookie(pairOf(set)) == "A");
    // Another group, another secret.
    Group elsewhere("<endpoint><failover>" + sessions(kInsert, kThree, {}, "other") + "</failover></endpoint>");
    elsewhere.with({});
    BOOST_TEST(elsewhere.withCookie(pairOf(set)) == "B");
    Group secret(sessions("type='http' insert='true' cookie='SID' secret='another secret of some length'", kThree));
    secret.with({});
    BOOST_TEST(secret.withCookie(pairOf(set)) == "B");
    BOOST_TEST(Server::of("B").cookie == "");
    BOOST_TEST(secret.lastSets.size() == 1);
}

BOOST_AUTO_TEST_CASE(overTlsItIsSecure) {
    Group group(sessions(kInsert, kThree));
    Message message;
    message.makeSecure();
    BOOST_TEST(message.send(*group.endpoint).answered);
    BOOST_TEST(message.reply().head.headers.get("Set-Cookie").value_or("").ends_with("SameSite=Lax; Secure"));
}

BOOST_AUTO_TEST_CASE(noCacheOfManyKeepsIt) {
    Group group(sessions(kInsert, kThree));
    Message message;
    BOOST_TEST(message.send(*group.endpoint).answered);
    BOOST_TEST(message.reply().head.headers.get("Cache-Control").value_or("") == "private");
    Message decided;
    decided.reply().head.headers.add("Cache-Control", "max-age=60");
    BOOST_TEST(decided.send(*group.endpoint).answered);
    BOOST_TEST(decided.reply().head.headers.get("Cache-Control").value_or("") == "max-age=60");
}

BOOST_AUTO_TEST_CASE(noAddressShowsInIt) {
    const CookieSigner signer(kSecret);
    const auto text =
        signer.sign("group", {pathTag("http://10.1.2.3:8080/") + "\n" + pathTag("node") + "\n", inAMinute()});
    BOOST_TEST(text.find("10.1.2.3") == std::string::npos);
    const auto value = signer.verify("group", text);
    BOOST_REQUIRE(value);
    BOOST_TEST(value->path == pathTag("http://10.1.2.3:8080/") + "\n" + pathTag("node") + "\n");
}

BOOST_AUTO_TEST_CASE(noLetterOfItCanBeChanged) {
    const CookieSigner signer(kSecret);
    const InsertedValue value{pathTag("A") + "\n", 1'234'567'890'123};
    const auto text = signer.sign("group", value);
    BOOST_REQUIRE(signer.verify("group", text));
    BOOST_TEST(signer.verify("group", text)->expires == value.expires);
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto changed = text;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        BOOST_TEST(!signer.verify("group", changed), changed);
        BOOST_TEST(!signer.verify("group", text.substr(0, at)));
    }
    BOOST_TEST(!signer.verify("group", text + "A"));
    BOOST_TEST(!signer.verify("other", text));
    BOOST_TEST(!CookieSigner("another key").verify("group", text));
    for (const std::string_view bad : {"", "1.", ".", "1..", "1.x.y.z", "2.1.a.b"}) {
        BOOST_TEST(!signer.verify("group", bad));
    }
}

BOOST_AUTO_TEST_CASE(forgedAndExpiredOnesAreCountedAndReplaced) {
    InsertedCookie::Options options;
    options.name = "SID";
    options.key = kSecret;
    const InsertedCookie keeper(options);
    const auto find = [&](const std::string& value) {
        Message message;
        message.context().headers().add("Cookie", "SID=" + value + "; a=1");
        Session session;
        session.group = "g";
        keeper.find(session, message.context(), runtime::Deadline::never());
        BOOST_TEST(message.context().headers().get("Cookie").value_or("") == "a=1");
        return session.known;
    };
    const CookieSigner signer(kSecret);
    BOOST_TEST(find(signer.sign("g", {pathTag("A") + "\n", inAMinute()})));
    BOOST_TEST(!find(signer.sign("g", {pathTag("A") + "\n", inAMinute() - 61'000})));
    BOOST_TEST(!find("forged"));
    BOOST_TEST(keeper.forged() == 1);
    BOOST_TEST(keeper.expired() == 1);
    // Others may have set one of its name: the good one behind it counts.
    BOOST_TEST(find("junk; SID=" + signer.sign("g", {pathTag("A") + "\n", inAMinute()})));
    BOOST_TEST(!find("1; SID=2; SID=3; SID=4; SID=" + signer.sign("g", {pathTag("A") + "\n", inAMinute()})));
    Group group(sessions(kInsert, kThree));
    BOOST_TEST(group.withCookie("SID=forged") == "A");
    BOOST_TEST(group.lastSets.size() == 1);
}

BOOST_AUTO_TEST_CASE(itIsRenewedWhenSomeOfItsLifeIsOver) {
    const std::string timeout = "<sessionTimeout>60000</sessionTimeout>";
    const CookieSigner signer(kSecret);
    const auto aged = [&](std::int64_t by) {
        return "SID=" + signer.sign("top", {pathTag("B") + "\n", inAMinute() - by});
    };
    Group group(sessions(kInsert, kThree, timeout));
    BOOST_TEST(group.withCookie(aged(1000)) == "B");
    BOOST_TEST(group.lastSets.size() == 0);
    BOOST_TEST(group.withCookie(aged(7000)) == "B");
    BOOST_TEST(group.lastSets.size() == 1);
    Group absolute(sessions(kInsert + "expiry='absolute'", kThree, timeout));
    BOOST_TEST(absolute.withCookie(aged(50'000)) == "B");
    BOOST_TEST(absolute.lastSets.size() == 0);
    // Nor does it get more of it when the session goes elsewhere.
    Group moving(sessions(kInsert + "expiry='absolute' whenDown='rebind'", kThree, timeout));
    Server::of("B").down = true;
    BOOST_TEST(moving.withCookie(aged(50'000)) == "A");
    const auto value = pairOf(moving.lastSets.at(0)).substr(4);
    BOOST_TEST(signer.verify("top", value)->expires < inAMinute() - 45'000);
}

BOOST_AUTO_TEST_CASE(itCarriesThePathThroughNestedGroups) {
    Group group(
        sessions(kInsert, clients(server("A") + server("B"), {}, "x") + clients(server("C") + server("D"), {}, "y")));
    std::vector<std::string> cookies;
    std::string taken;
    for (int i = 0; i < 4; ++i) {
        taken += group.with({});
        cookies.push_back(pairOf(group.lastSets.at(0)));
    }
    BOOST_TEST(taken == "ACBD");
    for (int round = 0; round < 2; ++round) {
        std::string again;
        for (const auto& cookie : cookies) again += group.withCookie(cookie);
        BOOST_TEST(again == taken);
    }
    // The child that it names is gone.
    Group smaller(sessions(kInsert, clients(server("C") + server("D"), {}, "y")));
    BOOST_TEST(smaller.withCookie(cookies[2]) == "C");
    BOOST_TEST(smaller.lastSets.size() == 1);
}

BOOST_AUTO_TEST_CASE(theKeyOfTheProcessStays) {
    BOOST_TEST(processKey().size() == 32);
    BOOST_TEST(processKey() == processKey());
    const std::string noSecret = "type='http' insert='true'";
    Group group(sessions(noSecret, kThree));
    BOOST_TEST(group.setup.found("warning: 1: without a secret"));
    BOOST_TEST(group.with({}) == "A");
    const auto pair = pairOf(group.lastSets.at(0));
    BOOST_TEST(pair.starts_with("MYELIN_"));
    Group reloaded(sessions(noSecret, kThree));
    reloaded.with({});
    BOOST_TEST(reloaded.withCookie(pair) == "A");
}

BOOST_AUTO_TEST_SUITE_END()
