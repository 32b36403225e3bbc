#include "engine/poco/socket_stream.hpp"

#include <Poco/Net/NetException.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "engine/runtime/loop.hpp"

namespace myelin::poco {

using runtime::Deadline;
using runtime::IoResult;
using runtime::IoStatus;

namespace {

// A blocking send reports nothing until all is gone, so that more at once would hide a slow client's progress.
constexpr std::size_t kSentAtOnce = 256 * 1024;

/// What is left until the deadline; 0 is Poco's word for "no bound", so an expired one gives a microsecond.
Poco::Timespan left(Deadline deadline) {
    if (deadline.isNever()) return {};
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(deadline.when() - runtime::now());
    return {std::max<Poco::Timespan::TimeDiff>(1, time.count())};
}

/// Does something with the socket and makes a value of its exception (law 6).
template <typename Step>
IoResult resultOf(Step&& step) {
    int error = 0;
    try {
        const int bytes = step();
        if (bytes <= 0) return {IoStatus::Closed, 0, 0};
        return {IoStatus::Ok, static_cast<std::size_t>(bytes), 0};
    } catch (const Poco::TimeoutException&) {
        return {IoStatus::TimedOut, 0, ETIMEDOUT};
    } catch (const Poco::Net::ConnectionResetException&) {
        return {IoStatus::Reset, 0, ECONNRESET};
    } catch (const Poco::Exception& problem) {
        error = problem.code();
    }
    if (error == EAGAIN) return {IoStatus::TimedOut, 0, ETIMEDOUT};
    if (error == EPIPE) return {IoStatus::Reset, 0, error};
    return {IoStatus::Failed, 0, error};
}

}  // namespace

SocketStream::SocketStream(const Poco::Net::StreamSocket& socket)
    : socket_(socket), receiveTimeout_(socket_.getReceiveTimeout()), sendTimeout_(socket_.getSendTimeout()) {}

SocketStream::~SocketStream() {
    try {
        if (!socket_.impl()->initialized()) return;
        socket_.setReceiveTimeout(receiveTimeout_);
        socket_.setSendTimeout(sendTimeout_);
    } catch (const Poco::Exception&) {
        // The connection has broken; whoever uses it next is told so then.
        return;
    }
}

IoResult SocketStream::read(char* data, std::size_t size, Deadline deadline, bool* drained) {
    if (drained != nullptr) *drained = false;
    const int most = static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    return resultOf([&] {
        socket_.setReceiveTimeout(left(deadline));
        return socket_.receiveBytes(data, most);
    });
}

IoResult SocketStream::write(iovec* parts, int count, Deadline deadline) {
    std::size_t sent = 0;
    while (count > 0) {
        if (parts->iov_len == 0) {
            ++parts;
            --count;
            continue;
        }
        const IoResult result = resultOf([&] {
            socket_.setSendTimeout(left(deadline));
            return socket_.sendBytes(parts->iov_base, static_cast<int>(std::min(parts->iov_len, kSentAtOnce)));
        });
        if (!result.ok()) return {result.status, sent, result.error};
        sent += result.bytes;
        parts->iov_base = static_cast<char*>(parts->iov_base) + result.bytes;
        parts->iov_len -= result.bytes;
    }
    return {IoStatus::Ok, sent, 0};
}

bool SocketStream::readable() {
    try {
        return socket_.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ);
    } catch (const Poco::Exception&) {
        return true;
    }
}

void SocketStream::shutdownWrite() noexcept {
    try {
        socket_.shutdownSend();
    } catch (const Poco::Exception&) {
        // The client was faster: there is nothing left to end.
        return;
    }
}

void SocketStream::close(bool reset) noexcept {
    try {
        if (reset) socket_.setLinger(true, 0);
        socket_.close();
    } catch (const Poco::Exception&) {
        // A broken connection needs no reset, and close(2) has released the descriptor whatever it said.
        return;
    }
}

}  // namespace myelin::poco
