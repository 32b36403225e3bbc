#include "engine/simulate/tally.hpp"

#include <algorithm>
#include <utility>

#include "endpoints/group.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/rotation.hpp"
#include "engine/runtime/loop.hpp"
#include "engine/runtime/virtual_loop.hpp"

namespace myelin::simulate {

namespace {

/// Hands everything through and notes what was asked for.
class Spy final : public plugin::Candidates {
public:
    explicit Spy(const plugin::Candidates& behind) : behind_(behind) {}

    std::size_t size() const noexcept override { return behind_.size(); }
    bool available(std::size_t index) const noexcept override { return behind_.available(index); }
    std::uint32_t inFlight(std::size_t index) const noexcept override {
        load = true;
        return behind_.inFlight(index);
    }
    std::int64_t latency(std::size_t index) const noexcept override {
        load = true;
        return behind_.latency(index);
    }
    const plugin::Message& message() const override {
        asked = true;
        return behind_.message();
    }
    std::string_view key() const override {
        asked = true;
        keyed = true;
        return behind_.key();
    }
    std::uint64_t random() const noexcept override {
        chance = true;
        return behind_.random();
    }
    std::int64_t now() const noexcept override { return behind_.now(); }

    mutable bool load = false;
    mutable bool asked = false;
    mutable bool keyed = false;
    mutable bool chance = false;

private:
    const plugin::Candidates& behind_;
};

bool sameChildren(const endpoints::GroupEndpoint& group, const GroupTally& tally) {
    const auto& children = group.children();
    return std::equal(children.begin(),
                      children.end(),
                      tally.children.begin(),
                      tally.children.end(),
                      [](const auto& child, const ChildTally& counted) { return child->name() == counted.name; });
}

/// Who is in service, whatever slow start and limits make of it for one message.
std::vector<bool> inService(const endpoints::GroupEndpoint& group) {
    const endpoints::BeyondLimits look;
    std::vector<bool> ready(group.children().size());
    for (std::size_t index = 0; index < ready.size(); ++index) ready[index] = group.childReady(index, runtime::now());
    return ready;
}

double weightOf(const std::vector<ChildTally>& children, const std::vector<bool>& available) {
    double sum = 0;
    for (std::size_t index = 0; index < children.size(); ++index) {
        if (available[index]) sum += children[index].weight;
    }
    return sum;
}

}  // namespace

// Groups of members that come and go are made anew, so an address alone does not say that it is the same one.
Tally::Counted& Tally::of(const endpoints::GroupEndpoint& group) {
    auto& known = found_[&group];
    if (known && sameChildren(group, known->tally)) return *known;
    Counted& counted = groups_.emplace_back();
    known = &counted;
    counted.tally.name = group.name();
    const endpoints::Rotation* rotation = group.rotation();
    if (rotation) {
        counted.tally.algorithm = rotation->name();
        counted.tally.weighted = rotation->weighted();
    }
    for (std::size_t index = 0; index < group.children().size(); ++index) {
        auto& child = counted.tally.children.emplace_back();
        child.name = group.children()[index]->name();
        if (rotation && rotation->weighted() && index < rotation->children().size()) {
            child.weight = rotation->children()[index].weight;
        }
    }
    counted.ready.assign(group.children().size(), true);
    counted.available = counted.ready;
    counted.seen = runtime::now();
    return counted;
}

void Tally::noteReady(Counted& counted, const std::vector<bool>& available) {
    const auto now = runtime::now();
    auto& tally = counted.tally;
    for (std::size_t index = 0; index < available.size(); ++index) {
        if (!counted.ready[index]) tally.children[index].out += now - counted.seen;
        if (counted.ready[index] == available[index]) continue;
        if (tally.events.size() < GroupTally::kMostEvents) {
            tally.events.push_back({now - runtime::VirtualLoop::kStart, index, available[index]});
        }
    }
    counted.ready = available;
    counted.seen = now;
}

void Tally::noteKey(Counted& counted, std::size_t index, const std::vector<bool>& available, std::string key) {
    auto& tally = counted.tally;
    const auto [home, fresh] = counted.homes.try_emplace(std::move(key), Home{index, available});
    if (fresh) {
        ++tally.children[index].keys;
        if (const double all = weightOf(tally.children, available); all > 0) {
            for (std::size_t other = 0; other < available.size(); ++other) {
                if (available[other]) tally.children[other].expectedKeys += tally.children[other].weight / all;
            }
        }
    } else if (home->second.child == index) {
        ++tally.kept;
    } else if (home->second.available == available) {
        ++tally.strayed;
    }
}

std::size_t Tally::choose(const endpoints::GroupEndpoint& group,
                          const plugin::Candidates& candidates,
                          std::size_t failed) {
    std::vector<bool> available(candidates.size());
    for (std::size_t index = 0; index < available.size(); ++index) available[index] = candidates.available(index);
    const Spy spy(candidates);
    const std::size_t index = group.pick(spy);

    Counted& counted = of(group);
    auto& tally = counted.tally;
    if (failed == 0) noteReady(counted, inService(group));
    tally.usesLoad |= spy.load;
    tally.usesChance |= spy.chance;
    tally.usesMessage |= spy.asked;
    if (index == plugin::kNoCandidate) {
        if (failed == 0) ++tally.nobody;
        return index;
    }
    ++tally.picks;
    if (failed != 0) ++tally.again;
    if (available != counted.available) {
        ++tally.changes;
        counted.available = available;
    }
    if (const double all = weightOf(tally.children, available); all > 0) {
        for (std::size_t other = 0; other < available.size(); ++other) {
            if (available[other]) tally.children[other].expected += tally.children[other].weight / all;
        }
    }
    auto& child = tally.children[index];
    ++child.picks;
    counted.run = counted.last == index ? counted.run + 1 : 1;
    counted.last = index;
    child.longestRun = std::max(child.longestRun, counted.run);
    const auto slot = static_cast<std::size_t>((runtime::now() - runtime::VirtualLoop::kStart) / bucket_);
    if (child.timeline.size() <= slot) child.timeline.resize(slot + 1);
    ++child.timeline[slot];
    if (spy.asked && failed == 0) {
        const auto key = spy.keyed ? candidates.key() : candidates.message().clientAddress();
        noteKey(counted, index, available, std::string(key));
    }
    return index;
}

void Tally::limited(const endpoints::GroupEndpoint& group, std::size_t failed) {
    auto& tally = of(group).tally;
    if (failed == 0) --tally.nobody;
    ++tally.limited;
}

void Tally::sent(const endpoints::GroupEndpoint& group,
                 std::size_t index,
                 const message::SendOutcome& outcome,
                 const http::ClientResponse&) {
    Counted& counted = of(group);
    auto& tally = counted.tally;
    if (outcome.answered) {
        ++tally.children[index].answered;
    } else {
        ++tally.children[index].failed;
        ++tally.codes[outcome.code];
        // What the failure did to the child is known now, not only when the next message comes.
        noteReady(counted, inService(group));
    }
}

std::vector<GroupTally> Tally::take() {
    std::vector<GroupTally> result;
    std::size_t slots = 0;
    for (auto& group : groups_) {
        for (const auto& child : group.tally.children) slots = std::max(slots, child.timeline.size());
    }
    for (auto& group : groups_) {
        for (auto& child : group.tally.children) child.timeline.resize(slots);
        result.push_back(std::move(group.tally));
    }
    groups_.clear();
    found_.clear();
    return result;
}

}  // namespace myelin::simulate
