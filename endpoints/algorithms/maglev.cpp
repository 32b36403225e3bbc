#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "endpoints/algorithms/key_slots.hpp"
#include "endpoints/algorithms/registry.hpp"
#include "endpoints/algorithms/weights.hpp"
#include "endpoints/hash_key.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::string_view kLoadFactor = "loadbalance.loadFactor";
constexpr double kDefaultLoadFactor = 1.25;
constexpr double kGreatestLoadFactor = 100;

/// Prime, as the algorithm wants it. One size for any number of children, 128 KiB: a key's slot depends on it, so with
/// another size for more children nearly every key would move on the day when one too many is added.
constexpr std::uint64_t kSlots = 65'537;

/// A child with no more messages under way than this is never too busy for its own keys: with a few messages in all,
/// any two with the same key would exceed an exact share.
constexpr std::uint32_t kFewest = 8;

/// The table of Maglev (Eisenbud and others, 2016): the children take turns, more often with more weight, each taking
/// the next free slot of an order that follows from its id alone.
KeySlots fill(const std::vector<plugin::Child>& children, const std::vector<std::uint32_t>& weights) {
    struct Taker {
        std::uint64_t next;
        std::uint64_t skip;
        std::uint64_t credit = 0;
    };
    std::vector<Taker> takers;
    for (const auto& child : children) {
        takers.push_back({stableHash(child.id, 1) % kSlots, stableHash(child.id, 2) % (kSlots - 1) + 1});
    }
    const std::uint64_t greatest = *std::max_element(weights.begin(), weights.end());
    std::vector<KeySlots::Owner> owners(kSlots);
    std::vector<bool> taken(kSlots, false);
    for (std::size_t filled = 0;;) {
        for (std::size_t index = 0; index < takers.size(); ++index) {
            Taker& taker = takers[index];
            taker.credit += weights[index];
            if (taker.credit < greatest) continue;
            taker.credit -= greatest;
            while (taken[taker.next]) taker.next = (taker.next + taker.skip) % kSlots;
            taken[taker.next] = true;
            owners[taker.next] = static_cast<KeySlots::Owner>(index);
            if (++filled == kSlots) return KeySlots(std::move(owners));
        }
    }
}

double readLoadFactor(const plugin::Options& options) {
    const std::string* text = options.find(kLoadFactor);
    if (!text) return kDefaultLoadFactor;
    const auto factor = base::parseNumber<double>(base::trim(*text));
    if (factor && (*factor == 0 || (*factor >= 1 && *factor <= kGreatestLoadFactor))) return *factor;
    throw std::invalid_argument(std::string(kLoadFactor) +
                                " must be a number from 1 to 100, or 0 for no bound, not \"" + *text + "\"");
}

/// Consistent hashing with bounded load: messages with the same key go to the same child, whichever worker, process or
/// machine has them. When a child leaves the configuration, little more than its own keys move; while one is not
/// available, its keys alone do. A message without a key goes to a child by chance, in proportion to the weights. A
/// choice is one look-up; O(n) where a child has more than a few messages under way.
class Maglev final : public plugin::Algorithm {
public:
    Maglev(const plugin::Options& options, const std::vector<plugin::Child>& children)
        : weights_(weightsOf(children)), loadFactor_(readLoadFactor(options)), slots_(fill(children, weights_)) {
        (void)options.find(kHashOn);
    }

    bool measures() const noexcept override { return loadFactor_ > 0; }
    bool listens() const noexcept override { return measures(); }

    std::size_t pick(const plugin::Candidates& candidates) override {
        const auto key = candidates.key();
        const std::uint64_t hash = key.empty() ? candidates.random() : stableHash(key);
        if (measures()) {
            Load load;
            const std::size_t index = slots_.find(hash, weights_.size(), [&](std::size_t one) {
                return usable(candidates, one) && !tooBusy(candidates, one, load);
            });
            if (index != plugin::kNoCandidate) return index;
        }
        return slots_.find(hash, weights_.size(), [&](std::size_t one) { return usable(candidates, one); });
    }

private:
    /// Of all available children, added up when it is first needed.
    struct Load {
        bool known = false;
        std::uint64_t messages = 0;
        std::uint64_t weight = 0;
    };

    bool usable(const plugin::Candidates& candidates, std::size_t index) const {
        return weights_[index] > 0 && candidates.available(index);
    }

    bool tooBusy(const plugin::Candidates& candidates, std::size_t index, Load& load) const {
        const std::uint32_t mine = candidates.inFlight(index);
        if (mine < kFewest) return false;
        if (!load.known) {
            load.known = true;
            for (std::size_t one = 0; one < weights_.size(); ++one) {
                if (!usable(candidates, one)) continue;
                load.messages += candidates.inFlight(one);
                load.weight += weights_[one];
            }
        }
        if (load.weight == 0) return false;  // all have gone down since
        const double share = static_cast<double>(weights_[index]) / static_cast<double>(load.weight);
        return mine + 1 > std::ceil(loadFactor_ * static_cast<double>(load.messages + 1) * share);
    }

    std::vector<std::uint32_t> weights_;
    double loadFactor_;
    KeySlots slots_;
};

std::unique_ptr<plugin::Algorithm> makeMaglev(const plugin::Options& options,
                                              const std::vector<plugin::Child>& children) {
    if (children.size() > KeySlots::kMostChildren) throw std::invalid_argument("there are too many children");
    return std::make_unique<Maglev>(options, children);
}

const config::Registration<AlgorithmKind> kShortName{algorithmRegistry(), "maglev", {&makeMaglev, true}};

}  // namespace

}  // namespace myelin::endpoints
