#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/config/build.hpp"
#include "engine/config/loader.hpp"
#include "engine/config/settings.hpp"
#include "engine/message/artifacts.hpp"

namespace myelin::config {

/// An artifact that takes requests of its own: proxy service or API. Made by the dispatcher's factories, which register
/// themselves by element name, so that this layer need not know them.
class Service {
public:
    virtual ~Service() = default;
    virtual std::string_view kind() const noexcept = 0;
    virtual const std::string& name() const noexcept = 0;
};

using ServiceFactory = std::unique_ptr<Service> (*)(Element&, Build&);
Registry<ServiceFactory>& serviceRegistry();

/// A complete mediation configuration: immutable once loaded, shared by all workers.
class Configuration final : public message::Artifacts {
public:
    /// Reads, builds and links everything under `path` (a file or a split directory). Every finding goes to
    /// `diagnostics`; null when there was an error. `states` carries endpoint health and rotation from the
    /// configuration before.
    static std::shared_ptr<const Configuration> load(const std::string& path,
                                                     const Settings& settings,
                                                     StateStore& states,
                                                     Diagnostics& diagnostics);
    /// The same from what loadSources() has read, which can be shown afterwards.
    static std::shared_ptr<const Configuration> load(ConfigurationSources& sources,
                                                     const Settings& settings,
                                                     StateStore& states,
                                                     Diagnostics& diagnostics);

    const message::Mediator* sequence(std::string_view name) const noexcept override;
    const message::Endpoint* endpoint(std::string_view name) const noexcept override;
    const std::string* localEntry(std::string_view name) const noexcept override;
    const message::MediationOptions& options() const noexcept override { return options_; }
    void visitSequences(
        const std::function<void(const std::string&, const message::Mediator&)>& visitor) const override;
    void visitEndpoints(
        const std::function<void(const std::string&, const message::Endpoint&)>& visitor) const override;

    const std::map<std::string, std::unique_ptr<message::Mediator>, std::less<>>& sequences() const {
        return sequences_;
    }
    const std::map<std::string, std::unique_ptr<message::Endpoint>, std::less<>>& endpoints() const {
        return endpoints_;
    }
    /// Every <endpoint> element that is in use: the named ones, those inline in mediators, and those in groups.
    const EndpointDirectory& directory() const noexcept { return directory_; }
    /// In Synapse's load order.
    const std::vector<std::unique_ptr<Service>>& services() const noexcept { return services_; }
    /// Where an artifact ("proxy", "sequence") stands; an empty place when there is none of that name. An API with a
    /// version is called `name:vVERSION` here.
    const Place& placeOf(const std::string& kind, const std::string& name) const;

private:
    class Loader;
    Configuration() = default;
    message::MediationOptions options_;
    std::map<std::string, std::unique_ptr<message::Mediator>, std::less<>> sequences_;
    std::map<std::string, std::unique_ptr<message::Endpoint>, std::less<>> endpoints_;
    std::map<std::string, std::string, std::less<>> localEntries_;
    std::vector<std::unique_ptr<Service>> services_;
    EndpointDirectory directory_;
    std::map<std::pair<std::string, std::string>, Place> places_;  // by kind and name
};

}  // namespace myelin::config
