#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <myelin/plugin.hpp>

/// Gives a message to the cheapest child in the client's region, else to the cheapest of all; children that cost the
/// same take turns.
///   loadbalance.cost          of a child: a whole number; 1 without it
///   loadbalance.region        of a child: where it is; nowhere without it
///   loadbalance.regionHeader  of the group: the field that says where the client is; X-Region without it
class CheapestFirst final : public myelin::plugin::Algorithm {
public:
    CheapestFirst(const myelin::plugin::Options& options, const std::vector<myelin::plugin::Child>& children);

    std::size_t pick(const myelin::plugin::Candidates& candidates) override;
    /// It learns nothing from what becomes of a message.
    bool listens() const noexcept override { return false; }
    void continueFrom(const myelin::plugin::Algorithm& previous) override;

private:
    struct Server {
        std::uint32_t cost = 1;
        std::string region;
    };
    /// Those that are available and cost least; with a `region`, of those that are there.
    std::vector<std::size_t> cheapest(const myelin::plugin::Candidates& candidates, const std::string& region) const;

    std::string header_;
    std::vector<Server> servers_;          // by the index of the child; never changed, so all workers may read it
    std::atomic<std::uint32_t> turns_{0};  // the only thing that changes
};
