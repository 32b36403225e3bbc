#pragma once

#include "engine/runtime/tcp_stream.hpp"
#include "engine/runtime/tls_context.hpp"

namespace myelin::runtime {

/// TLS over a TcpStream. OpenSSL reads and writes the descriptor through a BIO that never waits; when OpenSSL wants
/// more, the waiting is done here, outside its calls. Internal to the runtime.
class TlsStream final : public Stream {
public:
    TlsStream(std::unique_ptr<TcpStream> tcp, SSL_CTX* context);
    ~TlsStream() override;

    SSL* ssl() noexcept { return ssl_.get(); }
    /// New sessions go there from now on.
    void keepSessions(std::shared_ptr<TlsSessionCache> cache, std::string key);
    IoResult handshake(Deadline deadline);

    IoResult read(char* data, std::size_t size, Deadline deadline, bool* drained) override;
    IoResult write(iovec* parts, int count, Deadline deadline) override;
    bool readable() override;
    void shutdownWrite() noexcept override;
    void close(bool reset) noexcept override { tcp_->close(reset); }
    IoWatch* watch() noexcept override { return tcp_->watch(); }
    int descriptor() const noexcept override { return tcp_->descriptor(); }
    bool secure() const noexcept override { return true; }
    std::string failureText() const override { return failureText_; }

private:
    struct Bio;
    enum class Next { Again, Stop };

    /// After an OpenSSL call that did not succeed: waits for what it wants, or says in `result` how it ended.
    Next afterTrouble(int returned, Deadline deadline, IoResult& result);
    IoResult writePiece(const char* data, std::size_t size, Deadline deadline);
    IoResult flushUnfinished(Deadline deadline);
    IoResult writeGathered(iovec*& parts, int& count, Deadline deadline);

    std::unique_ptr<TcpStream> tcp_;
    TlsSessionTarget sessionTarget_;
    SslPtr ssl_;
    std::string failureText_;
    // A record that OpenSSL has begun to send when the deadline passed: it cannot be taken back, so it goes out first
    // at the next write.
    std::string unfinished_;
    int ioError_ = 0;      // of the last failed recv or send
    bool sawEnd_ = false;  // the peer's FIN
    bool broken_ = false;  // OpenSSL allows no further call after a fatal error, SSL_shutdown included
};

}  // namespace myelin::runtime
