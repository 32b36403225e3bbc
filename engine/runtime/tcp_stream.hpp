#pragma once

#include <Poco/Net/StreamSocket.h>

#include "engine/runtime/loop.hpp"
#include "engine/runtime/stream.hpp"

namespace myelin::runtime {

/// TCP without a layer on top. It holds no buffer, since ten thousand idle connections have one each. Internal to the
/// runtime: others use makeTcpStream() and connectTcp().
class TcpStream final : public Stream {
public:
    explicit TcpStream(Poco::Net::StreamSocket socket);
    ~TcpStream() override { close(); }

    IoResult read(char* data, std::size_t size, Deadline deadline, bool* drained) override;
    IoResult write(iovec* parts, int count, Deadline deadline) override;
    bool readable() override;
    void shutdownWrite() noexcept override;
    void close(bool reset) noexcept override;
    void close() noexcept { close(false); }
    IoWatch* watch() noexcept override { return watch_.attached() ? &watch_ : nullptr; }
    int descriptor() const noexcept override { return descriptor_; }

    /// Waits for the end of a connect(2) in progress; its errno, 0, or -1 when the deadline passed first.
    int finishConnecting(Deadline deadline);

private:
    friend class TlsStream;
    Poco::Net::StreamSocket socket_;
    int descriptor_;
    IoWatch watch_;
};

}  // namespace myelin::runtime
