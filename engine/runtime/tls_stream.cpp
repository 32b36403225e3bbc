#include "engine/runtime/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>

#include "engine/runtime/socket_io.hpp"

namespace myelin::runtime {

namespace {
constexpr std::size_t kRecord = 16 * 1024;  // RFC 8446, section 5.1: no record carries more
}

/// The descriptor as OpenSSL sees it. OpenSSL's own socket BIO would do a recv that is known to find nothing, and
/// raise SIGPIPE.
struct TlsStream::Bio {
    static TlsStream& of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* data, int size) {
        TlsStream& self = of(bio);
        BIO_clear_retry_flags(bio);
        IoWatch* watch = self.tcp_->watch();
        if (watch != nullptr && !watch->readable()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        ssize_t got;
        do {
            got = ::recv(self.tcp_->descriptor(), data, static_cast<std::size_t>(size), MSG_DONTWAIT);
        } while (got < 0 && errno == EINTR);
        if (got > 0) {
            if (got < size && watch != nullptr && !watch->hungUp()) watch->clearReadable();
        } else if (got == 0) {
            self.sawEnd_ = true;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (watch != nullptr) watch->clearReadable();
            BIO_set_retry_read(bio);
        } else {
            self.ioError_ = errno;
        }
        return static_cast<int>(got);
    }

    static int write(BIO* bio, const char* data, int size) {
        TlsStream& self = of(bio);
        BIO_clear_retry_flags(bio);
        ssize_t sent;
        do {
            sent = ::send(self.tcp_->descriptor(), data, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
        } while (sent < 0 && errno == EINTR);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (IoWatch* watch = self.tcp_->watch()) watch->clearWritable();
            BIO_set_retry_write(bio);
        } else if (sent < 0) {
            self.ioError_ = errno;
        }
        return static_cast<int>(sent);
    }

    static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static const BIO_METHOD* method() {
        static const BIO_METHOD* const made = [] {
            BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "myelin stream");
            if (m == nullptr) throw std::bad_alloc();
            BIO_meth_set_read(m, &Bio::read);
            BIO_meth_set_write(m, &Bio::write);
            BIO_meth_set_ctrl(m, &Bio::control);
            return m;
        }();
        return made;
    }
};

