#include "cheapest_first.hpp"

#include <charconv>
#include <stdexcept>

namespace {

using namespace myelin::plugin;

std::string propertyOf(const Child& child, const std::string& name) {
    const auto found = child.properties.find(name);
    return found == child.properties.end() ? std::string() : found->second;
}

std::uint32_t costOf(const Child& child) {
    const std::string text = propertyOf(child, "loadbalance.cost");
    if (text.empty()) return 1;
    std::uint32_t cost = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, cost);
    if (read.ec != std::errc() || read.ptr != end) {
        throw std::invalid_argument("the cost \"" + text + "\" of " + child.id + " is no whole number");
    }
    return cost;
}

}  // namespace

CheapestFirst::CheapestFirst(const Options& options, const std::vector<Child>& children)
    : header_(options.text("loadbalance.regionHeader", "X-Region")) {
    for (const Child& child : children) servers_.push_back({costOf(child), propertyOf(child, "loadbalance.region")});
}

std::size_t CheapestFirst::pick(const Candidates& candidates) {
    const std::string region = candidates.message().header(header_).value_or("");
    auto best = region.empty() ? std::vector<std::size_t>() : cheapest(candidates, region);
    if (best.empty()) best = cheapest(candidates, "");
    if (best.empty()) return kNoCandidate;
    return best[turns_.fetch_add(1, std::memory_order_relaxed) % best.size()];
}

std::vector<std::size_t> CheapestFirst::cheapest(const Candidates& candidates, const std::string& region) const {
    std::vector<std::size_t> best;
    for (std::size_t index = 0; index < candidates.size(); ++index) {
        if (!candidates.available(index)) continue;
        if (!region.empty() && servers_[index].region != region) continue;
        if (!best.empty() && servers_[index].cost < servers_[best.front()].cost) best.clear();
        if (best.empty() || servers_[index].cost == servers_[best.front()].cost) best.push_back(index);
    }
    return best;
}

void CheapestFirst::continueFrom(const Algorithm& previous) {
    turns_ = static_cast<const CheapestFirst&>(previous).turns_.load();
}

MYELIN_PLUGIN("cheapest_first", "1.0") {
    registrar.algorithm<CheapestFirst>("samples.CheapestFirst");
}
