#include "engine/runtime/socket_io.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "engine/base/assert.hpp"
#include "engine/runtime/fiber.hpp"
#include "engine/runtime/fiber_switch.hpp"

namespace myelin::runtime {

namespace {

bool pollUntil(int descriptor, short events, Deadline deadline) {
    MYELIN_ASSERT(Loop::current() == nullptr, "a wait on the loop, outside its fibers, would stop them all");
    for (;;) {
        int timeout = -1;
        if (!deadline.isNever()) {
            const auto left = std::chrono::ceil<Milliseconds>(deadline.when() - Clock::now()).count();
            timeout = static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
        }
        pollfd entry{descriptor, events, 0};
        const int count = ::poll(&entry, 1, timeout);
        // An error is the next call's to report.
        if (count > 0 || (count < 0 && errno != EINTR)) return true;
        if (count == 0 && deadline.expired(Clock::now())) return false;
    }
}

/// A stream that was made outside the loop is registered on its first wait inside.
void attachIfNeeded(IoWatch& watch, int descriptor) {
    if (!watch.attached()) watch.attach(*Loop::current(), descriptor);
}

}  // namespace

bool waitReadable(IoWatch& watch, int descriptor, Deadline deadline) {
    if (!inFiber()) return pollUntil(descriptor, POLLIN, deadline);
    attachIfNeeded(watch, descriptor);
    return watch.waitReadable(deadline);
}

bool waitWritable(IoWatch& watch, int descriptor, Deadline deadline) {
    if (!inFiber()) return pollUntil(descriptor, POLLOUT, deadline);
    attachIfNeeded(watch, descriptor);
    return watch.waitWritable(deadline);
}

// The sanitizers see what the C library's functions do, but no naked system call.
#if defined(MYELIN_ASAN) || defined(MYELIN_TSAN)
ssize_t receiveNow(int descriptor, void* data, std::size_t size) noexcept {
    return ::recv(descriptor, data, size, MSG_DONTWAIT);
}

ssize_t sendNow(int descriptor, const void* data, std::size_t size) noexcept {
    return ::send(descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}
#else
ssize_t receiveNow(int descriptor, void* data, std::size_t size) noexcept {
    return ::syscall(SYS_recvfrom, descriptor, data, size, MSG_DONTWAIT, nullptr, nullptr);
}

ssize_t sendNow(int descriptor, const void* data, std::size_t size) noexcept {
    return ::syscall(SYS_sendto, descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT, nullptr, 0);
}
#endif

IoResult failedIo(int error, std::size_t bytes) noexcept {
    const bool broken = error == ECONNRESET || error == EPIPE || error == ECONNABORTED || error == ETIMEDOUT;
    return {broken ? IoStatus::Reset : IoStatus::Failed, bytes, error};
}

void prepareSocket(int descriptor) noexcept {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace myelin::runtime