TlsStream::TlsStream(std::unique_ptr<TcpStream> tcp, SSL_CTX* context) : tcp_(std::move(tcp)), ssl_(SSL_new(context)) {
    BIO* bio = ssl_ ? BIO_new(Bio::method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() {
    // A connection that is dropped without a goodbye would take its session with it.
    if (!broken_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    tcp_->close();
}

void TlsStream::keepSessions(std::shared_ptr<TlsSessionCache> cache, std::string key) {
    sessionTarget_ = {std::move(cache), std::move(key)};
    setSessionTarget(ssl_.get(), &sessionTarget_);
}

TlsStream::Next TlsStream::afterTrouble(int returned, Deadline deadline, IoResult& result) {
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            if (waitReadable(tcp_->watch_, tcp_->descriptor_, deadline)) return Next::Again;
            result = {IoStatus::TimedOut, 0, 0};
            return Next::Stop;
        case SSL_ERROR_WANT_WRITE:
            if (waitWritable(tcp_->watch_, tcp_->descriptor_, deadline)) return Next::Again;
            result = {IoStatus::TimedOut, 0, 0};
            return Next::Stop;
        case SSL_ERROR_ZERO_RETURN:
            result = {IoStatus::Closed, 0, 0};
            return Next::Stop;
        default:
            break;
    }
    broken_ = true;
    if (ioError_ != 0) {
        result = failedIo(ioError_, 0);
        failureText_ = std::strerror(ioError_);
    } else if (sawEnd_) {
        result = {IoStatus::Reset, 0, ECONNRESET};
        failureText_ = "the peer ended the connection without closing TLS";
    } else {
        result = {IoStatus::Failed, 0, EPROTO};
        // When readable() met it first, it has the text already.
        if (std::string text = takeTlsErrors(); !text.empty()) failureText_ = std::move(text);
    }
    ERR_clear_error();
    return Next::Stop;
}

IoResult TlsStream::handshake(Deadline deadline) {
    IoResult result;
    for (;;) {
        ERR_clear_error();
        const int returned = SSL_do_handshake(ssl_.get());
        if (returned == 1) return {};
        if (afterTrouble(returned, deadline, result) == Next::Stop) return result;
    }
}

IoResult TlsStream::read(char* data, std::size_t size, Deadline deadline, bool* drained) {
    if (drained != nullptr) *drained = false;
    if (size == 0) return {};
    IoResult result;
    for (;;) {
        ERR_clear_error();
        std::size_t got = 0;
        const int returned = SSL_read_ex(ssl_.get(), data, size, &got);
        if (returned == 1) {
            if (drained != nullptr) {
                const IoWatch* watch = tcp_->watch();
                *drained = watch != nullptr && !watch->readable() && SSL_has_pending(ssl_.get()) == 0;
            }
            return {IoStatus::Ok, got, 0};
        }
        if (broken_) return {IoStatus::Reset, 0, ECONNRESET};
        if (afterTrouble(returned, deadline, result) == Next::Stop) return result;
    }
}

IoResult TlsStream::flushUnfinished(Deadline deadline) {
    while (!unfinished_.empty()) {
        ERR_clear_error();
        std::size_t sent = 0;
        const int returned = SSL_write_ex(ssl_.get(), unfinished_.data(), unfinished_.size(), &sent);
        if (returned == 1) {
            unfinished_.erase(0, sent);
            continue;
        }
        IoResult result;
        if (afterTrouble(returned, deadline, result) == Next::Stop) return result;
    }
    return {};
}

IoResult TlsStream::writePiece(const char* data, std::size_t size, Deadline deadline) {
    if (broken_) return {IoStatus::Reset, 0, ECONNRESET};
    if (IoResult flushed = flushUnfinished(deadline); !flushed.ok()) return flushed;
    std::size_t total = 0;
    while (total < size) {
        ERR_clear_error();
        const std::size_t piece = std::min(size - total, kRecord);
        std::size_t sent = 0;
        const int returned = SSL_write_ex(ssl_.get(), data + total, piece, &sent);
        if (returned == 1) {
            total += sent;
            continue;
        }
        IoResult result;
        if (afterTrouble(returned, deadline, result) == Next::Stop) {
            if (result.status == IoStatus::TimedOut) {
                unfinished_.assign(data + total, piece);
                total += piece;
            }
            result.bytes = total;
            return result;
        }
    }
    return {IoStatus::Ok, total, 0};
}

/// Small parts, such as a head and its body, become one record and one send(2).
IoResult TlsStream::writeGathered(iovec*& parts, int& count, Deadline deadline) {
    char gathered[kRecord];
    std::size_t size = 0;
    while (count > 0 && size < kRecord) {
        const std::size_t piece = std::min(parts->iov_len, kRecord - size);
        if (piece != 0) std::memcpy(gathered + size, parts->iov_base, piece);
        size += piece;
        parts->iov_base = static_cast<char*>(parts->iov_base) + piece;
        parts->iov_len -= piece;
        if (parts->iov_len == 0) {
            ++parts;
            --count;
        }
    }
    return writePiece(gathered, size, deadline);
}

IoResult TlsStream::write(iovec* parts, int count, Deadline deadline) {
    std::size_t total = 0;
    while (count > 0) {
        IoResult result;
        if (count == 1 || parts->iov_len >= kRecord) {
            result = writePiece(static_cast<const char*>(parts->iov_base), parts->iov_len, deadline);
            parts->iov_base = static_cast<char*>(parts->iov_base) + result.bytes;
            parts->iov_len -= result.bytes;
            ++parts;
            --count;
        } else {
            result = writeGathered(parts, count, deadline);
        }
        total += result.bytes;
        if (!result.ok()) return {result.status, total, result.error};
    }
    return {IoStatus::Ok, total, 0};
}

bool TlsStream::readable() {
    if (broken_ || SSL_pending(ssl_.get()) > 0) return true;
    if (SSL_has_pending(ssl_.get()) == 0 && !tcp_->readable()) return false;
    ERR_clear_error();
    char byte;
    std::size_t got = 0;
    const int returned = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
    if (returned == 1) return true;
    const int error = SSL_get_error(ssl_.get(), returned);
    // Trouble is left for read() to report: it meets it again.
    if (error == SSL_ERROR_SSL) failureText_ = takeTlsErrors();
    ERR_clear_error();
    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

void TlsStream::shutdownWrite() noexcept {
    if (!broken_ && unfinished_.empty() && tcp_->descriptor() >= 0) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    tcp_->shutdownWrite();
}

}  // namespace myelin::runtime
