#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace myelin::base {

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// SipHash-2-4 with a result of 128 bits: who does not know the key cannot find two texts with the same hash, nor any
/// text with a given one. For tables whose keys strangers choose.
class KeyedHash {
public:
    using Key = std::array<std::uint64_t, 2>;

    explicit KeyedHash(const Key& key) noexcept;
    /// The hash is that of all texts joined: where one ends and the next begins has to be told by the texts themselves.
    KeyedHash& add(std::string_view text) noexcept;
    KeyedHash& add(std::uint64_t number) noexcept;
    /// Once, at the end.
    Hash128 finish() noexcept;

private:
    void rounds(unsigned count) noexcept;
    void block(std::uint64_t word) noexcept;

    std::uint64_t v0_, v1_, v2_, v3_;
    std::uint64_t tail_ = 0;    // bytes that do not fill a word yet, first one lowest
    std::uint64_t length_ = 0;  // of everything
};

}  // namespace myelin::base
