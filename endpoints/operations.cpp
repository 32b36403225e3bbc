#include "endpoints/operations.hpp"

#include <Poco/Logger.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "endpoints/group.hpp"
#include "endpoints/inspected.hpp"
#include "endpoints/limits/limited_endpoint.hpp"
#include "endpoints/rotation.hpp"
#include "engine/base/strings.hpp"

namespace myelin::endpoints {

namespace {

constexpr std::size_t kNone = config::EndpointEntry::kNone;

Poco::Logger& logger() {
    static Poco::Logger& instance = Poco::Logger::get("myelin.operations");
    return instance;
}

/// An <endpoint> or a member.
struct Node {
    std::string id;
    std::string name;
    std::string kind;
    std::size_t parent = kNone;
    bool switchedOff = false;                     // in the configuration
    std::vector<std::size_t> inside;              // what stands in it
    const message::Endpoint* endpoint = nullptr;  // as the group around it knows it
    const message::Endpoint* made = nullptr;      // inside of its limits
    const LimitedEndpoint* limited = nullptr;     // its limits
    const GroupEndpoint* group = nullptr;         // around it, if it chooses
    std::size_t index = 0;                        // there
};

class Nodes {
public:
    explicit Nodes(const config::Configuration& configuration) {
        const auto& directory = configuration.directory();
        std::vector<std::size_t> places;  // of the directory's entries
        std::vector<bool> holds(directory.size(), false);
        for (const auto& entry : directory) {
            if (entry.parent != kNone) holds[entry.parent] = true;
        }
        for (std::size_t index = 0; index < directory.size(); ++index) {
            const auto& entry = directory[index];
            const std::size_t parent = entry.parent == kNone ? kNone : places[entry.parent];
            places.push_back(all.size());
            add({entry.identity,
                 entry.name,
                 entry.kind,
                 parent,
                 entry.switchedOff,
                 {},
                 entry.endpoint,
                 entry.made,
                 nullptr,
                 nullptr,
                 0});
            // What only stands for another endpoint shows that one, which has an entry of its own.
            const bool refers = entry.kind == "key" || entry.kind == "key-expression";
            if (!holds[index] && !refers) addMembers(places.back());
        }
    }

    /// What a `key` comes to; else the node itself.
    std::size_t meant(std::size_t node) const {
        if (all[node].kind != "key" || !all[node].made) return node;
        const message::Endpoint* first = nullptr;
        all[node].made->visit([&](const message::Endpoint& shown) { first = first ? first : &shown; });
        const auto found = places_.find(first);
        return found == places_.end() ? node : found->second;
    }
    /// It and all that is in it, also where it only refers to that: what is switched with it.
    std::set<std::size_t> reach(std::size_t node) const {
        std::set<std::size_t> reached;
        add(meant(node), reached);
        return reached;
    }

    std::vector<Node> all;  // a group before what is in it

private:
    void add(std::size_t node, std::set<std::size_t>& reached) const {
        if (!reached.insert(node).second) return;
        for (const auto child : all[node].inside) add(meant(child), reached);
    }
    void add(Node node) {
        places_.emplace(node.made, all.size());
        if ((node.limited = dynamic_cast<const LimitedEndpoint*>(node.made))) node.made = &node.limited->inside();
        if (node.parent != kNone) all[node.parent].inside.push_back(all.size());
        if (const auto place = children_.find(node.endpoint); place != children_.end()) {
            std::tie(node.group, node.index) = place->second;
        }
        noteChildren(dynamic_cast<const GroupEndpoint*>(node.made));
        all.push_back(std::move(node));
    }
    void noteChildren(const GroupEndpoint* group) {
        for (std::size_t index = 0; group && index < group->children().size(); ++index) {
            children_[group->children()[index].get()] = {group, index};
        }
    }
    void addMembers(std::size_t group) {
        const auto* made = all[group].made;
        const message::Endpoint* around = nullptr;  // limits of the next one
        const auto show = [&](const message::Endpoint& node) {
            if (&node == made) return;
            if (dynamic_cast<const LimitedEndpoint*>(&node)) {
                around = &node;
                return;
            }
            if (const auto* inner = dynamic_cast<const GroupEndpoint*>(&node)) return noteChildren(inner);
            if (!dynamic_cast<const Inspected*>(&node)) return;
            const auto* known = around ? std::exchange(around, nullptr) : &node;
            add({std::string(node.name()), {}, "member", group, false, {}, known, known, nullptr, nullptr, 0});
        };
        if (const auto* changing = dynamic_cast<const Changing*>(made))
            kept_.push_back(changing->visitNow(show));
        else
            made->visit(show);
    }

