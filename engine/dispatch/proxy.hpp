#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/dispatch/route.hpp"

namespace myelin::dispatch {

/// `<proxy>`: a service at /services/NAME (synapse-mediation 1.7). Immutable.
class Proxy final : public config::Service {
public:
    static std::unique_ptr<config::Service> make(config::Element& element, config::Build& build);

    std::string_view kind() const noexcept override { return "proxy"; }
    const std::string& name() const noexcept override { return name_; }
    bool started() const noexcept { return startOnLoad_; }
    /// By the transports attribute.
    bool serves(bool secure) const noexcept { return secure ? https_ : http_; }
    Route route() const noexcept;

private:
    void readTransports(config::Element& element);
    void readTarget(config::Element& target, config::Build& build);

    std::string name_;
    bool startOnLoad_ = true;
    bool http_ = true;
    bool https_ = true;
    SequenceChoice in_;
    SequenceChoice out_;
    SequenceChoice fault_;
    const message::Endpoint* namedTarget_ = nullptr;
    std::unique_ptr<message::Endpoint> inlineTarget_;
};

}  // namespace myelin::dispatch
