#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/runtime/tls.hpp"

/// What the two files of the TLS layer share. Internal to the runtime.
namespace myelin::runtime {

template <auto kFree>
struct FreeBy {
    template <typename T>
    void operator()(T* object) const noexcept {
        kFree(object);
    }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeBy<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, FreeBy<SSL_SESSION_free>>;

/// Takes everything out of the thread's error queue and says it in one line.
std::string takeTlsErrors();

/// Sessions to resume, by "host:port". Any thread; its mutex is never held across a suspension.
class TlsSessionCache {
public:
    void put(const std::string& key, SslSessionPtr session);
    /// The newest one; nullptr when there is none. TLS 1.3's are given out once (RFC 8446, C.4).
    SslSessionPtr take(const std::string& key);

private:
    static constexpr std::size_t kMostKeys = 256;
    static constexpr std::size_t kMostPerKey = 4;
    std::mutex mutex_;
    std::map<std::string, std::vector<SslSessionPtr>> sessions_;
};

/// Where the sessions of one connection go. Lies in the stream, which OpenSSL's callback finds by the SSL object.
struct TlsSessionTarget {
    std::shared_ptr<TlsSessionCache> cache;
    std::string key;
};
void setSessionTarget(SSL* ssl, TlsSessionTarget* target);

class ServerTlsContext final : public TlsContext {
public:
    explicit ServerTlsContext(const TlsServerOptions& options);
    SSL_CTX* context() const noexcept { return contexts_.front().get(); }

private:
    static int chooseCertificate(SSL* ssl, int* alert, void* self);
    static int chooseProtocol(SSL* ssl,
                              const unsigned char** out,
                              unsigned char* outSize,
                              const unsigned char* in,
                              unsigned int inSize,
                              void* self);
    SslContextPtr make(const TlsServerOptions& options, const TlsServerOptions::Certificate& certificate);

    std::vector<SslContextPtr> contexts_;  // one a certificate; OpenSSL keeps one of a kind in each
    std::string alpn_;                     // in wire form
};

class ClientTlsContext final : public TlsContext {
public:
    explicit ClientTlsContext(const TlsClientOptions& options);
    SSL_CTX* context() const noexcept { return context_.get(); }
    bool verifies() const noexcept { return verify_; }
    const std::shared_ptr<TlsSessionCache>& sessions() const noexcept { return sessions_; }

private:
    SslContextPtr context_;
    bool verify_;
    std::shared_ptr<TlsSessionCache> sessions_ = std::make_shared<TlsSessionCache>();
};

}  // namespace myelin::runtime
