#include "engine/runtime/tls_context.hpp"

#include <openssl/err.h>

#include <stdexcept>

namespace myelin::runtime {

namespace {

[[noreturn]] void refuse(const std::string& what) {
    const std::string reason = takeTlsErrors();
    throw std::runtime_error(reason.empty() ? what : what + ": " + reason);
}

int versionOf(const std::string& name) {
    if (name == "TLSv1.2") return TLS1_2_VERSION;
    if (name == "TLSv1.3") return TLS1_3_VERSION;
    throw std::runtime_error("unknown TLS version '" + name + "': TLSv1.2 and TLSv1.3 are known");
}

/// RFC 7301, section 3.1: each name behind its length.
std::string alpnWireForm(const std::vector<std::string>& names) {
    std::string wire;
    for (const std::string& name : names) {
        if (name.empty() || name.size() > 255) throw std::runtime_error("an ALPN name must have 1 to 255 bytes");
        wire += static_cast<char>(name.size());
        wire += name;
    }
    return wire;
}

const unsigned char* bytes(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Without it OpenSSL asks on the terminal, which a server has not.
int noPassphrase(char*, int, int, void*) {
    return 0;
}

SslContextPtr makeContext(const SSL_METHOD* method, const std::string& minimumVersion) {
    ERR_clear_error();
    SslContextPtr context(SSL_CTX_new(method));
    if (!context) refuse("cannot set TLS up");
    SSL_CTX* raw = context.get();
    // A retried write comes from another place when the fiber's buffer moved; idle connections hold no buffers.
    SSL_CTX_set_mode(raw,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // One recv(2) takes in as many records as there are, instead of two calls a record.
    SSL_CTX_set_read_ahead(raw, 1);
    SSL_CTX_set_default_passwd_cb(raw, noPassphrase);
    if (SSL_CTX_set_min_proto_version(raw, versionOf(minimumVersion)) != 1) refuse("cannot set the TLS version");
    return context;
}

void useCertificate(SSL_CTX* context, const std::string& chainFile, const std::string& keyFile) {
    if (SSL_CTX_use_certificate_chain_file(context, chainFile.c_str()) != 1)
        refuse("cannot use the certificate chain in '" + chainFile + "'");
    if (SSL_CTX_use_PrivateKey_file(context, keyFile.c_str(), SSL_FILETYPE_PEM) != 1)
        refuse("cannot use the private key in '" + keyFile + "' (it must be PEM without a pass phrase)");
    if (SSL_CTX_check_private_key(context) != 1)
        refuse("the private key in '" + keyFile + "' does not fit the certificate in '" + chainFile + "'");
}

void trust(SSL_CTX* context, const std::string& caFile) {
    if (SSL_CTX_load_verify_locations(context, caFile.c_str(), nullptr) != 1)
        refuse("cannot use the certificate authorities in '" + caFile + "'");
}

int targetIndex() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

/// OpenSSL hands over a new session with its reference: 1 keeps it.
int keepSession(SSL* ssl, SSL_SESSION* session) {
    const auto* target = static_cast<TlsSessionTarget*>(SSL_get_ex_data(ssl, targetIndex()));
    if (target == nullptr) return 0;
    target->cache->put(target->key, SslSessionPtr(session));
    return 1;
}

}  // namespace

std::string takeTlsErrors() {
    std::string text;
    for (int i = 0; const unsigned long code = ERR_get_error(); ++i) {
        // The first says what was wrong; the others where OpenSSL came past with it.
        if (i > 1) continue;
        const char* reason = ERR_reason_error_string(code);
        if (!text.empty()) text += ", ";
        text += reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
    }
    return text;
}

void setSessionTarget(SSL* ssl, TlsSessionTarget* target) {
    SSL_set_ex_data(ssl, targetIndex(), target);
}

void TlsSessionCache::put(const std::string& key, SslSessionPtr session) {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() >= kMostKeys && sessions_.find(key) == sessions_.end()) sessions_.erase(sessions_.begin());
    auto& mine = sessions_[key];
    if (mine.size() >= kMostPerKey) mine.erase(mine.begin());
    mine.push_back(std::move(session));
}

SslSessionPtr TlsSessionCache::take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto at = sessions_.find(key);
    if (at == sessions_.end()) return nullptr;
    SslSessionPtr newest = std::move(at->second.back());
    at->second.pop_back();
    if (SSL_SESSION_get_protocol_version(newest.get()) < TLS1_3_VERSION) {
        SSL_SESSION_up_ref(newest.get());
        at->second.emplace_back(newest.get());
    }
    if (at->second.empty()) sessions_.erase(at);
    return newest;
}

ServerTlsContext::ServerTlsContext(const TlsServerOptions& options) : alpn_(alpnWireForm(options.alpn)) {
    if (options.certificates.empty()) throw std::runtime_error("a TLS listener needs a certificate");
    for (const auto& certificate : options.certificates) contexts_.push_back(make(options, certificate));
    if (contexts_.size() > 1) {
        // OpenSSL's macro for it is an old-style cast.
        SSL_CTX_callback_ctrl(context(),
                              SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                              reinterpret_cast<void (*)()>(&ServerTlsContext::chooseCertificate));
        SSL_CTX_set_tlsext_servername_arg(context(), this);
    }
}

SslContextPtr ServerTlsContext::make(const TlsServerOptions& options,
                                     const TlsServerOptions::Certificate& certificate) {
    SslContextPtr made = makeContext(TLS_server_method(), options.minimumVersion);
    SSL_CTX* context = made.get();
    useCertificate(context, certificate.chainFile, certificate.keyFile);
    static const std::string sessionContext = "myelin";
    SSL_CTX_set_session_id_context(context, bytes(sessionContext), static_cast<unsigned int>(sessionContext.size()));
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do: the client keeps the state
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, &ServerTlsContext::chooseProtocol, this);
    if (!options.clientCaFile.empty()) {
        trust(context, options.clientCaFile);
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.clientCaFile.c_str()));
        SSL_CTX_set_verify(context,
                           SSL_VERIFY_PEER | (options.requireClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           nullptr);
    } else if (options.requireClientCertificate) {
        throw std::runtime_error("client certificates are required, but no authority for them is named");
    }
    return made;
}

