#include "engine/base/random.hpp"

#include <array>
#include <bit>
#include <random>

namespace myelin::base {

namespace {

/// Blackman and Vigna's xoshiro256**, whose state is filled by splitmix64 as they advise.
class Generator {
public:
    explicit Generator(std::uint64_t seed) noexcept {
        for (auto& word : state_) {
            word = mixed(seed);
            seed += kMixedStep;
        }
    }

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

private:
    std::array<std::uint64_t, 4> state_{};
};

std::uint64_t systemSeed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

thread_local Generator generator{systemSeed()};

}  // namespace

std::uint64_t mixed(std::uint64_t state) noexcept {
    state += kMixedStep;
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ULL;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBULL;
    return state ^ (state >> 31);
}

std::uint64_t random64() noexcept {
    return generator.next();
}

void seedRandom(std::uint64_t seed) noexcept {
    generator = Generator(seed);
}

}  // namespace myelin::base
