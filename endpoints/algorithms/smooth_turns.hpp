#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/plugin/plugin.hpp"

namespace myelin::endpoints {

/// Smooth weighted turns, exact over all workers. In each round of a virtual time a child of weight w has w turns at
/// even distances; the turns of all children are taken in their order in time. So
///
/// - each round, which is as many choices as the weights total, gives every child exactly its weight;
/// - at any time a child has had less than one turn more or less than its share of the rounds that have passed;
/// - a child that is not available loses its turns and is owed nothing: the others keep their proportions;
/// - a reload (continueFrom) goes on at the same point of the round: it gains or costs a child less than one turn.
///
/// While a reload is on its way to the workers, the old object and the new one each keep to this.
///
/// A choice locks the state for O(log n), and O(log n) more for each child that is in turn and not available.
class SmoothTurns final : public plugin::Algorithm {
public:
    /// One of the weights at least is not 0; children of weight 0 have no turns.
    explicit SmoothTurns(const std::vector<std::uint32_t>& weights);

    std::size_t pick(const plugin::Candidates& candidates) override;
    bool listens() const noexcept override { return false; }
    void continueFrom(const plugin::Algorithm& previous) override;

private:
    /// Rounds in units of 2^-32, modulo 2^64: compared by difference, for they are never far apart.
    using Time = std::uint64_t;

    /// The next turn of a child.
    struct Turn {
        Time at = 0;
        std::uint32_t index = 0;  ///< of the child
        std::uint32_t weight = 0;
        std::uint32_t round = 0;
        std::uint32_t step = 0;  ///< 0 to weight - 1
        double phase = 0;        ///< of a step; children differ in it, so that equal weights do not fall together

        void place() noexcept;
        void advance() noexcept;
        /// To the first one after `time`.
        void moveBeyond(Time time) noexcept;
        bool before(const Turn& other) const noexcept;
    };

    void siftDown() noexcept;
    void pop() noexcept;
    void push(const Turn& turn) noexcept;

    mutable std::mutex mutex_;
    Time now_ = 0;              ///< of the last turn that was taken
    std::vector<Turn> turns_;   ///< a heap: the first one in time is at the front
    std::vector<Turn> passed_;  ///< during a choice: of children that are not available
};

}  // namespace myelin::endpoints