    std::vector<std::shared_ptr<const void>> kept_;  // members that may go meanwhile
    std::map<const message::Endpoint*, std::pair<const GroupEndpoint*, std::size_t>> children_;
    std::map<const message::Endpoint*, std::size_t> places_;  // in `all`, by what was made there
};

void describePlace(const Node& node, base::TimePoint now, EndpointStatus& status) {
    if (!node.group) return;
    double weight = 1;
    const auto* rotation = node.group->rotation();
    if (rotation && rotation->weighted()) {
        status.weight = rotation->children()[node.index].weight;
        weight = *status.weight;
    }
    if (rotation && rotation->measures()) status.underWay = rotation->loads()[node.index]->inFlight();
    const auto* health = node.group->health();
    bool available = node.group->childReady(node.index, now);
    if (health) {
        status.secondary = health->secondary(node.index);
        for (std::size_t other = 0; status.secondary && other < node.group->children().size(); ++other) {
            available = available && (health->secondary(other) || !node.group->childReady(other, now));
        }
        weight *= health->startShare(node.index, now);
        if (health->ejected(node.index, now)) {
            status.state = "EJECTED";
            status.condition = health->condition(node.index, now);
        }
    }
    status.effectiveWeight = available ? weight : 0;
}

/// From the last to the first, for a group is off when all that is in it is.
std::vector<EndpointStatus> statusesOf(const Nodes& nodes, base::TimePoint now) {
    std::vector<EndpointStatus> result(nodes.all.size());
    std::vector<bool> allOff(nodes.all.size(), true);
    for (std::size_t index = nodes.all.size(); index-- > 0;) {
        const auto& node = nodes.all[index];
        auto& status = result[index];
        status.id = node.id;
        status.name = node.name;
        status.kind = node.kind;
        for (auto at = node.parent; at != kNone; at = nodes.all[at].parent) ++status.depth;
        status.state = "ACTIVE";
        status.condition = node.endpoint->condition(now);
        if (const auto* leaf = dynamic_cast<const Inspected*>(node.made)) {
            status.state = leaf->stateName(now);
            status.health = leaf->healthName();
        }
        const bool ready = node.endpoint->ready(now);
        if (node.switchedOff || (!node.inside.empty() && allOff[index] && !ready)) status.state = "OFF";
        if (node.parent != kNone && status.state != "OFF") allOff[node.parent] = false;
        describePlace(node, now, status);
        if (node.limited && node.limited->limits().inFlight) {
            status.underWay = node.limited->inFlight()->underWay();
            status.mostUnderWay = node.limited->limits().inFlight->most;
        }
        if (!ready && status.state == "ACTIVE") {
            const bool down = status.health == "DOWN" || status.health == "TRANSITIONALLY_UP";
            status.state = down ? "DOWN" : "NOT_READY";
        }
    }
    return result;
}

/// The one of that id, or the only one of that name; else why there is none.
std::size_t find(const Nodes& nodes, std::string_view name, std::string& why) {
    std::vector<std::size_t> named;
    std::vector<std::string_view> known;
    for (std::size_t index = 0; index < nodes.all.size(); ++index) {
        const auto& node = nodes.all[index];
        if (node.id == name) return index;
        if (node.name == name) named.push_back(index);
        known.push_back(node.id);
        if (!node.name.empty()) known.push_back(node.name);
    }
    if (named.size() == 1) return named.front();
    if (named.empty()) {
        why = "there is no endpoint \"" + std::string(name) + "\"" + config::didYouMean(name, known);
        return kNone;
    }
    why = "several endpoints are called \"" + std::string(name) + "\"; give the id of one:";
    for (const auto index : named) why += "\n" + nodes.all[index].id;
    return kNone;
}

std::string called(const Nodes& nodes, std::size_t found, std::size_t meant) {
    const std::string text = "endpoint " + nodes.all[meant].id;
    return found == meant ? text : text + ", to which " + nodes.all[found].id + " refers,";
}

}  // namespace

std::vector<EndpointStatus> Operations::list(base::TimePoint now) const {
    const std::lock_guard lock(mutex_);
    return statusesOf(Nodes(*configuration_), now);
}

Operations::Result Operations::off(std::string_view name, base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const Nodes nodes(*configuration_);
    Result result;
    const auto found = find(nodes, name, result.text);
    if (found == kNone) return result;
    const auto meant = nodes.meant(found);
    const auto& node = nodes.all[meant];
    node.endpoint->switchOff(now);
    if (node.endpoint->ready(now)) {
        result.text = "endpoint " + node.id + " cannot be switched off while Myelin runs";
        return result;
    }
    off_.insert(node.id);
    result.done = true;
    result.text = called(nodes, found, meant) + " is switched off";
    logger().warning(result.text + " by an operator");
    return result;
}

Operations::Result Operations::on(std::string_view name, base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const Nodes nodes(*configuration_);
    Result result;
    const auto found = find(nodes, name, result.text);
    if (found == kNone) return result;
    const auto meant = nodes.meant(found);
    const auto& node = nodes.all[meant];
    node.endpoint->switchOn(now);
    // What was said of a group that has it holds for the others in there.
    const auto wanted = nodes.reach(meant);
    std::set<std::string, std::less<>> others;
    for (std::size_t index = 0; index < nodes.all.size(); ++index) {
        if (!off_.contains(nodes.all[index].id)) continue;
        const auto reached = nodes.reach(index);
        const auto isWanted = [&](std::size_t one) { return wanted.contains(one); };
        if (std::none_of(reached.begin(), reached.end(), isWanted)) continue;
        off_.erase(nodes.all[index].id);
        for (const auto one : reached) {
            if (!isWanted(one) && nodes.all[one].inside.empty()) others.insert(nodes.all[one].id);
        }
    }
    off_.merge(others);
    result.done = true;
    result.text = called(nodes, found, meant) + " is switched on";
    logger().information(result.text + " by an operator");
    if (node.switchedOff || nodes.all[found].switchedOff) result.text += ", but the configuration has it off";
    return result;
}

void Operations::replace(std::shared_ptr<const config::Configuration> configuration, base::TimePoint now) {
    const std::lock_guard lock(mutex_);
    configuration_ = std::move(configuration);
    if (off_.empty()) return;
    const Nodes nodes(*configuration_);
    std::set<std::string, std::less<>> gone = off_;
    for (const auto& node : nodes.all) {
        if (gone.erase(node.id) != 0) node.endpoint->switchOff(now);
    }
    for (const auto& id : gone) {
        off_.erase(id);
        logger().warning("endpoint " + id +
                         ", which an operator has switched off, is not in the configuration any more");
    }
}

}  // namespace myelin::endpoints
