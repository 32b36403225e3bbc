#include <cstdio>
#include <map>
#include <stdexcept>

#include "cheapest_first.hpp"

// A plugin's classes are plain C++ and can be tried without Myelin.
namespace {

namespace plugin = myelin::plugin;

struct Options final : plugin::Options {
    std::map<std::string, std::string, std::less<>> values;
    const std::string* find(std::string_view name) const override {
        const auto found = values.find(name);
        return found == values.end() ? nullptr : &found->second;
    }
};

struct Message final : plugin::Message {
    std::string region;
    std::string_view method() const override { return "GET"; }
    std::string_view to() const override { return "/"; }
    std::string_view action() const override { return ""; }
    std::optional<std::string> header(std::string_view name) const override {
        if (name != "X-Region" || region.empty()) return std::nullopt;
        return region;
    }
    std::optional<std::string> property(std::string_view) const override { return std::nullopt; }
    std::string_view clientAddress() const override { return "127.0.0.1"; }
    std::string_view body() const override { return ""; }
};

struct Candidates final : plugin::Candidates {
    Message about;
    std::vector<bool> up{true, true, true, true};
    std::size_t size() const noexcept override { return up.size(); }
    bool available(std::size_t index) const noexcept override { return up[index]; }
    std::uint32_t inFlight(std::size_t) const noexcept override { return 0; }
    std::int64_t latency(std::size_t) const noexcept override { return 0; }
    const plugin::Message& message() const override { return about; }
    std::string_view key() const override { return ""; }
    std::uint64_t random() const noexcept override { return 4; }
    std::int64_t now() const noexcept override { return 0; }
};

int failures = 0;

void expect(bool good, const char* what) {
    if (good) return;
    std::printf("failed: %s\n", what);
    ++failures;
}

plugin::Child child(const char* id, const char* cost, const char* region) {
    return {id, 1, {{"loadbalance.cost", cost}, {"loadbalance.region", region}}};
}

}  // namespace

int main() {
    const std::vector<plugin::Child> children{
        child("a", "3", "eu"), child("b", "1", "us"), child("c", "2", "eu"), child("d", "1", "us")};
    CheapestFirst algorithm(Options{}, children);
    Candidates candidates;
    const std::size_t one = algorithm.pick(candidates);
    const std::size_t other = algorithm.pick(candidates);
    expect(one != other && one % 2 == 1 && other % 2 == 1, "b and d cost least and take turns");
    candidates.about.region = "eu";
    expect(algorithm.pick(candidates) == 2, "c is the cheapest in the client's region");
    candidates.up[2] = false;
    expect(algorithm.pick(candidates) == 0, "a is there too");
    candidates.up[0] = false;
    expect(algorithm.pick(candidates) % 2 == 1, "nobody is left in the region, so it goes elsewhere");
    candidates.up = {false, false, false, false};
    expect(algorithm.pick(candidates) == plugin::kNoCandidate, "nobody is left at all");
    try {
        CheapestFirst(Options{}, {child("a", "cheap", "eu")});
        expect(false, "a cost that is no number is refused");
    } catch (const std::invalid_argument&) {
    }
    return failures;
}
