#include <Poco/Net/IPAddress.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "engine/base/assert.hpp"
#include "engine/runtime/tls_stream.hpp"

namespace myelin::runtime {

namespace {

std::unique_ptr<TcpStream> plain(std::unique_ptr<Stream> stream) {
    auto* tcp = dynamic_cast<TcpStream*>(stream.get());
    MYELIN_ASSERT(tcp != nullptr, "TLS runs over plain TCP streams only");
    stream.release();
    return std::unique_ptr<TcpStream>(tcp);
}

std::string subjectOf(SSL* ssl) {
    X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return {};
    const std::unique_ptr<BIO, FreeBy<BIO_free_all>> text(BIO_new(BIO_s_mem()));
    if (!text || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return {};
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

TlsResult finish(std::unique_ptr<TlsStream> stream, Deadline deadline, const std::string& peer) {
    const IoResult result = stream->handshake(deadline);
    SSL* ssl = stream->ssl();
    TlsResult tls;
    tls.status = result.status;
    if (!result.ok()) {
        tls.text = "TLS handshake with " + peer + " failed: ";
        const long verified = SSL_get_verify_result(ssl);
        if (result.status == IoStatus::TimedOut) {
            tls.text += "not finished within the time limit";
        } else if (result.status == IoStatus::Reset || result.status == IoStatus::Closed) {
            tls.text += "the peer ended the connection";
        } else if (result.error == EPROTO && verified != X509_V_OK) {
            tls.text += std::string("its certificate is not accepted: ") + X509_verify_cert_error_string(verified);
        } else {
            tls.text += stream->failureText();
        }
        return tls;
    }
    const unsigned char* alpn = nullptr;
    unsigned int alpnSize = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &alpnSize);
    if (alpn != nullptr) tls.alpn.assign(reinterpret_cast<const char*>(alpn), alpnSize);
    tls.resumed = SSL_session_reused(ssl) == 1;
    tls.peerSubject = subjectOf(ssl);
    tls.stream = std::move(stream);
    return tls;
}

std::uint16_t portOf(int descriptor) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
    return Poco::Net::SocketAddress(reinterpret_cast<sockaddr*>(&peer), size).port();
}

/// What the certificate has to be for, and for a name also SNI. RFC 6066 allows no address in SNI.
bool expectPeer(SSL* ssl, std::string host, bool verify) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    Poco::Net::IPAddress address;
    if (Poco::Net::IPAddress::tryParse(host, address))
        return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address.toString().c_str()) == 1;
    if (!host.empty() && host.back() == '.') host.pop_back();
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // OpenSSL's macro for it is an old-style cast.
    const long named = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
    return named == 1 && (!verify || SSL_set1_host(ssl, host.c_str()) == 1);
}

}  // namespace

TlsResult acceptTls(std::unique_ptr<Stream> tcp, const TlsContext& context, Deadline deadline) {
    const auto* server = dynamic_cast<const ServerTlsContext*>(&context);
    MYELIN_ASSERT(server != nullptr, "acceptTls needs a server's context");
    auto stream = std::make_unique<TlsStream>(plain(std::move(tcp)), server->context());
    SSL_set_accept_state(stream->ssl());
    return finish(std::move(stream), deadline, "a client");
}

TlsResult connectTls(std::unique_ptr<Stream> tcp,
                     const TlsContext& context,
                     const std::string& host,
                     Deadline deadline) {
    const auto* client = dynamic_cast<const ClientTlsContext*>(&context);
    MYELIN_ASSERT(client != nullptr, "connectTls needs a client's context");
    auto stream = std::make_unique<TlsStream>(plain(std::move(tcp)), client->context());
    SSL_set_connect_state(stream->ssl());
    ERR_clear_error();
    if (!expectPeer(stream->ssl(), host, client->verifies())) {
        TlsResult refused;
        refused.status = IoStatus::Failed;
        refused.text = "'" + host + "' cannot be the name of a TLS server: " + takeTlsErrors();
        return refused;
    }
    const std::string key = host + ":" + std::to_string(portOf(stream->descriptor()));
    if (const SslSessionPtr session = client->sessions()->take(key)) SSL_set_session(stream->ssl(), session.get());
    stream->keepSessions(client->sessions(), key);
    return finish(std::move(stream), deadline, "'" + host + "'");
}

}  // namespace myelin::runtime
