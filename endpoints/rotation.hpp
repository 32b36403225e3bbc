#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "endpoints/algorithms/registry.hpp"
#include "endpoints/child_load.hpp"
#include "engine/plugin/library.hpp"
#include "engine/plugin/parameters.hpp"

namespace myelin::endpoints {

/// Which algorithm a group has, by its name in the configuration, and with which options.
struct RotationRecipe {
    std::string name;
    plugin::AlgorithmFactory factory = nullptr;
    /// Of a plugin, which outlives what its factory makes; null for one that comes with Myelin.
    std::shared_ptr<const plugin::Library> library;
    plugin::Parameters options;
    bool weighted = true;  ///< false: it is known not to look at weights

    /// The name, and the plugin that it comes from, for people.
    std::string title() const;
};

/// An algorithm at work for the children of one group. Made by RotationSlot; shared by all workers, and by successive
/// configurations as long as the group stays as it is. What a plugin's algorithm does wrong ends here: the message goes
/// to the next child in turn, and the log names the plugin.
class Rotation {
public:
    /// Throws what the algorithm's constructor throws. `previous` may be null.
    Rotation(const RotationRecipe& recipe, std::vector<plugin::Child> children, const Rotation* previous);
    Rotation(const Rotation&) = delete;
    Rotation& operator=(const Rotation&) = delete;
    ~Rotation();

    /// The index of a child that is available, or plugin::kNoCandidate.
    std::size_t pick(const plugin::Candidates& candidates) {
        return library_ ? guardedPick(candidates) : algorithm_->pick(candidates);
    }
    /// Called for every pick, if it listens.
    void report(const plugin::Report& report) noexcept;

    bool listens() const noexcept { return listens_; }
    const std::string& name() const noexcept { return name_; }
    const std::vector<plugin::Child>& children() const noexcept { return children_; }
    /// Whether weights matter to the algorithm, as far as is known.
    bool weighted() const noexcept { return weighted_; }
    bool measures() const noexcept { return measures_; }
    /// Of the children, in their order; empty unless it measures.
    const std::vector<std::shared_ptr<ChildLoad>>& loads() const noexcept { return loads_; }

private:
    friend class RotationSlot;
    std::size_t guardedPick(const plugin::Candidates& candidates);
    std::size_t inTurn(const plugin::Candidates& candidates) noexcept;
    void failed(const std::string& what) noexcept;

    std::string name_;
    std::string title_;                               ///< for the log
    std::shared_ptr<const plugin::Library> library_;  // before what comes from it
    plugin::AlgorithmFactory factory_;
    std::vector<plugin::Child> children_;
    std::string fingerprint_;
    std::unique_ptr<plugin::Algorithm> algorithm_;
    bool listens_ = true;
    bool weighted_;
    bool measures_ = false;
    std::vector<std::shared_ptr<ChildLoad>> loads_;
    std::atomic<std::uint64_t> failures_{0};
    std::atomic<std::size_t> turn_{0};
};

/// The rotations of one place in the configuration. Lives in the state store, so a group that a reload leaves as it was
/// goes on with the same rotation, and one that has changed goes on from what is in use. Any thread.
class RotationSlot {
public:
    /// Throws std::exception for what the algorithm has against the options or the children.
    std::shared_ptr<Rotation> get(const RotationRecipe& recipe, std::vector<plugin::Child> children);

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<Rotation>> made_;  // the newest last; one that no configuration took is gone
};

}  // namespace myelin::endpoints
