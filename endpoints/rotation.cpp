#include "endpoints/rotation.hpp"

#include <Poco/Logger.h>

#include <bit>
#include <exception>
#include <stdexcept>
#include <utility>

#include "engine/message/fault.hpp"

namespace myelin::endpoints {

namespace {

std::string fingerprintOf(const RotationRecipe& recipe, const std::vector<plugin::Child>& children) {
    std::string text = recipe.name + '\n';
    if (recipe.library) text += std::to_string(recipe.library->serial()) + '\n';
    for (const auto& [name, value] : recipe.options.all()) text += name + '=' + value + '\n';
    for (const auto& child : children) {
        text += child.id + ' ' + std::to_string(child.weight) + '\n';
        for (const auto& [name, value] : child.properties) text += "  " + name + '=' + value + '\n';
    }
    return text;
}

}  // namespace

std::string RotationRecipe::title() const {
    return library ? name + " of the plugin " + std::string(library->name()) : name;
}

Rotation::Rotation(const RotationRecipe& recipe, std::vector<plugin::Child> children, const Rotation* previous)
    : name_(recipe.name),
      title_(recipe.title()),
      library_(recipe.library),
      factory_(recipe.factory),
      children_(std::move(children)),
      fingerprint_(fingerprintOf(recipe, children_)),
      algorithm_(factory_(recipe.options, children_)),
      weighted_(recipe.weighted) {
    if (!algorithm_) throw std::runtime_error("it made nothing");
    listens_ = algorithm_->listens();
    measures_ = listens_ && algorithm_->measures();
    if (measures_) {
        for (std::size_t index = 0; index < children_.size(); ++index) {
            std::shared_ptr<ChildLoad> load;
            for (std::size_t before = 0; previous && before < previous->loads_.size(); ++before) {
                if (previous->children_[before].id == children_[index].id) load = previous->loads_[before];
            }
            loads_.push_back(load ? std::move(load) : std::make_shared<ChildLoad>());
        }
    }
    // Of another factory it may be an object of any class.
    if (previous && previous->factory_ == factory_) algorithm_->continueFrom(*previous->algorithm_);
}

Rotation::~Rotation() = default;

std::size_t Rotation::guardedPick(const plugin::Candidates& candidates) {
    std::string what;
    try {
        const std::size_t index = algorithm_->pick(candidates);
        if (index == plugin::kNoCandidate) return index;
        if (index < candidates.size() && candidates.available(index)) return index;
        what = "it chose child " + std::to_string(index) +
               (index < candidates.size() ? ", which is not available" : ", which does not exist");
    } catch (const message::MediationFault&) {
        // The message's own trouble: its body could not be read.
        throw;
    } catch (const std::exception& failure) {
        what = std::string("pick() failed: ") + failure.what();
    } catch (...) {
        what = "pick() threw what is no std::exception";
    }
    failed(what);
    return inTurn(candidates);
}

void Rotation::report(const plugin::Report& report) noexcept {
    if (!library_) return algorithm_->report(report);
    try {
        algorithm_->report(report);
    } catch (const std::exception& failure) {
        failed(std::string("report() failed: ") + failure.what());
    } catch (...) {
        failed("report() threw what is no std::exception");
    }
}

std::size_t Rotation::inTurn(const plugin::Candidates& candidates) noexcept {
    const std::size_t count = candidates.size();
    const std::size_t start = turn_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t step = 0; step < count; ++step) {
        const std::size_t index = (start + step) % count;
        if (candidates.available(index)) return index;
    }
    return plugin::kNoCandidate;
}

void Rotation::failed(const std::string& what) noexcept {
    // Each time would fill the log with what it says already: the 1st, 2nd, 4th, 8th, ...
    const auto count = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!std::has_single_bit(count)) return;
    Poco::Logger::get("myelin.endpoints")
        .error("the algorithm " + title_ + ": " + what + "; the next child in turn is taken (failure " +
               std::to_string(count) + ")");
}

std::shared_ptr<Rotation> RotationSlot::get(const RotationRecipe& recipe, std::vector<plugin::Child> children) {
    const std::string fingerprint = fingerprintOf(recipe, children);
    const std::lock_guard lock(mutex_);
    std::erase_if(made_, [](const auto& one) { return one.expired(); });
    std::shared_ptr<Rotation> newest;
    for (const auto& one : made_) {
        auto rotation = one.lock();
        if (!rotation) continue;
        if (rotation->fingerprint_ == fingerprint) return rotation;
        newest = std::move(rotation);
    }
    auto made = std::make_shared<Rotation>(recipe, std::move(children), newest.get());
    made_.push_back(made);
    return made;
}

}  // namespace myelin::endpoints
