#include "endpoints/sessions/base64_url.hpp"

#include <openssl/evp.h>

namespace myelin::endpoints {

std::string base64Url(std::span<const unsigned char> bytes) {
    // With the null at its end.
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    while (!text.empty() && text.back() == '=') text.pop_back();
    for (char& letter : text) {
        if (letter == '+') letter = '-';
        if (letter == '/') letter = '_';
    }
    return text;
}

}  // namespace myelin::endpoints
