#include "engine/http/body_reader.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "engine/runtime/loop.hpp"

using namespace myelin;
using http::BodyFraming;
using http::BodyStatus;
using runtime::Deadline;
using runtime::IoStatus;

namespace {

// Gives out scripted segments, then how the connection ends.
class ScriptedStream final : public runtime::Stream {
public:
    explicit ScriptedStream(std::vector<std::string> segments, IoStatus end = IoStatus::TimedOut)
        : segments_(segments.begin(), segments.end()), end_(end) {}

    runtime::IoResult read(char* data, std::size_t size, Deadline deadline, bool*) override {
        ++reads;
        lastSize = size;
        lastDeadline = deadline;
        BOOST_REQUIRE(size > 0);
        if (segments_.empty()) return {end_, 0, 0};
        std::string& first = segments_.front();
        const std::size_t taken = std::min(size, first.size());
        std::memcpy(data, first.data(), taken);
        first.erase(0, taken);
        if (first.empty()) segments_.pop_front();
        return {IoStatus::Ok, taken, 0};
    }
    runtime::IoResult write(iovec*, int, Deadline) override { return {IoStatus::Failed, 0, 0}; }
    bool readable() override { return true; }
    void shutdownWrite() noexcept override {}
    void close(bool) noexcept override {}
    runtime::IoWatch* watch() noexcept override { return nullptr; }
    int descriptor() const noexcept override { return -1; }

    int reads = 0;
    std::size_t lastSize = 0;
    Deadline lastDeadline = Deadline::never();

private:
    std::deque<std::string> segments_;
    IoStatus end_;
};

// Gives any number of bytes without having them, and writes none of them anywhere: what is read is not looked at.
class EndlessStream final : public runtime::Stream {
public:
    explicit EndlessStream(std::uint64_t size) : left_(size) {}
    runtime::IoResult read(char*, std::size_t size, Deadline, bool*) override {
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
        left_ -= taken;
        if (taken == 0) return {IoStatus::Closed, 0, 0};
        return {IoStatus::Ok, taken, 0};
    }
    runtime::IoResult write(iovec*, int, Deadline) override { return {IoStatus::Failed, 0, 0}; }
    bool readable() override { return true; }
    void shutdownWrite() noexcept override {}
    void close(bool) noexcept override {}
    runtime::IoWatch* watch() noexcept override { return nullptr; }
    int descriptor() const noexcept override { return -1; }

private:
    std::uint64_t left_;
};

const std::string kHead = "HEAD\r\n\r\n";

// A receive buffer that has a head, already taken, and what came with it.
struct Received {
    explicit Received(const std::string& withHead) {
        const std::string bytes = kHead + withHead;
        std::memcpy(buffer.space(), bytes.data(), bytes.size());
        buffer.added(bytes.size());
        head = buffer.unread().substr(0, kHead.size());
        buffer.take(kHead.size());
    }
    http::MessageBuffer buffer;
    std::string_view head;
    base::Arena arena;
};

struct ReadAll {
    BodyStatus status;
    std::string body;
};

ReadAll readAll(http::BodySource& source) {
    ReadAll all{BodyStatus::Data, {}};
    for (;;) {
        const http::BodyPart part = source.next(Deadline::never());
        if (part.status != BodyStatus::Data) {
            all.status = part.status;
            return all;
        }
        BOOST_REQUIRE(!part.bytes.empty());
        all.body += part.bytes;
    }
}

std::string chunkedOf(const std::string& body, std::size_t chunk) {
    std::string bytes;
    for (std::size_t at = 0; at < body.size(); at += chunk) {
        const std::string piece = body.substr(at, chunk);
        char head[http::kChunkHeadSize];
        bytes.append(head, http::writeChunkHead(head, piece.size()));
        bytes += piece + "\r\n";
    }
    return bytes + "0\r\n\r\n";
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return text;
}

std::vector<std::string> cut(const std::string& bytes, std::size_t size) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < bytes.size(); at += size) pieces.push_back(bytes.substr(at, size));
    return pieces;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_reader)

