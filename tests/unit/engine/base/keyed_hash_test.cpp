#include "engine/base/keyed_hash.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

using namespace myelin::base;

namespace {

/// OpenSSL's SipHash, whose defaults are 2-4 and 128 bits.
Hash128 oracle(const KeyedHash::Key& key, const std::string& text) {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
    EVP_MAC_CTX* const context = EVP_MAC_CTX_new(mac);
    Hash128 result;
    std::size_t size = 16;
    unsigned char bytes[16];
    const bool done = EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key.data()), 16, nullptr) == 1 &&
                      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1 &&
                      EVP_MAC_final(context, bytes, &size, sizeof bytes) == 1;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    BOOST_REQUIRE(done && size == 16);
    std::memcpy(&result.low, bytes, 8);
    std::memcpy(&result.high, bytes + 8, 8);
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keyed_hash)

BOOST_AUTO_TEST_CASE(itIsSipHash) {
    const KeyedHash::Key key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    std::string text;
    for (int length = 0; length < 70; ++length) {
        BOOST_TEST_CONTEXT(length) {
            BOOST_TEST((KeyedHash(key).add(text).finish() == oracle(key, text)));
            for (std::size_t cut = 0; cut <= text.size(); ++cut) {
                const std::string_view whole = text;
                const auto inPieces = KeyedHash(key)
                                          .add(whole.substr(0, cut / 2))
                                          .add(whole.substr(cut / 2, cut - cut / 2))
                                          .add(whole.substr(cut))
                                          .finish();
                BOOST_TEST((inPieces == oracle(key, text)));
            }
        }
        text += static_cast<char>(length * 37 + 200);
    }
    BOOST_TEST((KeyedHash(key).add(0x3736353433323130U).finish() == oracle(key, "01234567")));
}

BOOST_AUTO_TEST_CASE(anotherKeyIsAnotherHash) {
    BOOST_TEST(!(KeyedHash({1, 2}).add("x").finish() == KeyedHash({1, 3}).add("x").finish()));
}

BOOST_AUTO_TEST_SUITE_END()
