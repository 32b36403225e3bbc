#pragma once

#include <memory>
#include <string>

namespace myelin::runtime::test {

/// Certificates made on the fly, in a directory of their own that goes with the object.
class Certificates {
public:
    struct Files {
        std::string certificate;
        std::string key;
    };
    struct Wish {
        std::string name;      ///< common name and file name
        std::string altNames;  ///< as openssl.cnf writes them: "DNS:localhost,IP:127.0.0.1"; empty for none
        bool expired = false;
        bool selfSigned = false;
    };

    Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;
    ~Certificates();

    /// Signed by the authority in caFile(), unless it is to sign itself.
    Files make(const Wish& wish);
    const std::string& caFile() const { return ca_.certificate; }
    std::string file(const std::string& name, const std::string& content) const;

private:
    struct Authority;
    std::string directory_;
    Files ca_;
    std::unique_ptr<Authority> authority_;
};

}  // namespace myelin::runtime::test
