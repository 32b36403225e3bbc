#include "tests/unit/engine/runtime/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "engine/runtime/tls_context.hpp"

namespace myelin::runtime::test {

namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeBy<X509_free>>;
using FilePtr = std::unique_ptr<FILE, FreeBy<std::fclose>>;

void check(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("making a certificate: ") + what + ": " + takeTlsErrors());
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

}  // namespace

struct Certificates::Authority {
    KeyPtr key;
    CertificatePtr certificate;
    long serial = 1;
};

Certificates::Certificates() : authority_(std::make_unique<Authority>()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "myelin-tls-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
    directory_ = pattern;
    ca_ = make({.name = "Test Authority", .altNames = {}});
}

Certificates::~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string Certificates::file(const std::string& name, const std::string& content) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << content;
    return path;
}

Certificates::Files Certificates::make(const Wish& wish) {
    const bool isAuthority = authority_->certificate == nullptr;
    KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    CertificatePtr made(X509_new());
    check(key && made, "a key");
    X509* certificate = made.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), authority_->serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish.expired ? -86400 : 86400);
    X509_set_pubkey(certificate, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
                               "CN",
                               MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wish.name.c_str()),
                               -1,
                               -1,
                               0);
    const bool signsItself = isAuthority || wish.selfSigned;
    X509* issuer = signsItself ? certificate : authority_->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    extend(certificate, issuer, NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!wish.altNames.empty()) extend(certificate, issuer, NID_subject_alt_name, wish.altNames);
    check(X509_sign(certificate, signsItself ? key.get() : authority_->key.get(), EVP_sha256()) > 0, "signing");

    const Files files{directory_ + "/" + wish.name + ".crt", directory_ + "/" + wish.name + ".key"};
    const FilePtr certificateFile(std::fopen(files.certificate.c_str(), "w"));
    const FilePtr keyFile(std::fopen(files.key.c_str(), "w"));
    check(certificateFile && PEM_write_X509(certificateFile.get(), certificate) == 1, "writing the certificate");
    check(keyFile && PEM_write_PrivateKey(keyFile.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing the key");
    if (isAuthority) {
        authority_->key = std::move(key);
        authority_->certificate = std::move(made);
    }
    return files;
}

}  // namespace myelin::runtime::test