int ServerTlsContext::chooseCertificate(SSL* ssl, int* /*alert*/, void* self) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_OK;
    for (const auto& candidate : static_cast<ServerTlsContext*>(self)->contexts_) {
        if (X509_check_host(SSL_CTX_get0_certificate(candidate.get()), name, 0, 0, nullptr) == 1) {
            SSL_set_SSL_CTX(ssl, candidate.get());
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

int ServerTlsContext::chooseProtocol(SSL* /*ssl*/,
                                     const unsigned char** out,
                                     unsigned char* outSize,
                                     const unsigned char* in,
                                     unsigned int inSize,
                                     void* self) {
    const std::string& ours = static_cast<ServerTlsContext*>(self)->alpn_;
    unsigned char* chosen = nullptr;
    const int found =
        SSL_select_next_proto(&chosen, outSize, bytes(ours), static_cast<unsigned int>(ours.size()), in, inSize);
    *out = chosen;
    // RFC 7301, section 3.2: without a common protocol the handshake ends.
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

ClientTlsContext::ClientTlsContext(const TlsClientOptions& options)
    : context_(makeContext(TLS_client_method(), options.minimumVersion)), verify_(options.verify) {
    SSL_CTX* context = context_.get();
    if (verify_) {
        if (!options.caFile.empty()) {
            trust(context, options.caFile);
        } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
            refuse("cannot use the system's certificate authorities");
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (!options.certificateFile.empty()) useCertificate(context, options.certificateFile, options.keyFile);
    const std::string alpn = alpnWireForm(options.alpn);
    if (!alpn.empty() && SSL_CTX_set_alpn_protos(context, bytes(alpn), static_cast<unsigned int>(alpn.size())) != 0)
        refuse("cannot offer the ALPN names");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keepSession);
}

std::shared_ptr<TlsContext> TlsContext::server(const TlsServerOptions& options) {
    return std::make_shared<ServerTlsContext>(options);
}

std::shared_ptr<TlsContext> TlsContext::client(const TlsClientOptions& options) {
    return std::make_shared<ClientTlsContext>(options);
}

}  // namespace myelin::runtime
