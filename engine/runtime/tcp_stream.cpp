#include "engine/runtime/tcp_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "engine/runtime/fiber.hpp"
#include "engine/runtime/socket_io.hpp"

namespace myelin::runtime {

namespace {

/// Takes `written` bytes off the front. Parts that are through become empty, so that a caller whose write timed out may
/// come again with the same vector.
void consume(iovec*& parts, int& count, std::size_t written) noexcept {
    while (count > 0 && written >= parts->iov_len) {
        written -= parts->iov_len;
        parts->iov_len = 0;
        ++parts;
        --count;
    }
    if (count > 0) {
        parts->iov_base = static_cast<char*>(parts->iov_base) + written;
        parts->iov_len -= written;
    }
}

ssize_t sendVector(int descriptor, iovec* parts, int count) noexcept {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<std::size_t>(std::min(count, IOV_MAX));
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

IoResult Stream::write(const char* data, std::size_t size, Deadline deadline) {
    // writev's interface has no const, though nothing is written to.
    iovec part{const_cast<char*>(data), size};
    return write(&part, 1, deadline);
}

TcpStream::TcpStream(Poco::Net::StreamSocket socket)
    : socket_(std::move(socket)), descriptor_(socket_.impl()->sockfd()) {
    if (Loop* loop = Loop::current()) watch_.attach(*loop, descriptor_);
}

IoResult TcpStream::read(char* data, std::size_t size, Deadline deadline, bool* drained) {
    if (drained != nullptr) *drained = false;
    const bool watched = watch_.attached();
    if (watched && !watch_.readable() && !watch_.waitReadable(deadline)) return {IoStatus::TimedOut, 0, 0};
    for (;;) {
        const ssize_t got = receiveNow(descriptor_, data, size);
        if (got > 0) {
            const auto bytes = static_cast<std::size_t>(got);
            // Less than there was room for: nothing is left. An end that has come behind the bytes gives no further
            // edge, though, so it stays readable.
            if (bytes < size && watched && !watch_.hungUp()) {
                watch_.clearReadable();
                if (drained != nullptr) *drained = true;
            }
            return {IoStatus::Ok, bytes, 0};
        }
        if (got == 0) return {size == 0 ? IoStatus::Ok : IoStatus::Closed, 0, 0};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return failedIo(errno, 0);
        watch_.clearReadable();
        if (!waitReadable(watch_, descriptor_, deadline)) return {IoStatus::TimedOut, 0, 0};
    }
}

IoResult TcpStream::write(iovec* parts, int count, Deadline deadline) {
    std::size_t total = 0;
    consume(parts, count, 0);
    while (count > 0) {
        const ssize_t sent =
            count == 1 ? sendNow(descriptor_, parts->iov_base, parts->iov_len) : sendVector(descriptor_, parts, count);
        if (sent >= 0) {
            total += static_cast<std::size_t>(sent);
            // Nearly every write is one piece that the kernel takes as a whole.
            if (count == 1 && static_cast<std::size_t>(sent) == parts->iov_len) {
                parts->iov_len = 0;
                break;
            }
            consume(parts, count, static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return failedIo(errno, total);
        watch_.clearWritable();
        if (!waitWritable(watch_, descriptor_, deadline)) return {IoStatus::TimedOut, total, 0};
    }
    return {IoStatus::Ok, total, 0};
}

bool TcpStream::readable() {
    if (watch_.attached()) return watch_.readable();
    if (descriptor_ < 0) return true;
    pollfd entry{descriptor_, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
}

void TcpStream::shutdownWrite() noexcept {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void TcpStream::close(bool reset) noexcept {
    if (descriptor_ < 0) return;
    if (reset) {
        const linger now{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    watch_.detach();
    descriptor_ = -1;
    socket_.impl()->close();
}

int TcpStream::finishConnecting(Deadline deadline) {
    if (!waitWritable(watch_, descriptor_, deadline)) return -1;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

std::unique_ptr<Stream> makeTcpStream(Poco::Net::StreamSocket socket) {
    prepareSocket(socket.impl()->sockfd());
    return std::make_unique<TcpStream>(std::move(socket));
}

}  // namespace myelin::runtime
