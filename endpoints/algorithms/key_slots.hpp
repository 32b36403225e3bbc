#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

/// 64 bits that depend on all of `text`, the same in every process and on every machine: gateways beside each other
/// send a key to the same child. Not for secrets.
std::uint64_t stableHash(std::string_view text, std::uint64_t seed = 0) noexcept;

/// Which child has which part of all keys: a table of slots.
class KeySlots {
public:
    using Owner = std::uint16_t;
    static constexpr std::size_t kMostChildren = 65'535;

    /// `owners[slot]` is the index of a child.
    explicit KeySlots(std::vector<Owner> owners) : owners_(std::move(owners)) {}

    const std::vector<Owner>& owners() const noexcept { return owners_; }

    /// The child that has the key of that hash, or when `accept(index)` refuses it, one after the other of a sequence
    /// that follows from the key: so the keys of a child that is out go to all others in proportion to their slots, and
    /// no other key moves. After that all of `count` children; plugin::kNoCandidate when none is accepted.
    template <typename Accept>
    std::size_t find(std::uint64_t hash, std::size_t count, Accept&& accept) const {
        std::size_t refused = plugin::kNoCandidate;
        std::uint64_t number = hash;
        for (int probe = 0; probe < kProbes; ++probe) {
            const std::size_t owner = owners_[number % owners_.size()];
            if (owner != refused && accept(owner)) return owner;
            refused = owner;
            number = base::mixed(number);
        }
        for (std::size_t step = 0; step < count; ++step) {
            const std::size_t owner = (hash + step) % count;
            if (accept(owner)) return owner;
        }
        return plugin::kNoCandidate;
    }

private:
    static constexpr int kProbes = 64;

    std::vector<Owner> owners_;
};

}  // namespace myelin::endpoints
