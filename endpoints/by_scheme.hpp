#pragma once

#include <memory>
#include <string>

#include "engine/message/endpoint.hpp"

namespace myelin::endpoints {

/// Members have a port for each scheme, and a message goes to the one of the scheme in which its client speaks
/// (synapse-endpoints 3.6). So a group over members is two groups, of those that have the port, and this in front.
class BySchemeEndpoint final : public message::Endpoint {
public:
    /// Either may be null: then messages of that scheme find no ready member. `kind` and `name` are for the errors
    /// ("Loadbalance endpoint"); `kind` outlives this.
    BySchemeEndpoint(std::string_view kind,
                     std::string name,
                     std::unique_ptr<message::Endpoint> http,
                     std::unique_ptr<message::Endpoint> https);

    message::SendOutcome send(message::MessageContext& context,
                              http::ClientResponse& reply,
                              runtime::Deadline deadline) const override;
    bool ready(runtime::TimePoint now) const noexcept override;
    std::string_view name() const noexcept override { return name_; }
    message::Bounds bounds() const noexcept override;
    std::size_t answers() const noexcept override;
    void switchOff(runtime::TimePoint now) const override;
    void switchOn(runtime::TimePoint now) const override;
    std::string condition(runtime::TimePoint now) const override;
    void visit(const std::function<void(const message::Endpoint&)>& visitor) const override;

private:
    std::string_view kind_;
    std::string name_;
    std::unique_ptr<message::Endpoint> http_;
    std::unique_ptr<message::Endpoint> https_;
};

/// 303000 with Synapse's words: "Loadbalance endpoint : X - no ready child endpoints".
message::SendOutcome noReadyChild(std::string_view kind, std::string_view name, const std::string& why);

}  // namespace myelin::endpoints
