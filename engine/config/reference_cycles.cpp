#include "engine/config/reference_cycles.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace myelin::config {

namespace {

std::string target(const Build::Reference& reference) {
    return (reference.kind == Build::Reference::Kind::Sequence ? "sequence " : "endpoint ") + reference.to;
}

class CycleSearch {
public:
    CycleSearch(const std::vector<Build::Reference>& references, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
        for (const auto& reference : references) edges_[reference.from].push_back(&reference);
    }

    void run() {
        for (const auto& entry : edges_) visit(entry.first);
    }

private:
    void visit(const std::string& artifact) {
        if (done_.contains(artifact)) return;
        path_.push_back(artifact);
        if (const auto found = edges_.find(artifact); found != edges_.end()) {
            for (const auto* reference : found->second) follow(*reference);
        }
        path_.pop_back();
        done_.insert(artifact);
    }

    void follow(const Build::Reference& reference) {
        const std::string next = target(reference);
        const auto begin = std::find(path_.begin(), path_.end(), next);
        if (begin == path_.end()) return visit(next);
        std::string way;
        for (auto step = begin; step != path_.end(); ++step) way += *step + " -> ";
        diagnostics_.error(
            reference.place, "this reference closes a circle: " + way + next, "a message would go round without end");
    }

    Diagnostics& diagnostics_;
    std::map<std::string, std::vector<const Build::Reference*>> edges_;
    std::vector<std::string> path_;
    std::set<std::string> done_;
};

}  // namespace

void reportReferenceCycles(const std::vector<Build::Reference>& references, Diagnostics& diagnostics) {
    CycleSearch(references, diagnostics).run();
}

}  // namespace myelin::config
