#include "endpoints/sessions/path_tag.hpp"

#include <openssl/evp.h>

#include <array>

#include "endpoints/sessions/base64_url.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kTagBytes = 9;

}  // namespace

std::string pathTag(std::string_view part) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_Digest(part.data(), part.size(), digest.data(), &length, EVP_sha256(), nullptr);
    return "~" + base64Url({digest.data(), kTagBytes});
}

std::string_view takePart(std::string_view& path) noexcept {
    const auto end = path.find('\n');
    if (end == std::string_view::npos) return path = {};
    const auto part = path.substr(0, end);
    path.remove_prefix(end + 1);
    return part;
}

}  // namespace myelin::endpoints