BOOST_AUTO_TEST_CASE(a_small_body_is_shown_whole_without_reading_or_copying) {
    ScriptedStream stream({});
    Received received("helloNEXT");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(5), {}, received.arena);
    const auto whole = reader.wholeIfBuffered();
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST(*whole == "hello");
    BOOST_TEST((whole->data() == received.head.data() + kHead.size()));
    BOOST_TEST(reader.complete());
    BOOST_TEST(!reader.finished());
    BOOST_TEST(reader.leftoverSize() == 4U);
    BOOST_TEST(*reader.length() == 5U);
    const ReadAll all = readAll(reader);
    BOOST_TEST((all.status == BodyStatus::End));
    BOOST_TEST(all.body == "hello");
    BOOST_TEST(*whole == "hello");
    BOOST_TEST(*reader.wholeIfBuffered() == "");
    BOOST_TEST(reader.finished());
    BOOST_TEST(stream.reads == 0);
    reader.finishMessage();
    BOOST_TEST(received.buffer.unread() == "NEXT");
}

BOOST_AUTO_TEST_CASE(small_chunked_bodies_are_shown_whole_too) {
    for (const std::size_t chunk : {1U, 3U, 100U}) {
        ScriptedStream stream({});
        const std::string body = pattern(100);
        Received received(chunkedOf(body, chunk) + "NEXT");
        http::MessageBodyReader reader(stream, received.buffer, BodyFraming::chunked(), {}, received.arena);
        BOOST_REQUIRE(reader.wholeIfBuffered().has_value());
        BOOST_TEST(*reader.wholeIfBuffered() == body);
        BOOST_TEST(received.head == kHead);
        BOOST_TEST(!reader.length());
        BOOST_TEST(reader.leftoverSize() == 4U);
        BOOST_TEST(readAll(reader).body == body);
        reader.finishMessage();
        BOOST_TEST(received.buffer.unread() == "NEXT");
        BOOST_TEST(stream.reads == 0);
    }
}

