#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/stream.hpp"

namespace myelin::runtime {

/// What one TLS listener needs. Files are PEM. Errors throw std::runtime_error with the file's name and OpenSSL's
/// reason.
struct TlsServerOptions {
    struct Certificate {
        std::string chainFile;
        std::string keyFile;
    };
    std::vector<Certificate> certificates;  ///< the first is the default; others are chosen by SNI (names in the
                                            ///< certificate)
    std::string clientCaFile;               ///< with it, client certificates are asked for and verified
    bool requireClientCertificate = false;
    std::vector<std::string> alpn{"http/1.1"};
    std::string minimumVersion = "TLSv1.2";
};

struct TlsClientOptions {
    bool verify = true;           ///< chain and host name
    std::string caFile;           ///< empty: the system's store
    std::string certificateFile;  ///< our own, when the server asks for one
    std::string keyFile;
    std::vector<std::string> alpn{"http/1.1"};
    std::string minimumVersion = "TLSv1.2";
};

/// Immutable after construction; one serves all workers. Sessions are resumed: tickets on the server side, a small
/// cache by host name and port on the client side.
class TlsContext {
public:
    /// Throw std::runtime_error, also for an unknown version or a key that does not fit its certificate.
    static std::shared_ptr<TlsContext> server(const TlsServerOptions& options);
    static std::shared_ptr<TlsContext> client(const TlsClientOptions& options);
    virtual ~TlsContext() = default;
};

struct TlsResult {
    std::unique_ptr<Stream> stream;  ///< null when the handshake failed
    IoStatus status = IoStatus::Ok;
    std::string text;         ///< why, for the log: OpenSSL's or the verification's reason
    std::string alpn;         ///< what was agreed on; empty when the peer does not know ALPN
    std::string peerSubject;  ///< of the peer's certificate (RFC 2253 form), when it sent one
    bool resumed = false;
};

/// Handshakes over a connected plain stream, suspending outside OpenSSL's calls (law 2). `context` has to outlive the
/// handshake, not the stream. On the stream that comes out:
///  - Closed means that the peer said so (close_notify). A TCP end without it is Reset: it may be an attacker's
///    truncation, and only the layer above knows whether the message was complete.
///  - decrypted bytes may be at hand although the descriptor has none: ask readable() before idling on watch().
///  - watch() may report the descriptor readable when only TLS's own messages (tickets) have come; readable() takes
///    them in and tells.
TlsResult acceptTls(std::unique_ptr<Stream> tcp, const TlsContext& context, Deadline deadline);
/// `host` is the name for SNI and for verification (an address is verified as an address, without SNI).
TlsResult connectTls(std::unique_ptr<Stream> tcp,
                     const TlsContext& context,
                     const std::string& host,
                     Deadline deadline);

}  // namespace myelin::runtime
