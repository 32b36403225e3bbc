#include "engine/observe/log.hpp"

#include <Poco/Logger.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <regex>
#include <string>

#include "engine/observe/line_format.hpp"
#include "tests/unit/engine/observe/temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace myelin::observe;
using myelin::observe::test::contentOf;
using myelin::observe::test::TemporaryDirectory;

namespace {

struct Logging {
    ~Logging() {
        shutdownLogging();
        setLogLevel(Level::Info);
    }
    TemporaryDirectory directory;
    std::string path = directory.file("log");

    std::string text() const {
        BOOST_TEST(flushLog(10s));
        return contentOf(path);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(logging, Logging)

BOOST_AUTO_TEST_CASE(a_line_has_time_level_source_and_text) {
    configureLogging(Level::Info, path);
    myelin::observe::log(Level::Warning, "mediation sequence main", "symbol = IBM");
    const std::regex line(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN  \[mediation sequence main\] symbol = IBM\n)");
    BOOST_TEST(std::regex_match(text(), line));
}

BOOST_AUTO_TEST_CASE(levels_above_the_limit_are_not_written) {
    configureLogging(Level::Warning, path);
    BOOST_TEST(enabled(Level::Error));
    BOOST_TEST(enabled(Level::Warning));
    BOOST_TEST(!enabled(Level::Info));
    myelin::observe::log(Level::Info, "a", "hidden");
    setLogLevel(Level::Trace);
    myelin::observe::log(Level::Trace, "a", "shown");
    setLogLevel(Level::Off);
    myelin::observe::log(Level::Fatal, "a", "hidden too");
    const std::string written = text();
    BOOST_TEST(written.find("hidden") == std::string::npos);
    BOOST_TEST(written.find("TRACE [a] shown\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(logged_text_cannot_forge_a_line) {
    configureLogging(Level::Info, path);
    myelin::observe::log(Level::Info, "a", "one\r\n2026-01-01T00:00:00.000Z ERROR [b] two\x1b[31m\rthree\ttab");
    const std::string written = text();
    BOOST_TEST(written.find("one\n\t2026-01-01T00:00:00.000Z ERROR [b] two\\x1B[31m\\x0Dthree\ttab\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(poco_loggers_go_to_the_same_place) {
    configureLogging(Level::Info, path);
    Poco::Logger::root().information("from Poco");
    Poco::Logger::root().debug("not this");
    const std::string written = text();
    BOOST_TEST(written.find("INFO  [] from Poco\n") != std::string::npos);
    BOOST_TEST(written.find("not this") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(can_be_sent_to_another_file) {
    configureLogging(Level::Info, path);
    myelin::observe::log(Level::Info, "a", "first");
    const std::string other = directory.file("other");
    configureLogging(Level::Info, other);
    myelin::observe::log(Level::Info, "a", "second");
    BOOST_TEST(flushLog(10s));
    BOOST_TEST(contentOf(path).ends_with("[a] first\n"));
    BOOST_TEST(contentOf(other).ends_with("[a] second\n"));
}

BOOST_AUTO_TEST_CASE(a_sink_gets_entries_instead) {
    struct Sink : LogSink {
        void write(Level level, std::string_view source, std::string_view line) override {
            got = std::to_string(static_cast<int>(level)) + std::string(source) + std::string(line);
        }
        std::string got;
    } sink;
    BOOST_TEST(exchangeLogSink(&sink) == nullptr);
    myelin::observe::log(Level::Error, "s", "t");
    BOOST_TEST(exchangeLogSink(nullptr) == &sink);
    BOOST_TEST(sink.got == "2st");
}

BOOST_AUTO_TEST_CASE(levels_have_names) {
    BOOST_TEST((levelNamed("WARN") == Level::Warning));
    BOOST_TEST((levelNamed("warning") == Level::Warning));
    BOOST_TEST((levelNamed("Off") == Level::Off));
    BOOST_TEST((levelNamed("trace") == Level::Trace));
    BOOST_TEST(!levelNamed("loud"));
}

BOOST_AUTO_TEST_CASE(times_are_in_utc) {
    const WallTime time{1'772'366'400s + 7ms};
    std::string iso;
    appendIsoTime(iso, time);
    appendIsoTime(iso, time + 1s);
    BOOST_TEST(iso == "2026-03-01T12:00:00.007Z2026-03-01T12:00:01.007Z");
    std::string access;
    appendAccessLogTime(access, time);
    BOOST_TEST(access == "01/Mar/2026:12:00:00 +0000");
}

BOOST_AUTO_TEST_SUITE_END()
