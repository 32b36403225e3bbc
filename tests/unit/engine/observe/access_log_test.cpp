#include "engine/observe/access_log.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <regex>
#include <string>

#include "tests/unit/engine/observe/temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace myelin::observe;
using myelin::observe::test::contentOf;
using myelin::observe::test::TemporaryDirectory;

BOOST_AUTO_TEST_SUITE(access_log)

BOOST_AUTO_TEST_CASE(is_off_until_it_is_configured) {
    BOOST_TEST(AccessLog::current() == nullptr);
    const TemporaryDirectory directory;
    AccessLog::configure(directory.file("access"));
    BOOST_TEST(AccessLog::current() != nullptr);
    AccessLog::configure("");
    BOOST_TEST(AccessLog::current() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_line_for_each_request) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("access");
    AccessLog log(path);
    AccessRecord record;
    record.client = "127.0.0.1";
    record.method = "POST";
    record.target = "/services/Quote?a=b";
    record.status = 200;
    record.requestBytes = 1024;
    record.responseBytes = 512;
    record.duration = 850us;
    record.endpoint = "first group";
    record.userAgent = "wrk";
    log.record(record);
    log.record({});
    BOOST_TEST(log.flush(10s));
    const std::string text = contentOf(path);
    const std::regex full(
        R"(127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "POST /services/Quote\?a=b HTTP/1\.1" 200 512 "wrk" 1024 850us first\\x20group)");
    const std::regex empty(R"(- - - \[[^\]]+\] "  HTTP/1\.1" 0 0 "-" 0 0us -)");
    const std::size_t lineEnd = text.find('\n');
    BOOST_REQUIRE(lineEnd != std::string::npos);
    BOOST_TEST(std::regex_match(text.substr(0, lineEnd), full));
    BOOST_TEST(std::regex_match(text.substr(lineEnd + 1, text.size() - lineEnd - 2), empty));
}

BOOST_AUTO_TEST_CASE(what_a_client_sent_cannot_forge_fields) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("access");
    AccessLog log(path);
    AccessRecord record;
    record.target = "/a\" 200\n";
    const std::string agent(1000, 'x');
    record.userAgent = agent;
    log.record(record);
    BOOST_TEST(log.flush(10s));
    const std::string text = contentOf(path);
    BOOST_TEST(text.find("\" /a\\x22 200\\x0A HTTP/1.1\"") != std::string::npos);
    BOOST_TEST(text.find(std::string(256, 'x') + "\" 0") != std::string::npos);
    BOOST_TEST(text.find(std::string(257, 'x')) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
