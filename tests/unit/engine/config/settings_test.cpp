#include "engine/config/settings.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/unit/engine/config/fake_schema.hpp"
#include "tests/unit/engine/config/temporary_folder.hpp"

using namespace myelin::config;
using namespace std::chrono_literals;

namespace {

const std::string kOpen = "<myelin xmlns='http://ws.apache.org/ns/synapse'>\n";

struct Read {
    test::TemporaryFolder folder;
    Diagnostics diagnostics;
    Settings settings;
    std::string said;

    explicit Read(const std::string& content) {
        folder.write("cert.pem", "");
        folder.write("myelin.xml", kOpen + content + "</myelin>");
        settings = readSettings(folder.path("myelin.xml"), diagnostics);
        said = test::findingsOf(diagnostics);
    }
};

std::string described(const ListenerSettings& listener) {
    return (listener.secure ? "https " : "http ") + listener.address + ":" + std::to_string(listener.port) + " " +
           listener.tls.minimumVersion + " " + std::to_string(listener.tls.certificates.size()) + " " +
           listener.tls.clientCaFile;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(the_shipped_file_is_complete_and_changes_nothing) {
    const std::string path = std::string(MYELIN_SOURCE_DIR) + "/conf/myelin.xml";
    Diagnostics diagnostics;
    const Settings shipped = readSettings(path, diagnostics);
    BOOST_TEST(test::findingsOf(diagnostics) == "");
    const Settings defaults;
    const auto expected = describeSettings(defaults);
    const auto found = describeSettings(shipped);
    BOOST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST(found[i].first == expected[i].first);
        BOOST_TEST(found[i].second == expected[i].second, found[i].first);
    }
    BOOST_REQUIRE(shipped.listeners.size() == defaults.listeners.size());
    for (std::size_t i = 0; i < defaults.listeners.size(); ++i) {
        BOOST_TEST(described(shipped.listeners[i]) == described(defaults.listeners[i]));
    }

    // Every setting is written out in it, with its default in the comment above.
    const auto file = SourceFile::open(path, diagnostics);
    BOOST_REQUIRE(file);
    for (const auto& [name, value] : expected) {
        const std::size_t slash = name.find('/');
        const pugi::xml_node section = file->root().child(name.substr(0, slash).c_str());
        const std::string attribute = name.substr(slash + 1);
        BOOST_TEST(!section.attribute(attribute.c_str()).empty(), name << " is missing in conf/myelin.xml");
        BOOST_TEST(section.attribute(attribute.c_str()).value() == value, name);
        const pugi::xml_node comment = section.previous_sibling().previous_sibling();
        BOOST_REQUIRE(comment.type() == pugi::node_comment);
        BOOST_TEST(std::string(comment.value()).find("\n        " + attribute + " ") != std::string::npos,
                   name << " is not explained in conf/myelin.xml");
    }
}

BOOST_AUTO_TEST_CASE(what_the_file_says_is_taken) {
    const Read read(
        "<server workers='3' drainTime='1000'/><upstreamTls verify='false' ca='cert.pem'/>"
        "<limits bufferedBody='2048' idleTime='5'/><log level='Debug' file='log/x.log'/><accessLog file='/var/a.log'/>"
        "<listener protocol='http' port='0'/><listener protocol='http' address='::1' port='0'/>"
        "<listener protocol='https' minimumTls='TLSv1.3'><certificate chain='cert.pem' key='cert.pem'/>"
        "<clientCertificates ca='cert.pem' required='false'/></listener>");
    BOOST_TEST(read.said == "");
    const Settings& settings = read.settings;
    BOOST_TEST(settings.workers == 3U);
    BOOST_TEST((settings.drainTime == 1s));
    BOOST_TEST((settings.globalTimeout == 180s));
    BOOST_TEST(!settings.tlsClient.verify);
    BOOST_TEST(settings.tlsClient.caFile == read.folder.path("cert.pem"));
    BOOST_TEST(settings.limits.bufferedBody == 2048U);
    BOOST_TEST((settings.limits.idleTime == 5ms));
    BOOST_TEST((settings.upstream.idleTime == 30s));
    BOOST_TEST(settings.logLevel == "debug");
    BOOST_TEST(settings.logFile == read.folder.path("log/x.log"));
    BOOST_TEST(settings.accessLog == "/var/a.log");
    BOOST_REQUIRE(settings.listeners.size() == 3U);
    BOOST_TEST(described(settings.listeners[0]) == "http 127.0.0.1:0 TLSv1.2 0 ");
    BOOST_TEST(described(settings.listeners[1]) == "http ::1:0 TLSv1.2 0 ");
    BOOST_TEST(described(settings.listeners[2]) == "https 127.0.0.1:8243 TLSv1.3 1 " + read.folder.path("cert.pem"));
    BOOST_TEST(!settings.listeners[2].tls.requireClientCertificate);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported_together) {
    BOOST_TEST(
        Read("<server workes='1' drainTime='soon'/>\n<limts/>\n<upstreamTls ca='no.pem' key='cert.pem'/>\n"
             "<listener address='localhost' port='70000'/>")
            .said.find("2:9: unknown attribute \"workes\" of <server>; did you mean \"workers\"?\n"
                       "2:31: attribute \"drainTime\" of <server> must be a whole number of milliseconds from 0 to "
                       "86400000, not \"soon\"\n"
                       "3:1: unknown element <limts> in <myelin>; did you mean <limits>?\n"
                       "4:1: a client certificate takes both attributes, certificate and key\n") == 0);
    const std::string said = Read("<upstreamTls ca='no.pem'/>\n<listener address='localhost' port='70000'/>").said;
    BOOST_TEST(said.find("no.pem cannot be read: No such file or directory\n") != std::string::npos);
    BOOST_TEST(said.find("3:1: <listener> needs attribute \"protocol\"\n"
                         "3:1: a listener's address must be an IP address, not \"localhost\" [") != std::string::npos);
    BOOST_TEST(
        said.find("3:37: attribute \"port\" of <listener> must be a whole number from 0 to 65535, not \"70000\"\n") !=
        std::string::npos);
    BOOST_TEST(Read("<listener protocol='http'><certificate chain='cert.pem' key='cert.pem'/></listener>").said ==
               "2:1: a certificate needs protocol=\"https\"\n");
}

BOOST_AUTO_TEST_CASE(where_sessions_are_kept) {
    const Read read("<sessions redis='rediss://cache:7000/2' user='me' password='secret' wait='50' maxCount='10'/>");
    BOOST_TEST(read.said == "");
    BOOST_TEST(read.settings.sessions.redis == "rediss://cache:7000/2");
    BOOST_TEST(read.settings.sessions.password == "secret");
    BOOST_TEST((read.settings.sessions.wait == 50ms));
    BOOST_TEST((read.settings.sessions.trust == 1s));
    BOOST_TEST(read.settings.sessions.maxCount == 10U);

    BOOST_TEST(Read("<sessions redis='cache:6379'/>")
                   .said.find("2:18: the address of a Redis server begins with "
                              "redis:// or, for TLS, rediss:// [") == 0);
    BOOST_TEST(Read("<sessions redis='redis://me:secret@cache'/>").said.find("secret@") == std::string::npos);
    BOOST_TEST(Read("<sessions redis='redis://cache' user='me'/>").said == "2:39: a user needs a password\n");
    BOOST_TEST(Read("<sessions password='secret'/>").said == "2:21: there is no redis=\"...\" that it is for\n");
    BOOST_TEST(Read("<sessions maxCount='0'/>").said.find("2:21: attribute \"maxCount\" of <sessions> must be") == 0);
}

BOOST_AUTO_TEST_CASE(a_file_of_another_kind_is_refused) {
    test::TemporaryFolder folder;
    folder.write("a.xml", "<myelin/>");
    folder.write("b.xml", "<definitions xmlns='http://ws.apache.org/ns/synapse'/>");
    for (const char* const name : {"a.xml", "b.xml", "none.xml"}) {
        Diagnostics diagnostics;
        readSettings(folder.path(name), diagnostics);
        BOOST_TEST(diagnostics.errorCount() == 1U, name);
    }
}

BOOST_AUTO_TEST_CASE(two_listeners_cannot_share_a_port) {
    const auto said = [](const std::string& first, const std::string& second) {
        const Read read("<listener protocol='http' " + first + "/>\n<listener protocol='http' " + second + "/>");
        return read.diagnostics.errorCount();
    };
    BOOST_TEST(said("port='9000'", "port='9000'") == 1U);
    BOOST_TEST(said("port='9000'", "port='9000' address='0.0.0.0'") == 1U);
    BOOST_TEST(said("port='9000' address='0.0.0.0'", "port='9000' address='127.0.0.2'") == 1U);
    BOOST_TEST(said("port='9000'", "port='9000' address='127.0.0.2'") == 0U);
    BOOST_TEST(said("port='9000'", "port='9000' address='::1'") == 0U);
    BOOST_TEST(said("port='9000'", "port='9001'") == 0U);
    BOOST_TEST(said("port='0'", "port='0'") == 0U);
    // The second one is closed for want of a certificate.
    const Read read("<listener protocol='http' port='9000'/>\n<listener protocol='https' port='9000'/>");
    BOOST_TEST(read.said == "");

    Settings settings;
    settings.listeners[1].secure = false;
    applyOverrides({{}, 8243, {}, {}}, settings);
    Diagnostics diagnostics;
    checkListeners(settings, diagnostics);
    BOOST_TEST(test::findingsOf(diagnostics) == "0:0: two listeners on 127.0.0.1 port 8243\n");
}

BOOST_AUTO_TEST_CASE(the_command_line_wins) {
    Settings settings;
    applyOverrides({"0.0.0.0", 0, 9443, 4}, settings);
    BOOST_TEST(described(settings.listeners[0]) == "http 0.0.0.0:0 TLSv1.2 0 ");
    BOOST_TEST(described(settings.listeners[1]) == "https 0.0.0.0:9443 TLSv1.2 0 ");
    BOOST_TEST(settings.workers == 4U);
    settings.listeners.clear();
    applyOverrides({{}, 9000, {}, {}}, settings);
    BOOST_REQUIRE(settings.listeners.size() == 1U);
    BOOST_TEST(described(settings.listeners[0]) == "http 127.0.0.1:9000 TLSv1.2 0 ");
}

BOOST_AUTO_TEST_SUITE_END()
