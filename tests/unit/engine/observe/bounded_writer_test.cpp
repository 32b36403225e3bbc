#include "engine/observe/bounded_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/engine/observe/temporary_directory.hpp"

using namespace std::chrono_literals;
using myelin::observe::BoundedWriter;
using myelin::observe::test::contentOf;
using myelin::observe::test::TemporaryDirectory;

namespace {

constexpr auto kLimit = 10s;

/// The reading end of a FIFO, which need not be read.
class Reader {
public:
    explicit Reader(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
    ~Reader() { ::close(descriptor_); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Everything so far, once `enough` says so or time is up.
    template <typename Enough>
    const std::string& readUntil(Enough enough) {
        const auto end = std::chrono::steady_clock::now() + kLimit;
        char piece[65536];
        while (!enough(text_) && std::chrono::steady_clock::now() < end) {
            const auto count = ::read(descriptor_, piece, sizeof piece);
            if (count > 0) {
                text_.append(piece, static_cast<std::size_t>(count));
            } else {
                std::this_thread::sleep_for(1ms);
            }
        }
        return text_;
    }

private:
    int descriptor_;
    std::string text_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bounded_writer)

BOOST_AUTO_TEST_CASE(appends_lines_in_order_to_a_file) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    {
        BoundedWriter writer(path, {});
        BOOST_TEST(writer.submit("one\n"));
        BOOST_TEST(writer.submit("two\n"));
        BOOST_TEST(writer.flush(kLimit));
        BOOST_TEST(contentOf(path) == "one\ntwo\n");
    }
    BoundedWriter again(path, {});
    again.submit("three\n");
    BOOST_TEST(again.flush(kLimit));
    BOOST_TEST(contentOf(path) == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(the_destructor_writes_what_waits) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    {
        BoundedWriter::Options options;
        options.gather = 1h;
        BoundedWriter writer(path, options);
        writer.submit("last words\n");
    }
    BOOST_TEST(contentOf(path) == "last words\n");
}

BOOST_AUTO_TEST_CASE(says_why_a_file_cannot_be_opened) {
    BOOST_CHECK_EXCEPTION(
        BoundedWriter("/nowhere/at/all", {}), std::runtime_error, [](const std::runtime_error& error) {
            return std::string(error.what()) ==
                   "cannot open \"/nowhere/at/all\" for writing: No such file or directory";
        });
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_lines_and_nothing_else) {
    BoundedWriter writer("/dev/full", {});
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) writer.submit("a line that cannot be written\n");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
    BOOST_TEST(writer.flush(kLimit));
    BOOST_TEST(writer.dropped() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_blocked_reader_costs_lines_and_is_told_how_many) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("pipe");
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    BoundedWriter::Options options;
    options.messages = 100;
    BoundedWriter writer(path, options);  // no reader yet
    const std::string line = std::string(9999, 'x') + "\n";
    std::size_t accepted = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 500; ++i) accepted += writer.submit(line) ? 1 : 0;
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
    BOOST_TEST(accepted >= 100u);
    BOOST_TEST(accepted < 200u);
    BOOST_TEST(writer.dropped() == 500u - accepted);

    Reader reader(path);
    std::size_t written = 0;
    std::size_t reported = 0;
    reader.readUntil([&](const std::string& text) {
        written = reported = 0;
        std::istringstream lines(text);
        for (std::string got; std::getline(lines, got);) {
            if (got + "\n" == line) ++written;
            if (got.ends_with(" log lines were dropped")) reported += std::stoul(got);
        }
        return written == accepted && reported == 500 - accepted;
    });
    BOOST_TEST(written == accepted);
    BOOST_TEST(reported == 500 - accepted);
    BOOST_TEST(writer.flush(kLimit));
    BOOST_TEST(writer.submit("afterwards\n"));
    const std::string end = "\nafterwards\n";
    BOOST_TEST(reader.readUntil([&](const std::string& text) { return text.ends_with(end); }).ends_with(end));
}

BOOST_AUTO_TEST_CASE(a_reader_that_never_reads_cannot_hold_up_the_end) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("pipe");
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto begin = std::chrono::steady_clock::now();
    {
        BoundedWriter writer(path, {});
        for (int i = 0; i < 100; ++i) writer.submit(std::string(4096, 'x'));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < BoundedWriter::kFarewell + 3s));
}

BOOST_AUTO_TEST_CASE(many_threads_lose_and_tear_nothing) {
    constexpr int threads = 4;
    constexpr int lines = 5000;
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    BoundedWriter::Options options;
    options.shards = 3;
    options.messages = 1u << 20;
    options.gather = 1ms;
    BoundedWriter writer(path, options);
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t) {
        writers.emplace_back([&writer, t] {
            const std::string line = std::string(50, static_cast<char>('a' + t)) + "\n";
            for (int i = 0; i < lines; ++i) writer.submit(line);
        });
    }
    for (std::thread& thread : writers) thread.join();
    BOOST_TEST(writer.flush(kLimit));
    BOOST_TEST(writer.dropped() == 0u);
    const std::string text = contentOf(path);
    BOOST_TEST(text.size() == threads * lines * 51u);
    for (int t = 0; t < threads; ++t) {
        const std::string line = std::string(50, static_cast<char>('a' + t)) + "\n";
        int found = 0;
        for (std::size_t at = 0; (at = text.find(line, at)) != std::string::npos; at += line.size()) ++found;
        BOOST_TEST(found == lines);
    }
}

BOOST_AUTO_TEST_SUITE_END()