BOOST_AUTO_TEST_CASE(every_size_framing_and_segmentation_gives_the_same_body) {
    for (const std::size_t size : {1U, 100U, 15000U, 17000U, 131072U, 300000U}) {
        const std::string body = pattern(size);
        for (const std::size_t segment : {1U, 1000U, 8192U, 100000U}) {
            if (segment == 1 && size > 20000) continue;
            for (const std::size_t chunk : {0U, 1U, 10U, 8192U, 200000U}) {
                if (chunk == 1 && size > 20000) continue;
                const std::string encoded = (chunk == 0 ? body : chunkedOf(body, chunk)) + "GET /next";
                const std::string with = encoded.substr(0, std::min<std::size_t>({encoded.size(), segment / 2, 15000}));
                ScriptedStream stream(cut(encoded.substr(with.size()), segment));
                Received received(with);
                const BodyFraming framing = chunk == 0 ? BodyFraming::ofLength(size) : BodyFraming::chunked();
                BOOST_TEST_CONTEXT("size " << size << " segment " << segment << " chunk " << chunk) {
                    http::MessageBodyReader reader(stream, received.buffer, framing, {}, received.arena);
                    const ReadAll all = readAll(reader);
                    BOOST_TEST((all.status == BodyStatus::End));
                    BOOST_TEST((all.body == body));
                    BOOST_TEST(reader.received() == size);
                    BOOST_TEST(received.head == kHead);
                    BOOST_TEST(reader.finished());
                    const std::size_t left = reader.leftoverSize();
                    reader.finishMessage();
                    // What was read too far is kept; the rest is still in the stream.
                    std::string next(received.buffer.unread());
                    BOOST_TEST(next.size() == left);
                    char more[16];
                    for (;;) {
                        const auto result = stream.read(more, sizeof more, Deadline::never(), nullptr);
                        if (!result.ok()) break;
                        next.append(more, result.bytes);
                    }
                    BOOST_TEST(next == "GET /next");
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(large_bodies_are_read_in_large_pieces) {
    const std::string body = pattern(1 << 20);
    ScriptedStream stream({body});
    Received received("");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(body.size()), {}, received.arena);
    BOOST_TEST((readAll(reader).body == body));
    BOOST_TEST(stream.reads <= 9);
}

BOOST_AUTO_TEST_CASE(the_last_read_of_a_body_falls_short) {
    // So the connection is known to have nothing more, and may go back to its pool.
    const std::size_t space = 16 * 1024 - kHead.size();
    const std::size_t relay = 128 * 1024;
    for (const std::size_t size : {space - 1, space, space + 1, relay - 1, relay, relay + 1}) {
        ScriptedStream stream({pattern(size)});
        Received received("");
        http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(size), {}, received.arena);
        std::size_t last = 0;
        for (;;) {
            const http::BodyPart part = reader.next(Deadline::never());
            if (part.status != BodyStatus::Data) break;
            last = part.bytes.size();
        }
        BOOST_TEST(reader.finished());
        BOOST_TEST(last < stream.lastSize);
    }
}

BOOST_AUTO_TEST_CASE(a_body_until_close) {
    const std::string body = pattern(200000);
    ScriptedStream stream(cut(body.substr(10), 5000), IoStatus::Closed);
    Received received(body.substr(0, 10));
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::untilClose(), {}, received.arena);
    BOOST_TEST(!reader.wholeIfBuffered());
    const ReadAll all = readAll(reader);
    BOOST_TEST((all.status == BodyStatus::End));
    BOOST_TEST((all.body == body));
    BOOST_TEST(!reader.complete());
    BOOST_TEST((reader.next(Deadline::never()).status == BodyStatus::End));

    ScriptedStream broken({"abc"}, IoStatus::Reset);
    Received other("");
    http::MessageBodyReader cutOff(broken, other.buffer, BodyFraming::untilClose(), {}, other.arena);
    BOOST_TEST((readAll(cutOff).status == BodyStatus::Truncated));
}

BOOST_AUTO_TEST_CASE(a_body_that_breaks_off_is_never_complete) {
    struct Row {
        BodyFraming framing;
        std::string bytes;
        IoStatus end;
        BodyStatus status;
        int answer;
    };
    const std::vector<Row> rows = {
        {BodyFraming::ofLength(10), "12345", IoStatus::Closed, BodyStatus::Truncated, 400},
        {BodyFraming::ofLength(10), "12345", IoStatus::Reset, BodyStatus::Truncated, 400},
        {BodyFraming::ofLength(10), "12345", IoStatus::Failed, BodyStatus::Truncated, 400},
        {BodyFraming::ofLength(10), "12345", IoStatus::TimedOut, BodyStatus::TimedOut, 408},
        {BodyFraming::chunked(), "5\r\nhello\r\n", IoStatus::Closed, BodyStatus::Truncated, 400},
        {BodyFraming::chunked(), "5\r\nhello\r\n0\r\n", IoStatus::Closed, BodyStatus::Truncated, 400},
        {BodyFraming::chunked(), "5\r\nhel", IoStatus::Reset, BodyStatus::Truncated, 400},
        {BodyFraming::chunked(), "5\r\nhelloX", IoStatus::Closed, BodyStatus::Malformed, 400},
        {BodyFraming::chunked(), "zz\r\n", IoStatus::Closed, BodyStatus::Malformed, 400},
        {BodyFraming::chunked(),
         "0\r\nX: " + std::string(9000, 'x'),
         IoStatus::Closed,
         BodyStatus::TrailersTooLarge,
         431},
        {BodyFraming::chunked(), "1;" + std::string(5000, 'x'), IoStatus::Closed, BodyStatus::Malformed, 400},
    };
    for (const Row& row : rows) {
        for (const bool buffered : {true, false}) {
            ScriptedStream stream(buffered ? std::vector<std::string>{} : std::vector<std::string>{row.bytes}, row.end);
            Received received(buffered ? row.bytes : "");
            http::MessageBodyReader reader(stream, received.buffer, row.framing, {}, received.arena);
            BOOST_TEST_CONTEXT(row.bytes.substr(0, 40)) {
                BOOST_TEST(!reader.wholeIfBuffered());
                BOOST_TEST((readAll(reader).status == row.status));
                BOOST_TEST(reader.answerStatus() == row.answer);
                BOOST_TEST(!reader.failureReason().empty());
                BOOST_TEST(!reader.complete());
                BOOST_TEST(!reader.wholeIfBuffered());
                // It stays that way.
                BOOST_TEST((reader.next(Deadline::never()).status == row.status));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_size_of_a_body_is_bounded) {
    http::BodyBounds bounds;
    bounds.body = 10;
    const auto result = [&](BodyFraming framing, const std::string& bytes, IoStatus end = IoStatus::Closed) {
        ScriptedStream stream({bytes}, end);
        Received received("");
        http::MessageBodyReader reader(stream, received.buffer, framing, bounds, received.arena);
        const BodyStatus status = readAll(reader).status;
        if (status == BodyStatus::TooLarge) BOOST_TEST(reader.answerStatus() == 413);
        return status;
    };
    BOOST_TEST((result(BodyFraming::ofLength(10), pattern(10)) == BodyStatus::End));
    BOOST_TEST((result(BodyFraming::ofLength(11), pattern(11)) == BodyStatus::TooLarge));
    BOOST_TEST((result(BodyFraming::chunked(), chunkedOf(pattern(10), 3)) == BodyStatus::End));
    BOOST_TEST((result(BodyFraming::chunked(), chunkedOf(pattern(11), 3)) == BodyStatus::TooLarge));
    BOOST_TEST((result(BodyFraming::untilClose(), pattern(10)) == BodyStatus::End));
    BOOST_TEST((result(BodyFraming::untilClose(), pattern(11)) == BodyStatus::TooLarge));
}

BOOST_AUTO_TEST_CASE(a_body_too_large_by_its_length_is_not_read_at_all) {
    http::BodyBounds bounds;
    bounds.body = 10;
    ScriptedStream stream({});
    Received received("");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(11), bounds, received.arena);
    int asked = 0;
    reader.beforeFirstRead([&] { return ++asked > 0; });
    BOOST_TEST((reader.next(Deadline::never()).status == BodyStatus::TooLarge));
    BOOST_TEST(stream.reads == 0);
    BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(the_body_is_asked_for_once_and_only_when_none_of_it_came) {
    int asked = 0;
    {
        ScriptedStream stream({"he", "llo"});
        Received received("");
        http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(5), {}, received.arena);
        reader.beforeFirstRead([&] {
            BOOST_TEST(stream.reads == 0);
            return ++asked > 0;
        });
        BOOST_TEST(asked == 0);
        BOOST_TEST(readAll(reader).body == "hello");
        BOOST_TEST(asked == 1);
    }
    for (const bool chunked : {false, true}) {
        ScriptedStream stream({chunked ? "\r\nhello\r\n0\r\n\r\n" : "ello"});
        Received received(chunked ? "5" : "h");
        http::MessageBodyReader reader(
            stream, received.buffer, chunked ? BodyFraming::chunked() : BodyFraming::ofLength(5), {}, received.arena);
        reader.beforeFirstRead([&] { return ++asked > 0; });
        BOOST_TEST(readAll(reader).body == "hello");
        BOOST_TEST(asked == 1);
    }
    ScriptedStream stream({"hello"});
    Received received("");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(5), {}, received.arena);
    reader.beforeFirstRead([] { return false; });
    BOOST_TEST((reader.next(Deadline::never()).status == BodyStatus::Truncated));
    BOOST_TEST(stream.reads == 0);
}

BOOST_AUTO_TEST_CASE(each_wait_ends_at_the_earlier_of_both_bounds) {
    http::BodyBounds bounds;
    bounds.pieceTime = base::Milliseconds(5000);
    ScriptedStream stream({"a"});
    Received received("");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(5), bounds, received.arena);
    const base::TimePoint before = runtime::now();
    reader.next(Deadline::never());
    BOOST_TEST((stream.lastDeadline.when() >= before + std::chrono::seconds(5)));
    BOOST_TEST((stream.lastDeadline.when() <= runtime::now() + std::chrono::seconds(5)));
    const Deadline sooner = Deadline::at(before + std::chrono::seconds(1));
    reader.next(sooner);
    BOOST_TEST((stream.lastDeadline.when() == sooner.when()));
}

BOOST_AUTO_TEST_CASE(trailers_come_after_the_end) {
    const std::string bytes = "5\r\nhello\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n";
    for (std::size_t with = 0; with <= bytes.size(); ++with) {
        ScriptedStream stream(cut(bytes.substr(with), 4));
        Received received(bytes.substr(0, with));
        http::MessageBodyReader reader(stream, received.buffer, BodyFraming::chunked(), {}, received.arena);
        BOOST_TEST(readAll(reader).body == "hello");
        BOOST_REQUIRE(reader.trailers() != nullptr);
        BOOST_TEST(reader.trailers()->size() == 1U);
        BOOST_TEST(*reader.trailers()->get("x-sum") == "7");
    }
}

BOOST_AUTO_TEST_CASE(no_body) {
    ScriptedStream stream({});
    Received received("NEXT");
    http::MessageBodyReader reader(stream, received.buffer, BodyFraming::none(), {}, received.arena);
    BOOST_TEST(*reader.wholeIfBuffered() == "");
    BOOST_TEST((reader.next(Deadline::never()).status == BodyStatus::End));
    BOOST_TEST(reader.finished());
    BOOST_TEST(reader.leftoverSize() == 4U);
}

BOOST_AUTO_TEST_CASE(reading_whole) {
    const std::string body = pattern(50000);
    const auto read = [&](std::uint64_t limit, bool chunked, std::string& into) {
        ScriptedStream stream(cut(chunked ? chunkedOf(body, 700) : body, 3000), IoStatus::Closed);
        Received received("");
        http::MessageBodyReader reader(stream,
                                       received.buffer,
                                       chunked ? BodyFraming::chunked() : BodyFraming::ofLength(body.size()),
                                       {},
                                       received.arena);
        return http::readWhole(reader, into, limit, Deadline::never());
    };
    for (const bool chunked : {false, true}) {
        std::string into = "before ";
        BOOST_TEST((read(50000, chunked, into) == BodyStatus::End));
        BOOST_TEST((into == "before " + body));
        into.clear();
        BOOST_TEST((read(49999, chunked, into) == BodyStatus::TooLarge));
        BOOST_TEST(into.size() <= 49999U);
    }
    http::BufferedBody buffered("hello");
    std::string into;
    BOOST_TEST(*buffered.wholeIfBuffered() == "hello");
    BOOST_TEST((http::readWhole(buffered, into, 5, Deadline::never()) == BodyStatus::End));
    BOOST_TEST(into == "hello");
    BOOST_TEST((buffered.next(Deadline::never()).status == BodyStatus::End));
}

BOOST_AUTO_TEST_CASE(lengths_beyond_four_gibibytes_are_counted) {
    constexpr std::uint64_t kSize = (std::uint64_t{5} << 30U) + 3;
    for (const std::uint64_t missing : {0U, 1U}) {
        EndlessStream stream(kSize - missing);
        Received received("");
        http::MessageBodyReader reader(stream, received.buffer, BodyFraming::ofLength(kSize), {}, received.arena);
        BOOST_TEST(reader.length().value_or(0) == kSize);
        std::uint64_t sum = 0;
        std::size_t largest = 0;
        http::BodyPart part;
        while ((part = reader.next(Deadline::never())).status == BodyStatus::Data) {
            sum += part.bytes.size();
            largest = std::max(largest, part.bytes.size());
        }
        BOOST_TEST((part.status == (missing == 0 ? BodyStatus::End : BodyStatus::Truncated)));
        BOOST_TEST(sum == kSize - missing);
        BOOST_TEST(reader.received() == sum);
        BOOST_TEST(reader.complete() == (missing == 0));
        // It never was in memory.
        BOOST_TEST(largest <= std::size_t{1} << 20U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
