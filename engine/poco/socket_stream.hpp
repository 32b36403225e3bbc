#pragma once

#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include "engine/runtime/stream.hpp"

namespace myelin::poco {

/// The connection of a Poco server as a stream of ours, for as long as one request lasts: blocking, in Poco's thread,
/// plain or secure as Poco made it. The socket stays Poco's; its time-outs are set back in the end.
class SocketStream final : public runtime::Stream {
public:
    explicit SocketStream(const Poco::Net::StreamSocket& socket);
    SocketStream(const SocketStream&) = delete;
    SocketStream& operator=(const SocketStream&) = delete;
    ~SocketStream() override;

    runtime::IoResult read(char* data, std::size_t size, runtime::Deadline deadline, bool* drained) override;
    runtime::IoResult write(iovec* parts, int count, runtime::Deadline deadline) override;
    using runtime::Stream::write;
    bool readable() override;
    void shutdownWrite() noexcept override;
    void close(bool reset) noexcept override;
    runtime::IoWatch* watch() noexcept override { return nullptr; }
    int descriptor() const noexcept override { return socket_.impl()->sockfd(); }
    bool secure() const noexcept override { return socket_.secure(); }

private:
    Poco::Net::StreamSocket socket_;
    Poco::Timespan receiveTimeout_;
    Poco::Timespan sendTimeout_;
};

}  // namespace myelin::poco
