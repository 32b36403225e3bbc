#include "endpoints/algorithms/smooth_turns.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace myelin::endpoints {

namespace {

constexpr double kRound = 4294967296.0;
constexpr int kRoundBits = 32;

}  // namespace

void SmoothTurns::Turn::place() noexcept {
    const double part = (step + phase) / weight * kRound;
    at = (Time{round} << kRoundBits) + static_cast<Time>(part);
}

void SmoothTurns::Turn::advance() noexcept {
    if (++step == weight) {
        step = 0;
        ++round;
    }
    place();
}

void SmoothTurns::Turn::moveBeyond(Time time) noexcept {
    round = static_cast<std::uint32_t>(time >> kRoundBits);
    const double part = static_cast<double>(static_cast<std::uint32_t>(time)) / kRound;
    const double steps = std::clamp(std::floor(part * weight - phase), 0.0, weight - 1.0);
    step = static_cast<std::uint32_t>(steps);
    place();
    while (static_cast<std::int64_t>(at - time) <= 0) advance();
}

bool SmoothTurns::Turn::before(const Turn& other) const noexcept {
    const auto difference = static_cast<std::int64_t>(at - other.at);
    return difference != 0 ? difference < 0 : index < other.index;
}

SmoothTurns::SmoothTurns(const std::vector<std::uint32_t>& weights) {
    const auto count = weights.size() - static_cast<std::size_t>(std::count(weights.begin(), weights.end(), 0U));
    turns_.reserve(count);
    passed_.reserve(count);
    for (std::size_t index = 0; index < weights.size(); ++index) {
        if (weights[index] == 0) continue;
        Turn turn;
        turn.index = static_cast<std::uint32_t>(index);
        turn.weight = weights[index];
        turn.phase = (static_cast<double>(turns_.size()) + 0.5) / static_cast<double>(count);
        turn.place();
        push(turn);
    }
}

std::size_t SmoothTurns::pick(const plugin::Candidates& candidates) {
    const std::lock_guard lock(mutex_);
    std::size_t chosen = plugin::kNoCandidate;
    while (!turns_.empty()) {
        Turn& first = turns_.front();
        if (candidates.available(first.index)) {
            chosen = first.index;
            now_ = first.at;
            first.advance();
            siftDown();
            break;
        }
        passed_.push_back(first);
        pop();
    }
    for (Turn& turn : passed_) {
        if (chosen != plugin::kNoCandidate) turn.moveBeyond(now_);
        push(turn);
    }
    passed_.clear();
    return chosen;
}

void SmoothTurns::continueFrom(const plugin::Algorithm& previous) {
    const auto& before = static_cast<const SmoothTurns&>(previous);
    {
        const std::lock_guard lock(before.mutex_);
        now_ = before.now_;
    }
    std::vector<Turn> turns;
    std::swap(turns, turns_);
    turns_.reserve(turns.size());
    for (Turn& turn : turns) {
        turn.moveBeyond(now_);
        push(turn);
    }
}

void SmoothTurns::siftDown() noexcept {
    const std::size_t count = turns_.size();
    const Turn moved = turns_.front();
    std::size_t hole = 0;
    for (;;) {
        std::size_t child = 2 * hole + 1;
        if (child >= count) break;
        if (child + 1 < count && turns_[child + 1].before(turns_[child])) ++child;
        if (!turns_[child].before(moved)) break;
        turns_[hole] = turns_[child];
        hole = child;
    }
    turns_[hole] = moved;
}

void SmoothTurns::pop() noexcept {
    turns_.front() = turns_.back();
    turns_.pop_back();
    if (!turns_.empty()) siftDown();
}

void SmoothTurns::push(const Turn& turn) noexcept {
    turns_.push_back(turn);  // there is room for all of them
    std::size_t hole = turns_.size() - 1;
    while (hole > 0) {
        const std::size_t parent = (hole - 1) / 2;
        if (!turn.before(turns_[parent])) break;
        turns_[hole] = turns_[parent];
        hole = parent;
    }
    turns_[hole] = turn;
}

}  // namespace myelin::endpoints
