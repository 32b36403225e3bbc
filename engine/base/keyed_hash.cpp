#include "engine/base/keyed_hash.hpp"

#include <bit>
#include <cstring>

namespace myelin::base {

namespace {

constexpr unsigned kWord = 8;

std::uint64_t littleEndian(const char* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, kWord);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

}  // namespace

// The constants are those of the paper: "somepseudorandomlygeneratedbytes", and 0xee and 0xdd for the longer result.
KeyedHash::KeyedHash(const Key& key) noexcept
    : v0_(key[0] ^ 0x736f6d6570736575U),
      v1_(key[1] ^ 0x646f72616e646f6dU ^ 0xeeU),
      v2_(key[0] ^ 0x6c7967656e657261U),
      v3_(key[1] ^ 0x7465646279746573U) {}

void KeyedHash::rounds(unsigned count) noexcept {
    for (; count > 0; --count) {
        v0_ += v1_;
        v2_ += v3_;
        v1_ = std::rotl(v1_, 13) ^ v0_;
        v3_ = std::rotl(v3_, 16) ^ v2_;
        v0_ = std::rotl(v0_, 32) + v3_;
        v2_ += v1_;
        v3_ = std::rotl(v3_, 21) ^ v0_;
        v1_ = std::rotl(v1_, 17) ^ v2_;
        v2_ = std::rotl(v2_, 32);
    }
}

void KeyedHash::block(std::uint64_t word) noexcept {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
}

KeyedHash& KeyedHash::add(std::string_view text) noexcept {
    const auto filled = static_cast<unsigned>(length_ % kWord);
    length_ += text.size();
    if (filled != 0) {
        for (unsigned at = filled; at < kWord; ++at) {
            if (text.empty()) return *this;
            tail_ |= std::uint64_t{static_cast<unsigned char>(text.front())} << (8 * at);
            text.remove_prefix(1);
        }
        block(tail_);
        tail_ = 0;
    }
    for (; text.size() >= kWord; text.remove_prefix(kWord)) block(littleEndian(text.data()));
    for (std::size_t at = 0; at < text.size(); ++at) {
        tail_ |= std::uint64_t{static_cast<unsigned char>(text[at])} << (8 * at);
    }
    return *this;
}

KeyedHash& KeyedHash::add(std::uint64_t number) noexcept {
    std::array<char, kWord> bytes;
    for (unsigned at = 0; at < kWord; ++at) bytes[at] = static_cast<char>(number >> (8 * at));
    return add(std::string_view(bytes.data(), bytes.size()));
}

Hash128 KeyedHash::finish() noexcept {
    block(length_ << 56U | tail_);
    v2_ ^= 0xeeU;
    rounds(4);
    Hash128 result;
    result.low = v0_ ^ v1_ ^ v2_ ^ v3_;
    v1_ ^= 0xddU;
    rounds(4);
    result.high = v0_ ^ v1_ ^ v2_ ^ v3_;
    return result;
}

}  // namespace myelin::base
