#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/message/artifacts.hpp"

namespace myelin::message::test {

/// Named things of a configuration. Mediators and endpoints are not owned.
class FakeArtifacts final : public Artifacts {
public:
    std::map<std::string, const Mediator*, std::less<>> sequences;
    std::map<std::string, const Endpoint*, std::less<>> endpoints;
    std::map<std::string, std::string, std::less<>> localEntries;
    MediationOptions settings;

    const Mediator* sequence(std::string_view name) const noexcept override {
        const auto found = sequences.find(name);
        return found == sequences.end() ? nullptr : found->second;
    }
    const Endpoint* endpoint(std::string_view name) const noexcept override {
        const auto found = endpoints.find(name);
        return found == endpoints.end() ? nullptr : found->second;
    }
    void visitEndpoints(const std::function<void(const std::string& name, const Endpoint&)>& visitor) const override {
        for (const auto& [name, endpoint] : endpoints) visitor(name, *endpoint);
    }
    const std::string* localEntry(std::string_view name) const noexcept override {
        const auto found = localEntries.find(name);
        return found == localEntries.end() ? nullptr : &found->second;
    }
    const MediationOptions& options() const noexcept override { return settings; }
};

}  // namespace myelin::message::test
