#include "engine/redis/connection.hpp"

#include <Poco/Net/SocketAddress.h>

#include <array>

#include "engine/runtime/loop.hpp"
#include "engine/runtime/resolver.hpp"

namespace myelin::redis {

namespace {

using runtime::IoStatus;

constexpr std::size_t kPiece = 4096;

Connection::Opened failed(std::string error, bool timedOut) {
    return {nullptr, std::move(error), timedOut};
}

/// The first word, in capitals. The rest may repeat what was sent, such as the password: "unknown command `AUTH`, with
/// args beginning with: ..." says a server that knows no AUTH.
std::string errorCode(std::string_view text) {
    constexpr std::size_t kMostCode = 32;
    std::size_t end = 0;
    while (end < text.size() && text[end] >= 'A' && text[end] <= 'Z') ++end;
    const bool isCode = end != 0 && end <= kMostCode && (end == text.size() || text[end] == ' ');
    return isCode ? std::string(text.substr(0, end)) : "an error without a code";
}

}  // namespace

Connection::Opened Connection::open(const Server& server, runtime::Deadline deadline) {
    const Address& address = server.address;
    const auto resolved = runtime::resolve(address.host, address.port, deadline);
    if (resolved.addresses.empty()) return failed(resolved.error, resolved.timedOut);
    runtime::ConnectResult connected;
    for (const auto& candidate : resolved.addresses) {
        connected = runtime::connectTcp(candidate, deadline);
        if (connected.stream) break;
    }
    if (!connected.stream) return failed(connected.text, connected.status == IoStatus::TimedOut);
    if (server.tls) {
        auto secured = runtime::connectTls(std::move(connected.stream), *server.tls, address.host, deadline);
        if (!secured.stream) return failed(secured.text, secured.status == IoStatus::TimedOut);
        connected.stream = std::move(secured.stream);
    }
    auto connection = std::make_unique<Connection>(std::move(connected.stream));

    std::string commands;
    std::size_t count = 0;
    if (!server.password.empty()) {
        commands +=
            server.user.empty() ? command({"AUTH", server.password}) : command({"AUTH", server.user, server.password});
        ++count;
    }
    if (address.database != 0) {
        commands += command({"SELECT", std::to_string(address.database)});
        ++count;
    }
    std::vector<Reply> replies;
    if (count != 0) {
        const auto outcome = connection->call(commands, count, replies, deadline);
        if (outcome != Outcome::Done) return failed(std::string(toString(outcome)), outcome == Outcome::TimedOut);
    }
    for (const Reply& reply : replies) {
        if (reply.kind != Reply::Kind::Error) continue;
        const bool ofLogin = &reply == &replies.front() && !server.password.empty();
        return failed(ofLogin ? "it refused the login: " + errorCode(reply.text) : "it answered: " + reply.text, false);
    }
    return {std::move(connection), {}, false};
}

Connection::Outcome Connection::call(std::string_view commands,
                                     std::size_t count,
                                     const std::function<void(Reply&&)>& answered,
                                     const Pace& pace) {
    std::size_t answers = 0;
    const auto endedBy = [&](const runtime::IoResult& result) {
        if (result.status == IoStatus::TimedOut) return Outcome::TimedOut;
        const bool ended = result.status == IoStatus::Closed || result.status == IoStatus::Reset;
        return ended && answers == 0 && !reader_.pending() ? Outcome::Lost : Outcome::Failed;
    };
    auto deadline = pace.first.earlier(pace.all);
    if (const auto sent = stream_->write(commands.data(), commands.size(), deadline); !sent.ok()) return endedBy(sent);
    std::array<char, kPiece> piece;
    while (answers < count) {
        Reply reply;
        const auto outcome = reader_.next(reply);
        if (outcome == ReplyReader::Outcome::Malformed) return Outcome::Malformed;
        if (outcome == ReplyReader::Outcome::Complete) {
            ++answers;
            answered(std::move(reply));
            deadline = runtime::Deadline::after(pace.pause, base::Clock::now()).earlier(pace.all);
            continue;
        }
        auto read = stream_->read(piece.data(), piece.size(), deadline);
        // What came while this thread itself was late is not the server's delay.
        if (read.status == IoStatus::TimedOut && stream_->readable()) {
            read = stream_->read(piece.data(), piece.size(), deadline);
        }
        if (!read.ok()) return endedBy(read);
        reader_.feed({piece.data(), read.bytes});
    }
    return Outcome::Done;
}

Connection::Outcome Connection::call(std::string_view commands,
                                     std::size_t count,
                                     std::vector<Reply>& replies,
                                     runtime::Deadline deadline) {
    replies.clear();
    const auto keep = [&](Reply&& reply) { replies.push_back(std::move(reply)); };
    return call(commands, count, keep, {deadline, base::Duration::max(), deadline});
}

bool Connection::usable() {
    const bool ofThisLoop = (stream_->watch() != nullptr) == (runtime::Loop::current() != nullptr);
    return ofThisLoop && !reader_.pending() && !stream_->readable();
}

std::string_view toString(Connection::Outcome outcome) noexcept {
    switch (outcome) {
        case Connection::Outcome::Done:
            return "it answered";
        case Connection::Outcome::TimedOut:
            return "no answer in time";
        case Connection::Outcome::Lost:
            return "it ended the connection";
        case Connection::Outcome::Failed:
            return "the connection broke";
        case Connection::Outcome::Malformed:
            return "what it says is not the Redis protocol";
    }
    return "";
}

}  // namespace myelin::redis
