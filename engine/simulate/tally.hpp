#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "endpoints/group_observer.hpp"
#include "engine/base/clock.hpp"

namespace myelin::simulate {

struct ChildTally {
    std::string name;
    std::uint32_t weight = 1;
    double expected = 0;      ///< picks, by the weights of those available at each pick
    std::uint64_t picks = 0;  ///< attempts, that is
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint64_t longestRun = 0;  ///< of picks without another child's in between
    base::Duration out{0};         ///< how long it was not available, as seen by the messages
    double expectedKeys = 0;
    std::uint64_t keys = 0;               ///< whose first call it got
    std::vector<std::uint64_t> timeline;  ///< picks by bucket
};

struct GroupTally {
    std::string name;
    std::string algorithm;  ///< empty for a group that follows the order of declaration
    bool weighted = false;
    std::vector<ChildTally> children;

    std::uint64_t picks = 0;
    std::uint64_t again = 0;    ///< picks after another child had failed for the message
    std::uint64_t nobody = 0;   ///< messages for which no child was available at first
    std::uint64_t limited = 0;  ///< messages that limits alone kept from all children: they waited or were refused
    std::uint64_t changes = 0;  ///< times that a pick had other children to choose from than the pick before
    std::map<int, std::uint64_t> codes;  ///< error codes of failed attempts

    // What the algorithm looked at.
    bool usesChance = false;
    bool usesMessage = false;
    bool usesLoad = false;
    std::uint64_t kept = 0;     ///< with usesMessage: first picks that went where the first call with that key went
    std::uint64_t strayed = 0;  ///< and those that did not, though the same children were available

    /// A child that came or went, between two messages.
    struct Event {
        base::Duration at{0};
        std::size_t child = 0;
        bool available = false;
    };
    std::vector<Event> events;  ///< the first kMostEvents of them
    static constexpr std::size_t kMostEvents = 1000;
};

/// Counts what each group does with its messages. One thread.
class Tally final : public endpoints::GroupObserver {
public:
    explicit Tally(base::Duration bucket) : bucket_(bucket) {}

    std::size_t choose(const endpoints::GroupEndpoint& group,
                       const plugin::Candidates& candidates,
                       std::size_t failed) override;
    void limited(const endpoints::GroupEndpoint& group, std::size_t failed) override;
    void sent(const endpoints::GroupEndpoint& group,
              std::size_t index,
              const message::SendOutcome& outcome,
              const http::ClientResponse& reply) override;

    /// In the order in which they got their first message.
    std::vector<GroupTally> take();

private:
    struct Home {
        std::size_t child = 0;
        std::vector<bool> available;
    };
    struct Counted {
        GroupTally tally;
        std::vector<bool> available;  // at the last pick
        std::vector<bool> ready;      // at the last first pick: without what one message left out
        base::TimePoint seen{};
        std::size_t last = plugin::kNoCandidate;
        std::uint64_t run = 0;
        std::unordered_map<std::string, Home> homes;  // by key
    };
    Counted& of(const endpoints::GroupEndpoint& group);
    void noteReady(Counted& counted, const std::vector<bool>& available);
    void noteKey(Counted& counted, std::size_t index, const std::vector<bool>& available, std::string key);

    base::Duration bucket_;
    std::deque<Counted> groups_;
    std::unordered_map<const endpoints::GroupEndpoint*, Counted*> found_;
};

}  // namespace myelin::simulate
