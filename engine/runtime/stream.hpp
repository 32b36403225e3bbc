#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>

#include "engine/runtime/deadline.hpp"

namespace Poco::Net {
class StreamSocket;
class SocketAddress;
}  // namespace Poco::Net

namespace myelin::runtime {

class IoWatch;

/// How a read or write ended. Network trouble is expected and therefore a value (law 6).
enum class IoStatus {
    Ok,
    Closed,    ///< the peer ended its side in order (reading)
    Reset,     ///< the peer or the path broke the connection
    TimedOut,  ///< the deadline passed first
    Failed,    ///< anything else; `error` has the errno (EPROTO: the peer broke TLS, Stream::failureText() says how)
};

struct IoResult {
    IoStatus status = IoStatus::Ok;
    std::size_t bytes = 0;
    int error = 0;
    bool ok() const noexcept { return status == IoStatus::Ok; }
};

/// A connected, ordered byte stream: plain TCP or TLS over it. Used by one fiber (or thread) at a time. Waiting
/// suspends the fiber, or polls outside one.
class Stream {
public:
    virtual ~Stream() = default;

    /// At least one byte, waiting for it if need be. `drained` (when given) is set when the transport has certainly
    /// nothing more at hand, so that the caller need not try again before it waits.
    virtual IoResult read(char* data, std::size_t size, Deadline deadline, bool* drained = nullptr) = 0;
    /// Everything, waiting as often as need be. The vector is consumed (changed) while writing.
    virtual IoResult write(iovec* parts, int count, Deadline deadline) = 0;
    IoResult write(const char* data, std::size_t size, Deadline deadline);

    /// True when read() would return at once: bytes, end or error. Never waits. May be conservative (false) only when
    /// the kernel has not yet said so.
    virtual bool readable() = 0;
    /// Ends our side in order (FIN, close_notify), without waiting.
    virtual void shutdownWrite() noexcept = 0;
    /// Closes at once. With `reset`, the peer sees RST, so that a cut answer cannot be taken for a whole one.
    virtual void close(bool reset = false) noexcept = 0;
    /// The registration with the current loop, for connections that idle without a fiber; nullptr outside a loop.
    virtual IoWatch* watch() noexcept = 0;
    virtual int descriptor() const noexcept = 0;
    /// Whether TLS protects it. What was negotiated is in TlsResult.
    virtual bool secure() const noexcept { return false; }
    /// Why the last call Failed, for people, where the errno alone says too little; else empty.
    virtual std::string failureText() const { return {}; }
};

/// Takes over a connected socket: makes it non-blocking, TCP_NODELAY, and registers it with the current loop, if any.
/// Throws std::system_error when epoll refuses it (fs.epoll.max_user_watches).
std::unique_ptr<Stream> makeTcpStream(Poco::Net::StreamSocket socket);

struct ConnectResult {
    std::unique_ptr<Stream> stream;  ///< null when it failed
    IoStatus status = IoStatus::Ok;
    int error = 0;     ///< errno
    std::string text;  ///< for people; filled on failure only
};

/// Opens a TCP connection. TimedOut when the deadline passed; Failed with errno otherwise.
ConnectResult connectTcp(const Poco::Net::SocketAddress& address, Deadline deadline);

}  // namespace myelin::runtime
